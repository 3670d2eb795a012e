"""A canary watched for a while beside the version in use, and ended by itself where it is worse."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from milkprice.cluster.canary import abort_canary
from milkprice.cluster.deployment import Step
from milkprice.cluster.errors import (
    CanaryNotAbortedError,
    CanaryRefusedError,
    ClusterError,
    ClusterServerError,
    ClusterUnreachableError,
)
from milkprice.cluster.inference_service import Document
from milkprice.cluster.rollout import WaitSettings
from milkprice.cluster.traffic import CANARY, VersionTraffic, look, traffic, versions_of
from milkprice.errors import SettingError

if TYPE_CHECKING:
    from milkprice.cluster.client import Cluster

KEPT, ABORTED, UNDECIDED, INTERRUPTED = "kept", "aborted", "undecided", "interrupted"
LOOKS = 10  # at least, however short the watch
MAX_FAILED_LOOKS = 3  # one after the other: a canary that cannot be seen is not kept

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class WatchSettings(WaitSettings):
    """How long a canary is watched, and what it may do.

    Attributes:
        seconds: How long.
        max_errors: Share of errors above that of the version in use, in percentage points.
        max_p99: 99 % latency, as a multiple of that of the version in use.
        min_requests: Requests of each version below which neither is judged; a share of errors is
            one of at least so many.
        interval: Seconds between two looks.
    """

    seconds: float
    max_errors: float = 1.0
    max_p99: float = 2.0
    min_requests: int = 500
    interval: float = 10.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for option, value in (("watch", self.seconds), ("max p99", self.max_p99)):
            if not 0 < value < math.inf:
                expected = "10m, 90s or 2h" if option == "watch" else "a multiple above 0"
                raise SettingError(option=option, value=value, expected=expected)
        if not 0 <= self.max_errors <= 100:
            expected = "0 to 100 percentage points"
            raise SettingError(option="max errors", value=self.max_errors, expected=expected)
        if self.min_requests < 1:
            raise SettingError(option="min requests", value=self.min_requests, expected="1 or more")

    @property
    def looks(self) -> int:
        """How many looks follow the first one."""
        return max(LOOKS, math.ceil(self.seconds / self.interval))


class WatchResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a canary that was watched.

    Attributes:
        name: Name of the InferenceService.
        outcome: ``kept``; ``aborted``: it was worse, or could not be seen any more, and has been
            ended; ``undecided``: too few requests came, it runs on; ``interrupted``: it runs on.
        reason: Why, in a sentence without a full stop.
        seconds: How long it was watched.
        stable: What the version in use answered meanwhile.
        canary: What the canary answered meanwhile.
    """

    name: str
    namespace: str
    outcome: str
    reason: str
    seconds: float
    stable: VersionTraffic
    canary: VersionTraffic


def watch_canary(
    cluster: Cluster,
    settings: WatchSettings,
    *,
    step: Step = nullcontext,
    sleep: Callable[[float], None] = time.sleep,
) -> WatchResult:
    """Compare a canary's errors and latency with those of the version in use, and abort it.

    Ctrl-C ends the watch and leaves the canary.

    Args:
        cluster: The cluster.
        settings: How long, and what the canary may do.
        step: Entered with a step's name around each step, to show progress.
        sleep: Waits between looks.

    Raises:
        CanaryRefusedError: There is no canary, or it became another one meanwhile, or metrics
            cannot be read to begin with; nothing was judged, nothing is changed.
        CanaryNotAbortedError: It is to be aborted, and that failed.
        ClusterError: The cluster cannot be read.
    """
    watch = _Watch(cluster, settings)
    with step(f"watching {watch.canary.uri} for {settings.seconds:g} s"):
        outcome, reason = watch.run(sleep)
    if outcome == ABORTED:
        logger.warning("%s: canary is aborted: %s", settings.service, reason)
        try:
            abort_canary(cluster, settings, step=step)
        except ClusterError as error:
            raise CanaryNotAbortedError(
                service=settings.service, namespace=settings.namespace, reason=reason, error=error
            ) from error
    return watch.result(outcome, reason)


