"""From a version in the registry to a predictor that serves it.

RolloutWait until an InferenceService serves a version, or until it is plain that it will not.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random

from milkprice.cluster.cluster import Cluster
from milkprice.cluster.diagnosis import explain
from milkprice.cluster.errors import (
    ClusterConflictError,
    ClusterServerError,
    ClusterUnreachableError,
    ServiceNotReadyError,
)
from milkprice.cluster.inference_service import inference_service, merge_patch
from milkprice.cluster.rollout import RolloutState, read_rollout
from milkprice.cluster.settings import DeploySettings
from milkprice.cluster.status import ask
from milkprice.registry import RegistryReader

ATTEMPTS = 5  # others deploy their models to the same predictor at the same moment
Step = Callable[[str], AbstractContextManager[Any]]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class DeployResult:
    """A model that is served.

    Attributes:
        name: The InferenceService.
        namespace: Where it is.
        url: Where other pods of the cluster reach it.
        model: Name of the model.
        version: The version that is served.
        action: ``created``, ``updated`` or ``unchanged``.
        confirmed: Whether the predictor itself said so; else it could not be asked.
        seconds: How long it took.
    """

    name: str
    namespace: str
    url: str
    model: str
    version: str
    action: str
    confirmed: bool
    seconds: float


def deploy(
    cluster: Cluster, reader: RegistryReader, settings: DeploySettings, *, step: Step = nullcontext
) -> DeployResult:
    """Have a model served. Repeated, it changes nothing and ends at once.

    Args:
        cluster: Where.
        reader: Looked into before the cluster is touched.
        settings: What to deploy, and where.
        step: Entered with a step's name around each step, to show progress.

    Returns:
        What serves now.

    Raises:
        RegistryError: There is no such model or version; the cluster was not touched.
        ServiceNotReadyError: It did not come to serve; it is left as it is, and as long as old
            pods are there they go on answering.
        ClusterError: The cluster did not do what was asked.
    """
    begun = time.monotonic()
    with step(f"looking up {settings.model} {settings.reference}"):
        version = reader.describe(settings.model, settings.reference).version
    with step(f"telling InferenceService {settings.service}"):
        action = _told(cluster, settings)
    with step(f"waiting for {version}"):
        served = RolloutWait(cluster, settings, version).until_served()
    logger.info("%s %s: %s %s", settings.service, action, settings.model, version)
    return DeployResult(
        name=settings.service,
        namespace=settings.namespace,
        url=served.url,
        model=settings.model,
        version=version,
        action=action,
        confirmed=served.confirmed,
        seconds=round(time.monotonic() - begun, 3),
    )


def _told(cluster: Cluster, settings: DeploySettings) -> str:
    """Write the InferenceService; what was done."""
    attempts = Retrying(
        retry=retry_if_exception_type(ClusterConflictError),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random(0, 0.5),
        reraise=True,
    )
    return attempts(_told_once, cluster, settings)


def _told_once(cluster: Cluster, settings: DeploySettings) -> str:
    existing = cluster.service(settings.namespace, settings.service)
    wanted = inference_service(
        settings.service,
        namespace=settings.namespace,
        image=settings.image,
        model_uri=settings.goal.address,
        existing=existing,
    )
    if existing is None:
        cluster.create_service(settings.namespace, wanted)
        return "created"
    if wanted == existing:
        return "unchanged"
    cluster.patch_service(settings.namespace, settings.service, merge_patch(wanted))
    return "updated"


@dataclass(frozen=True, kw_only=True)
class Served:
    """What serves: its address, and whether the predictor itself named the version."""

    url: str
    confirmed: bool


class RolloutWait:
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

    def _look(self) -> RolloutState | None:
        """RolloutState once; a cluster that is away for a moment costs no more than this look."""
        try:
            return read_rollout(self._cluster, self._settings.namespace, self._settings.service)
        except (ClusterUnreachableError, ClusterServerError):
            if self._is_over():
                raise
            return None

    def _served(self, look: RolloutState) -> Served | None:
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

    def _is_stuck(self, look: RolloutState) -> bool:
        """Whether it is in the same hopeless state for longer than one is patient."""
        reason, now = look.dead_end(self._settings.goal), self._waited()
        if reason is None:
            self._dead_end = None
            return False
        if self._dead_end is None or self._dead_end[0] != reason:
            self._dead_end = reason, now
        return now - self._dead_end[1] >= self._settings.patience

    def _not_ready(self, look: RolloutState) -> ServiceNotReadyError:
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
