"""Deploy a model version: update the InferenceService and wait until it serves."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random

from milkprice.cluster.errors import (
    ClusterConflictError,
    ClusterServerError,
    ClusterUnreachableError,
    ServiceNotReadyError,
)
from milkprice.cluster.inference_service import (
    SERVICE,
    inference_service,
    merge_patch,
    model_address,
)
from milkprice.cluster.rollout import DesiredState, RolloutState, diagnose, read_rollout
from milkprice.cluster.status import read_index
from milkprice.errors import SettingError
from milkprice.registry import CHAMPION, RegistryReader
from milkprice.registry.bundle import check_name

if TYPE_CHECKING:
    from milkprice.cluster.client import Cluster

NAMESPACE = "milkprice"
ATTEMPTS = 5  # others may deploy to the same predictor at the same moment
Step = Callable[[str], AbstractContextManager[Any]]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class DeploySettings:
    """What to deploy, and where.

    Attributes:
        reference: A version, or an alias for the predictor to follow.
        registry: Address from which the predictor reads it: ``s3://bucket/prefix``.
        service: Name of the InferenceService.
        image: Image of the predictor; None leaves it as it is.
        timeout: Seconds to wait until it serves.
        failure_timeout: Seconds to wait while a pod is in a state that seldom resolves itself.
        poll_interval: Seconds between two reads of the state.
    """

    model: str
    reference: str = CHAMPION
    registry: str
    namespace: str = NAMESPACE
    service: str = SERVICE
    image: str | None = None
    timeout: float = 300.0
    failure_timeout: float = 20.0
    poll_interval: float = 1.0

    def __post_init__(self) -> None:
        check_name(self.model)
        if not self.registry.startswith("s3://"):
            raise SettingError(
                option="registry",
                value=self.registry,
                expected="s3://bucket/prefix, since the predictor reads it inside the cluster",
            )
        if not self.timeout > 0:
            raise SettingError(option="timeout", value=self.timeout, expected="seconds above 0")

    @property
    def desired(self) -> DesiredState:
        """What the predictor shall run."""
        address = model_address(self.registry, self.model, self.reference)
        return DesiredState(address=address, image=self.image)


@dataclass(frozen=True, kw_only=True)
class DeployResult:
    """A deployed model.

    Attributes:
        name: Name of the InferenceService.
        url: Its address inside the cluster.
        action: ``created``, ``updated`` or ``unchanged``.
        confirmed: Whether the predictor reported the version; otherwise it could not be asked.
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
    """Serve a model version; idempotent.

    Args:
        cluster: The cluster.
        reader: The registry; read before the cluster is changed.
        settings: What to deploy, and where.
        step: Entered with a step's name around each step, to show progress.

    Raises:
        RegistryError: There is no such model or version; the cluster was not changed.
        ServiceNotReadyError: It does not become ready. It is left as it is; old pods go on
            answering.
        ClusterError: A request to the cluster failed.
    """
    start = time.monotonic()
    with step(f"resolving {settings.model} {settings.reference}"):
        version = reader.describe(settings.model, settings.reference).version
    with step(f"updating InferenceService {settings.service}"):
        action = _apply(cluster, settings)
    with step(f"waiting for {version}"):
        url, confirmed = _Wait(cluster, settings, version).run()
    logger.info("%s %s: %s %s", settings.service, action, settings.model, version)
    return DeployResult(
        name=settings.service,
        namespace=settings.namespace,
        url=url,
        model=settings.model,
        version=version,
        action=action,
        confirmed=confirmed,
        seconds=round(time.monotonic() - start, 3),
    )


@retry(
    retry=retry_if_exception_type(ClusterConflictError),
    stop=stop_after_attempt(ATTEMPTS),
    wait=wait_random(0, 0.5),
    reraise=True,
)
def _apply(cluster: Cluster, settings: DeploySettings) -> str:
    """Create or patch the InferenceService; returns the action."""
    existing = cluster.service(settings.namespace, settings.service)
    document = inference_service(
        settings.service,
        namespace=settings.namespace,
        image=settings.image,
        model_uri=settings.desired.address,
        existing=existing,
    )
    if existing is None:
        cluster.create_service(settings.namespace, document)
        return "created"
    if document == existing:
        return "unchanged"
    cluster.patch_service(settings.namespace, settings.service, merge_patch(document))
    return "updated"


class _Wait:
    """Polls until an InferenceService serves a version, or fails."""

    def __init__(self, cluster: Cluster, settings: DeploySettings, version: str) -> None:
        self._cluster = cluster
        self._settings = settings
        self._version = version
        self._start = time.monotonic()
        self._failure: tuple[str | None, float] = None, 0.0  # the reason, and since when
        self._other_version = ""

    def run(self) -> tuple[str, bool]:
        """Wait; returns the service's address and whether the predictor reported the version."""
        while True:
            state = self._read()
            if state is not None:
                if state.service is not None and state.is_complete:
                    confirmed = self._is_confirmed()
                    if confirmed is not False:
                        return state.service.url, confirmed is True
                if self._is_over() or self._is_stuck(state):
                    raise self._not_ready(state)
            time.sleep(self._settings.poll_interval)

    def _read(self) -> RolloutState | None:
        """The state; None while the cluster is away for a moment."""
        settings = self._settings
        try:
            return read_rollout(
                self._cluster, settings.namespace, settings.service, settings.desired
            )
        except (ClusterUnreachableError, ClusterServerError):
            if self._is_over():
                raise
            return None

    def _is_confirmed(self) -> bool | None:
        """Whether the predictor serves the version; None if it could not be asked.

        After a promotion it takes a moment until the predictor follows the alias.
        """
        settings = self._settings
        models, _ = read_index(self._cluster, settings.namespace, settings.service)
        model = next((one for one in models if one.name == settings.model), None)
        if model is None:
            return None
        if model.version != self._version:
            self._other_version = f"it runs, but not with {self._version}: {model.describe()}"
            return False
        return True

    def _is_over(self) -> bool:
        return self._seconds() > self._settings.timeout

    def _is_stuck(self, state: RolloutState) -> bool:
        """Whether the same permanent failure has lasted too long."""
        reason, now = state.permanent_failure, self._seconds()
        if self._failure[0] != reason:
            self._failure = reason, now
        return reason is not None and now - self._failure[1] >= self._settings.failure_timeout

    def _not_ready(self, state: RolloutState) -> ServiceNotReadyError:
        settings = self._settings
        reason, remedy = diagnose(self._cluster, settings.namespace, settings.service, state)
        return ServiceNotReadyError(
            service=settings.service,
            namespace=settings.namespace,
            seconds=self._seconds(),
            reason=self._other_version or reason,
            remedy=remedy,
        )

    def _seconds(self) -> float:
        return time.monotonic() - self._start
