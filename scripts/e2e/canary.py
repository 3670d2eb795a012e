"""Checks of canaries: begun, widened, aborted, promoted, under load and with no request lost."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial

import httpx

from milkprice.cluster import (
    DeployResult,
    DeploySettings,
    WaitSettings,
    WatchSettings,
    abort_canary,
    change_traffic,
    promote_canary,
    start_canary,
    status,
    watch_canary,
)
from milkprice.cluster.client import Cluster
from milkprice.cluster.inference_service import Document, canary_of, storage_parts
from milkprice.registry import Registry
from milkprice.runtime import now
from scripts.e2e.background import CLIENTS, BackgroundLoad
from scripts.e2e.checks import SECONDS, Address, CheckError, predict_v1

AROUND = 100  # requests before and after a step
SPLIT_REQUESTS = 20_000
WATCH_SECONDS = 60.0  # enough for so many requests on a busy machine too
WATCH_REQUESTS = 200
DEVIATIONS = 5.0  # standard deviations by which a share may be off
RUN = {"k": "4", "degree": "1", "gate": "always", "deploy": "canary", "traffic": "20"}
FOLLOWS = "not tried: the predictor follows an alias, see manifests/components/storage-uri"


@dataclass(frozen=True, kw_only=True)
class CanaryChecks:
    """Checks of canaries from outside.

    Attributes:
        connect: Opens the cluster.
        registry: The registry of the models, from which another version is taken.
        registry_uri: The same, as the cluster calls it.
        address: Where requests go: to all pods, or through a route.
        routed: Whether they go through a route, whose shares are measured.
        settings: Which InferenceService, and how long to wait for it.
    """

    connect: Callable[[], AbstractContextManager[Cluster]]
    registry: Registry
    registry_uri: str
    address: Address
    routed: bool
    settings: WaitSettings

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Leave no canary, and the version in use that was in use before."""
        before = self.version()
        try:
            yield
        finally:
            if before:
                with self.connect() as cluster:
                    abort_canary(cluster, self.settings)
                if self.version() != before:
                    self._start(before)
                    self._change(promote_canary)

    def version(self) -> str:
        """The version in use; empty where the predictor follows an alias."""
        document = self._document()
        uri = (document["spec"]["predictor"].get("model") or {}).get("storageUri")
        if uri and canary_of(document) is not None:
            raise CheckError("there is a canary already: end it by milkprice deploy --abort-canary")
        return storage_parts(uri)[1] if uri else ""

    def start(self) -> str:
        """Begin at 10 %."""
        other = self._other()
        return self._step(lambda: self._start(other), share=10)

    def widen(self) -> str:
        """Go on to 50 %."""
        return self._step(lambda: self._change(partial(change_traffic, traffic=50)), share=50)

    def show(self) -> str:
        """Read both versions' metrics."""
        with self.connect() as cluster:
            (service,) = (
                one
                for one in status(cluster, self.settings.namespace, now=now()).services
                if one.name == self.settings.service
            )
        unread = [one.metrics_error for one in service.versions if one.metrics_error]
        if unread or len(service.versions) != 2:
            raise CheckError(f"{len(service.versions)} versions; {'; '.join(unread)}")
        return ", ".join(
            f"{one.role}: {one.requests} requests, {one.errors} errors, {one.pods} pods"
            for one in service.versions
        )

    def watch(self) -> str:
        """Watch it under load: the versions are alike, so it is kept."""
        settings = self.settings
        limits = WatchSettings(
            namespace=settings.namespace,
            service=settings.service,
            timeout=settings.timeout,
            seconds=WATCH_SECONDS,
            min_requests=WATCH_REQUESTS,
            max_p99=10.0,
        )
        with BackgroundLoad(self.address) as load, self.connect() as cluster:
            result = watch_canary(cluster, limits)
        if result.outcome != "kept":
            raise CheckError(f"{result.outcome}: {result.reason}")
        counts = f"{result.stable.requests} and {result.canary.requests} requests"
        return f"kept, {counts}, {load.summary()}"

    def abort(self) -> str:
        """End it: all requests go to the version in use."""
        return self._step(lambda: self._change(abort_canary))

    def promote(self) -> str:
        """Begin again and make it the version in use."""
        other = self._other()

        def step() -> DeployResult:
            self._start(other)
            return self._change(promote_canary)

        return self._step(step)

    def repeat(self) -> str:
        """Repeat the promotion, which changes nothing."""
        result = self._change(promote_canary)
        if result.action != "unchanged":
            raise CheckError(f"a promotion that was repeated has {result.action} something")
        return f"unchanged after {result.seconds:.1f} s"

    def begin_by_run(self, run: Callable[[Mapping[str, str]], object]) -> str:
        """Train another version in a run whose last step begins its canary."""
        wishes = {"namespace": self.settings.namespace, "service": self.settings.service}
        with BackgroundLoad(self.address) as load:
            run({**RUN, **wishes})
            load.wait_for(AROUND)
        canary = canary_of(self._document())
        if canary is None:
            raise CheckError("the run succeeded, and there is no canary")
        version = storage_parts(canary.storage_uri)[1]
        return f"{version} at {canary.traffic} %, {load.summary()}"

    def _document(self) -> Document:
        with self.connect() as cluster:
            document = cluster.service(self.settings.namespace, self.settings.service)
        if document is None:
            raise CheckError(f"there is no InferenceService {self.settings.service}")
        return document

    def _start(self, version: str) -> DeployResult:
        settings = self.settings
        target = DeploySettings(
            namespace=settings.namespace,
            service=settings.service,
            timeout=settings.timeout,
            model=self.address.model,
            reference=version,
            registry=self.registry_uri,
        )
        with self.connect() as cluster:
            return start_canary(cluster, self.registry, target, traffic=10)

    def _change(self, change: Callable[[Cluster, WaitSettings], DeployResult]) -> DeployResult:
        with self.connect() as cluster:
            return change(cluster, self.settings)

    def _other(self) -> str:
        """A published version that is not in use."""
        current = self.version()
        versions = sorted(one.version for one in self.registry.versions(self.address.model))
        other = next((one for one in versions if one != current), None)
        if other is None:
            raise CheckError("there is no other version: run part pipeline first")
        return other

    def _step(self, step: Callable[[], DeployResult], *, share: int = 0) -> str:
        """A step under load; then the share that requests through a route have."""
        with BackgroundLoad(self.address) as load:
            load.wait_for(AROUND)
            begun = time.monotonic()
            result = step()
            seconds = time.monotonic() - begun
            load.wait_for(AROUND)
        text = f"{result.action} after {seconds:.1f} s, {load.summary()}"
        if share and self.routed:
            if not result.routes:
                raise CheckError("no HTTPRoute leads to its Services, and one is measured")
            text += f", {self._measure(result.version, share)}"
        return text

    def _measure(self, version: str, share: int) -> str:
        answers = split(self.address, SPLIT_REQUESTS)
        seen, total = answers[version], answers.total()
        expected = total * share / 100
        if abs(seen - expected) > DEVIATIONS * math.sqrt(expected * (1 - share / 100)):
            raise CheckError(f"{seen} of {total} requests went to the canary; {share} % are meant")
        return f"{seen} of {total} requests ({100 * seen / total:.2f} %) to the canary"


def split(address: Address, requests: int) -> Counter[str]:
    """How many of so many requests each version answers.

    Raises:
        CheckError: A request failed.
    """

    def ask(number: int) -> Counter[str]:
        with httpx.Client(timeout=SECONDS) as client:
            return Counter(predict_v1(client, address).version for _ in range(number))

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(ask, [requests // CLIENTS] * CLIENTS), Counter())
