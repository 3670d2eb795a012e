"""Checks of the predictor: protocols, promotion, a new image, replicas, killed pods."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import numpy as np

from milkprice import runtime
from milkprice.registry import Registry
from scripts.e2e import checks
from scripts.e2e.background import BackgroundLoad
from scripts.e2e.checks import Address, CheckError
from scripts.e2e.kubectl import owner
from scripts.e2e.service import SECONDS, Service

SWAP_SECONDS = 60.0
GRPC_PORT = 8081
AROUND = 100  # requests before and after a change
TIMED = 500  # requests whose latency is measured
REPLICAS = 3
STORE = "app.kubernetes.io/component=store"


@dataclass(frozen=True)
class PredictorChecks:
    """Checks of the predictor from outside.

    Attributes:
        registry: The registry of its models.
        address: Where it is; gRPC by a port forwarded when it is asked for.
        service: Its InferenceService.
        image: Another image of it to roll out; empty for the same one in new pods.
    """

    registry: Registry
    address: Address
    service: Service
    image: str = ""

    def ready(self) -> str:
        """Wait until the InferenceService says it is ready, and the champion answers."""
        begun = time.monotonic()
        self.service.wait()
        self._served(SWAP_SECONDS)
        return f"{self.service.name} is Ready, the champion answers after {_since(begun)}"

    def v1(self) -> str:
        """Compare v1's answer with the published version."""
        return self._compared(checks.predict_v1)

    def v2(self) -> str:
        """Compare v2's answer with the published version."""
        return self._compared(checks.predict_v2)

    def grpc(self) -> str:
        """Compare gRPC's answer, through the Service, with the published version."""
        target = f"service/{self.service.name}-predictor"
        with self.service.kubectl.forwarded(target, GRPC_PORT) as port:
            address = replace(self.address, grpc=f"127.0.0.1:{port}")
            return checks.compare(checks.predict_grpc(address), self._published())

    def latency(self) -> str:
        """Latency of requests through the Service, one after the other."""
        seconds = []
        with httpx.Client(timeout=checks.SECONDS) as client:
            for _ in range(TIMED):
                begun = time.perf_counter()
                checks.predict_v1(client, self.address)
                seconds.append(time.perf_counter() - begun)
        middle, high = np.percentile(np.array(seconds) * 1000, (50, 99))
        return f"{TIMED} requests, median {middle:.1f} ms, p99 {high:.1f} ms"

    def promote(self) -> str:
        """Promote another version under load: no request may fail."""
        model = self.address.model
        champion = self.registry.resolve(model)
        versions = sorted(one.version for one in self.registry.versions(model))
        other = next((one for one in versions if one != champion), None)
        if other is None:
            raise CheckError("there is no other version to promote")
        with self._load() as load:
            self.registry.promote(model, other, at=runtime.now(), reason="end to end")
            seconds = self._served(SWAP_SECONDS)
        return f"{load.summary()}, swapped after {seconds:.1f} s"

    def roll_back(self) -> str:
        """Go back to the version before."""
        version = self.registry.rollback(
            self.address.model, at=runtime.now(), reason="end to end is done"
        )
        return f"{version} after {self._served(SWAP_SECONDS):.1f} s"

    def kill_pods(self) -> str:
        """Kill the predictor's pods; others start and answer the same."""
        with BackgroundLoad(self.address) as load:
            load.wait_for(AROUND)
            before = self.service.pods()
            for name in before:
                self.service.kubectl.delete_pod(name)
            self.service.until(lambda: self.service.replaced(before), "another pod is ready")
            self.service.wait()
            self._served(SECONDS)
            load.wait_for(AROUND)
        return f"{len(before)} killed, {load.outage()}, {self.v1()}"

    def kill_store(self) -> str:
        """Kill the store's pod under load: no request fails, no version is lost."""
        before = self._versions()
        pods = self.service.kubectl.pods(STORE)
        if not pods:
            return "the store is not in this cluster"
        with self._load() as load:
            begun = time.monotonic()
            for pod in pods:
                self.service.kubectl.delete_pod(pod["metadata"]["name"])
            for workload in sorted({owner(pod) for pod in pods}):
                self.service.kubectl.run("rollout", "status", workload, "--timeout=300s")
            back = _since(begun)
        if self._versions() != before:
            raise CheckError(f"before: {before}; after: {self._versions()}")
        return f"{load.summary()}, the store is back after {back} with all {len(before)} versions"

    def roll_out(self) -> str:
        """Roll a new image out under load: no request may fail."""
        path: str = "/spec/predictor/containers/0/image"
        value: Any = self.image
        if not self.image:
            path, value = "/spec/predictor/annotations", {"milkprice/restarted": str(time.time())}
        before = self.service.pods()
        with self.service.changed(path, value), self._load() as load:
            begun = time.monotonic()
            self.service.until(lambda: self.service.replaced(before), "pods of the new kind")
            seconds = _since(begun)
        return f"{self.image or 'the same image'} in {seconds}, {load.summary()}"

    def scale_and_evict(self) -> str:
        """Scale to three and empty them one after the other, as a drained node: none may fail."""
        replicas = {"minReplicas": REPLICAS, "maxReplicas": REPLICAS}
        with (
            self.service.changed("/spec/predictor", self.service.predictor() | replicas),
            self._load() as load,
        ):
            begun = time.monotonic()
            self.service.until(
                lambda: len(self.service.pods()) == REPLICAS, f"{REPLICAS} pods are ready"
            )
            scaled = _since(begun)
            pods, refused = self.service.pods(), 0
            for name in pods:
                refused += self.service.evict(name)
            self.service.until(lambda: self.service.replaced(pods), "all pods are others")
        return (
            f"{REPLICAS} in {scaled}, all evicted, {refused} times refused first, {load.summary()}"
        )

    @contextmanager
    def _load(self) -> Iterator[BackgroundLoad]:
        """Load before, during and after a change."""
        with BackgroundLoad(self.address) as load:
            load.wait_for(AROUND)
            yield load
            load.wait_for(AROUND)

    def _compared(self, ask: Callable[[httpx.Client, Address], checks.Answer]) -> str:
        with httpx.Client(timeout=checks.SECONDS) as client:
            return checks.compare(ask(client, self.address), self._published())

    def _published(self) -> checks.Answer:
        return checks.published_answer(self.registry, self.address.model, "champion")

    def _served(self, seconds: float) -> float:
        version = self.registry.resolve(self.address.model)
        with httpx.Client(timeout=checks.SECONDS) as client:
            return checks.wait_until_served(client, self.address, version, seconds=seconds)

    def _versions(self) -> list[str]:
        return sorted(one.version for one in self.registry.versions(self.address.model))


def _since(begun: float) -> str:
    return f"{time.monotonic() - begun:.1f} s"
