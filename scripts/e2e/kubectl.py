"""kubectl, asked for one namespace."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from scripts.e2e.checks import CheckError


@dataclass(frozen=True)
class Kubectl:
    """kubectl for a namespace of the cluster that it points at."""

    namespace: str

    def run(self, *arguments: str, given: str | None = None) -> str:
        """What a command printed; what it complained of is in the error.

        Raises:
            CheckError: It failed.
        """
        command = ("kubectl", "-n", self.namespace, *arguments)
        try:
            done = subprocess.run(command, check=True, capture_output=True, text=True, input=given)
        except FileNotFoundError as error:
            raise CheckError("kubectl is not there") from error
        except subprocess.CalledProcessError as error:
            raise CheckError(f"{' '.join(command)}: {error.stderr.strip()}") from error
        return done.stdout

    def read(self, *arguments: str) -> Any:
        """An object or a list, as JSON."""
        return json.loads(self.run("get", *arguments, "-o", "json"))

    def pods(self, selector: str) -> list[Any]:
        """Pods with these labels that are not being deleted."""
        found = self.read("pods", "-l", selector)["items"]
        return [one for one in found if "deletionTimestamp" not in one["metadata"]]

    def delete_pod(self, name: str) -> None:
        """Kill a pod at once, as a node that is lost does."""
        self.run("delete", "pod", name, "--grace-period=0", "--force", "--wait=false")

    def evict(self, pod: str) -> bool:
        """Ask for a pod to go, as a node that is drained does; False where a budget refuses."""
        wish = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod, "namespace": self.namespace},
        }
        path = f"/api/v1/namespaces/{self.namespace}/pods/{pod}/eviction"
        try:
            self.run("create", "--raw", path, "-f", "-", given=json.dumps(wish))
        except CheckError as error:
            if "disruption budget" in str(error):
                return False
            raise
        return True

    @contextmanager
    def forwarded(self, target: str, port: int) -> Iterator[int]:
        """Forward a free port of this machine; which one it is."""
        command = ["kubectl", "-n", self.namespace, "port-forward", "--address=127.0.0.1",
                   target, f":{port}"]  # fmt: skip
        with subprocess.Popen(  # not in reach of Ctrl-C, after which things are put back
            command, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as process:
            try:
                line = process.stdout.readline() if process.stdout else ""
                if "->" not in line:
                    raise CheckError(f"no way to {target} in {self.namespace}")
                yield int(line.split("->")[0].rsplit(":", 1)[1])
            finally:
                process.terminate()


def ready(pod: Any) -> bool:
    """Whether all containers of a pod are ready."""
    conditions = pod["status"].get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def owner(pod: Any) -> str:
    """What keeps a pod there, as kubectl calls it: ``statefulset/minio``."""
    controller = next(one for one in pod["metadata"]["ownerReferences"] if one.get("controller"))
    return f"{controller['kind'].lower()}/{controller['name']}"
