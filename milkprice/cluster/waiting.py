"""Waiting until an InferenceService serves a version, or until it is plain that it will not."""

from __future__ import annotations

import time
from dataclasses import dataclass

from milkprice.cluster.cluster import Cluster
from milkprice.cluster.explanation import explain
from milkprice.cluster.models import ask
from milkprice.cluster.rollout import Look, look_at
from milkprice.cluster.settings import DeploySettings
from milkprice.errors import ClusterFailedError, ClusterUnreachableError, ServiceNotReadyError


@dataclass(frozen=True, kw_only=True)
class Served:
    """What serves: its address, and whether the predictor itself named the version."""

    url: str
    confirmed: bool


class Waiting:
    """One wait.

    Args:
        cluster: Where.
        settings: For what.
        version: The version that shall serve.
    """

    def __init__(self, cluster: Cluster, settings: DeploySettings, version: str) -> None:
        self._cluster = cluster
        self._settings = settings
        self._version = version
        self._begun = time.monotonic()
        self._dead_end: tuple[str, float] | None = None
        self._other = ""

    def until_served(self) -> Served:
        """Wait.

        Raises:
            ServiceNotReadyError: It does not come to that; with the reason.
            ClusterError: The cluster could not be asked.
        """
        while True:
            look = self._look()
            if look is not None:
                served = self._served(look)
                if served is not None:
                    return served
                if self._is_over() or self._is_stuck(look):
                    raise self._not_ready(look)
            time.sleep(self._settings.poll)

    def _look(self) -> Look | None:
        """Look once; a cluster that is away for a moment costs no more than this look."""
        try:
            return look_at(self._cluster, self._settings.namespace, self._settings.service)
        except (ClusterUnreachableError, ClusterFailedError):
            if self._is_over():
                raise
            return None

    def _served(self, look: Look) -> Served | None:
        if look.service is None or not look.is_rolled_out(self._settings.goal):
            return None
        told = ask(self._cluster, self._settings.namespace, self._settings.service)
        found = next((one for one in told.models if one.name == self._settings.model), None)
        if found is not None and found.version != self._version:
            # An alias moved, and the predictor has not looked it up again yet.
            self._other = f"it runs, but not with {self._version}: {found.in_words()}"
            return None
        return Served(url=look.service.url, confirmed=found is not None)

    def _is_over(self) -> bool:
        return self._waited() > self._settings.timeout

    def _is_stuck(self, look: Look) -> bool:
        """Whether it is in the same hopeless state for longer than one is patient."""
        reason, now = look.dead_end(self._settings.goal), self._waited()
        if reason is None:
            self._dead_end = None
            return False
        if self._dead_end is None or self._dead_end[0] != reason:
            self._dead_end = reason, now
        return now - self._dead_end[1] >= self._settings.patience

    def _not_ready(self, look: Look) -> ServiceNotReadyError:
        settings = self._settings
        why = explain(
            self._cluster, settings.namespace, settings.service, look=look, goal=settings.goal
        )
        return ServiceNotReadyError(
            service=settings.service,
            namespace=settings.namespace,
            seconds=self._waited(),
            reason=self._other or why.reason,
            remedy=why.remedy,
        )

    def _waited(self) -> float:
        return time.monotonic() - self._begun