def failure(stable: VersionTraffic, canary: VersionTraffic, limits: WatchSettings) -> str:
    """How a canary is worse than its limits allow; empty if it is not.

    Shares of errors are of at least ``min_requests``, so that a few errors count for what they are
    and many end the watch before so many requests came.
    """
    shares = [100 * one.errors / max(one.requests, limits.min_requests) for one in (stable, canary)]
    if shares[1] - shares[0] > limits.max_errors:
        return (
            f"{canary.errors} errors of {canary.requests} requests, {shares[1] - shares[0]:.2f} "
            f"percentage points above the version in use; {limits.max_errors:g} are allowed"
        )
    if _requests(stable, canary) < limits.min_requests:
        return ""
    mine, other = canary.p99_seconds or 0.0, stable.p99_seconds or math.inf
    if mine > limits.max_p99 * other:
        return (
            f"99 of 100 requests took up to {1000 * mine:.3g} ms, {mine / other:.2f} times as long "
            f"as with the version in use; {limits.max_p99:g} times are allowed"
        )
    return ""


class _Watch:
    """Looks at both versions, again and again."""

    def __init__(self, cluster: Cluster, settings: WatchSettings) -> None:
        self._cluster = cluster
        self._settings = settings
        self._start = time.monotonic()
        self._versions = versions_of(self._document())
        canaries = [one for one in self._versions if one.role == CANARY]
        if len(canaries) != 1:
            raise self._refused(
                f"it has {len(canaries)} canaries", "start one by --canary VERSION and watch that"
            )
        (self.canary,) = canaries
        self._failed_looks = 0
        self._look()
        if problem := self._problem():
            remedy = "mend that, or name the predictors' token by --token-file, and watch again"
            raise self._refused(f"nothing can be watched: {problem}", remedy)

    def run(self, sleep: Callable[[float], None]) -> tuple[str, str]:
        """Look until the time is over or the canary is worse; the outcome and why."""
        settings = self._settings
        try:
            for _ in range(settings.looks):
                sleep(settings.seconds / settings.looks)
                if reason := self._failure():
                    return ABORTED, reason
        except KeyboardInterrupt:
            return INTERRUPTED, "the watch was interrupted"
        requests = _requests(*self._traffic())
        if requests < settings.min_requests:
            reason = f"a version had {requests} requests; {settings.min_requests} are needed"
            return UNDECIDED, reason
        return KEPT, f"it was within its limits for {settings.seconds:g} s"

    def result(self, outcome: str, reason: str) -> WatchResult:
        """What became of it."""
        stable, canary = self._traffic()
        return WatchResult(
            name=self._settings.service,
            namespace=self._settings.namespace,
            outcome=outcome,
            reason=reason,
            seconds=round(time.monotonic() - self._start, 1),
            stable=stable,
            canary=canary,
        )

    def _failure(self) -> str:
        """Why the canary is to be aborted; empty if it is not."""
        self._look()
        problem = self._problem()
        self._failed_looks = self._failed_looks + 1 if problem else 0
        if self._failed_looks >= MAX_FAILED_LOOKS:
            return f"it could not be watched {MAX_FAILED_LOOKS} times in a row: {problem}"
        return "" if problem else failure(*self._traffic(), self._settings)

    def _look(self) -> None:
        try:
            found = [(one.uri, one.role) for one in versions_of(self._document())]
            look(self._cluster, self._settings.namespace, self._settings.service, self._versions)
        except (ClusterUnreachableError, ClusterServerError) as error:
            for one in self._versions:
                one.error = str(error).rstrip(".")
            return
        if found != [(one.uri, one.role) for one in self._versions]:
            raise self._refused("somebody else changed it meanwhile", "look at it and watch again")

    def _document(self) -> Document:
        settings = self._settings
        document = self._cluster.service(settings.namespace, settings.service)
        if document is None:
            raise self._refused("there is no such InferenceService", "see milkprice status")
        return document

    def _problem(self) -> str:
        return next((f"{one.workload}: {one.error}" for one in self._versions if one.error), "")

    def _traffic(self) -> tuple[VersionTraffic, VersionTraffic]:
        stable, canary = traffic(self._versions, recent=True)
        return stable, canary

    def _refused(self, reason: str, remedy: str) -> CanaryRefusedError:
        settings = self._settings
        return CanaryRefusedError(
            service=settings.service, namespace=settings.namespace, reason=reason, remedy=remedy
        )


def _requests(*versions: VersionTraffic) -> int:
    """Requests of the version that had fewer."""
    return min(one.requests for one in versions)
