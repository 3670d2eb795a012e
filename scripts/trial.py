"""What is tried on a cluster: through Kubeflow, its predictor, and kubectl."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx

from milkprice import runtime
from milkprice.registry import Registry
from scripts import checks
from scripts.checks import Address, CheckError
from scripts.flow import Flow

MILKPRICE = ".venv/bin/milkprice"
READY_SECONDS = 900.0
SWAP_SECONDS = 60.0
PROTOCOL_PORT = 8081
FLOWING = 25  # requests before and after a swap


@dataclass(frozen=True)
class Trial:
    """A cluster, its registry and its predictor.

    Attributes:
        registry: Where its models are.
        registry_uri: The same, as the cluster calls it.
        address: Where its predictor is; gRPC by a port forwarded when it is asked for.
        namespace: Namespace of the predictor.
        service: Its InferenceService.
    """

    registry: Registry
    registry_uri: str
    address: Address
    namespace: str
    service: str

    def upload(self) -> str:
        """Put the pipelines on Kubeflow."""
        for pipeline in ("data_processing", "training", "milk_price"):
            _run(MILKPRICE, "pipeline", "upload", pipeline)
        return "3 pipelines"

    def train(self, *parameters: str) -> str:
        """Run the whole job and wait."""
        before = self._versions()
        _run(MILKPRICE, "pipeline", "run", "-p", f"registry={self.registry_uri}", *parameters)
        new = self._versions() - before
        return ", ".join(sorted(new)) or "the same version as before"

    def ready(self) -> str:
        """Wait until the InferenceService says it is ready, and the champion answers."""
        target = f"inferenceservice/{self.service}"
        _run("kubectl", "-n", self.namespace, "wait", target, "--for=condition=Ready",
             f"--timeout={READY_SECONDS:.0f}s")  # fmt: skip
        self._served("champion", SWAP_SECONDS)
        return f"{target} is Ready"

    def v1(self) -> str:
        """Compare v1's answer with the published version."""
        with httpx.Client(timeout=checks.SECONDS) as client:
            return checks.compare(checks.by_v1(client, self.address), self._published())

    def v2(self) -> str:
        """Compare v2's answer with the published version."""
        with httpx.Client(timeout=checks.SECONDS) as client:
            return checks.compare(checks.by_v2(client, self.address), self._published())

    def grpc(self) -> str:
        """Compare gRPC's answer with the published version."""
        with forwarded(self.namespace, self._pod(), PROTOCOL_PORT) as port:
            address = replace(self.address, grpc=f"127.0.0.1:{port}")
            return checks.compare(checks.by_grpc(address), self._published())

    def promote(self) -> str:
        """Promote another version while requests flow: none may fail."""
        champion = self.registry.resolve(self.address.model)
        other = next((one for one in sorted(self._versions()) if one != champion), None)
        if other is None:
            raise CheckError("there is no other version to promote")
        with Flow(self.address) as flow:
            flow.goes_on(FLOWING)
            self.registry.promote(self.address.model, other, at=runtime.now(), reason="end to end")
            seconds = self._served("champion", SWAP_SECONDS)
            flow.goes_on(FLOWING)
        return f"{flow.told()}, swapped after {seconds:.1f} s"

    def roll_back(self) -> str:
        """Go back to the version before."""
        version = self.registry.rollback(
            self.address.model, at=runtime.now(), reason="end to end is done"
        )
        return f"{version} after {self._served('champion', SWAP_SECONDS):.1f} s"

    def survive(self) -> str:
        """Kill the predictor's pod and, once it is gone, wait for another with the same answers."""
        pod = self._pod()
        _run("kubectl", "-n", self.namespace, "delete", pod, "--grace-period=1")
        seconds = self._served("champion", READY_SECONDS)
        return f"{pod} killed, {self.v1()} after {seconds:.1f} s"

    def _published(self) -> checks.Answer:
        return checks.published(self.registry, self.address.model, "champion")

    def _served(self, reference: str, seconds: float) -> float:
        version = self.registry.resolve(self.address.model, reference)
        with httpx.Client(timeout=checks.SECONDS) as client:
            return checks.served(client, self.address, version, seconds=seconds)

    def _versions(self) -> set[str]:
        model = self.address.model
        is_there = model in self.registry.names()
        return {one.version for one in self.registry.versions(model)} if is_there else set()

    def _pod(self) -> str:
        label = f"serving.kserve.io/inferenceservice={self.service}"
        running = "--field-selector=status.phase=Running"
        found = _run(
            "kubectl", "-n", self.namespace, "get", "pods", "-l", label, running, "-o", "name"
        )
        if not found.split():
            raise CheckError(f"no pod of {self.service} runs")
        return found.split()[0]


@contextmanager
def forwarded(namespace: str, target: str, port: int) -> Iterator[int]:
    """Forward a free port of this machine; which one it is."""
    command = [
        "kubectl",
        "-n",
        namespace,
        "port-forward",
        "--address=127.0.0.1",
        target,
        f":{port}",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if "->" not in line:
                raise CheckError(f"no way to {target} in {namespace}")
            yield int(line.split("->")[0].rsplit(":", 1)[1])
        finally:
            process.terminate()


def _run(*command: str) -> str:
    """What a command printed; what it complained of goes to the screen.

    Raises:
        CheckError: It failed.
    """
    try:
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    except FileNotFoundError as error:
        raise CheckError(f"{command[0]} is not there") from error
    except subprocess.CalledProcessError as error:
        raise CheckError(f"{' '.join(command)} ended with status {error.returncode}") from error
    return done.stdout
