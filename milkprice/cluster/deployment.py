"""Deploy a model version to all requests: update the InferenceService and wait until it serves.

``canary.py`` gives a version some of the requests first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random

from milkprice.cluster.errors import ClusterConflictError
from milkprice.cluster.inference_service import inference_service, merge_patch, model_address
from milkprice.cluster.resources import Service, parse_workload, workload_name
from milkprice.cluster.rollout import DesiredState, Wait, WaitSettings
from milkprice.errors import SettingError
from milkprice.registry import CHAMPION, RegistryReader
from milkprice.registry.bundle import check_name

if TYPE_CHECKING:
    from milkprice.cluster.client import Cluster

ATTEMPTS = 5  # others may deploy to the same predictor at the same moment
Step = Callable[[str], AbstractContextManager[Any]]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class DeploySettings(WaitSettings):
    """What to deploy, and where.

    Attributes:
        reference: A version, or an alias for the predictor to follow.
        registry: Address from which the predictor reads it: ``s3://bucket/prefix``.
        image: Image of the predictor; None leaves it as it is.
    """

    model: str
    reference: str = CHAMPION
    registry: str
    image: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_name(self.model)
        if not self.registry.startswith("s3://"):
            raise SettingError(
                option="registry",
                value=self.registry,
                expected="s3://bucket/prefix, since the predictor reads it inside the cluster",
            )

    @property
    def address(self) -> str:
        """Address of the model, for the predictor."""
        return model_address(self.registry, self.model, self.reference)


@dataclass(frozen=True, kw_only=True)
class DeployResult:
    """A deployed model.

    Attributes:
        name: Name of the InferenceService.
        url: Its address inside the cluster; of a canary, the canary's own.
        action: ``created``, ``updated`` or ``unchanged``; of a canary also ``started``,
            ``changed``, ``promoted`` or ``aborted``.
        confirmed: Whether the predictor reported the version; otherwise it could not be asked.
        traffic: Percent of the requests that the version is to have.
        pods: Its pods.
        other_pods: Pods of the version in use beside a canary.
        routes: HTTPRoutes whose weights share the requests; without any, pods do.
    """

    name: str
    namespace: str
    url: str
    model: str
    version: str
    action: str
    confirmed: bool
    seconds: float
    traffic: int
    pods: int
    other_pods: int
    routes: tuple[str, ...] = ()


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
    rollout = Rollout(cluster, settings, step)
    with step(f"resolving {settings.model} {settings.reference}"):
        version = reader.describe(settings.model, settings.reference).version
    with step(f"updating InferenceService {settings.service}"):
        action = _apply(cluster, settings)
    desired = DesiredState(
        workload=workload_name(settings.service),
        address=settings.address,
        model=settings.model,
        version=version,
        image=settings.image,
    )
    return rollout.wait(desired, action)


class Rollout:
    """Waits until an InferenceService is as desired, and says what became of it."""

    def __init__(self, cluster: Cluster, settings: WaitSettings, step: Step) -> None:
        self.cluster = cluster
        self.settings = settings
        self.step = step
        self._start = time.monotonic()

    def wait(self, desired: DesiredState, action: str) -> DeployResult:
        """Wait until it is as desired."""
        settings, traffic = self.settings, sum(desired.canaries.values()) or 100
        with self.step(f"waiting for {desired.version}"):
            service, workload, confirmed = Wait(self.cluster, settings, desired).run()
        logger.info("%s %s: %s %s", settings.service, action, desired.model, desired.version)
        return DeployResult(
            name=settings.service,
            namespace=settings.namespace,
            url=_url(desired.workload, settings.namespace) if desired.canaries else service.url,
            model=desired.model,
            version=desired.version,
            action=action,
            confirmed=confirmed,
            seconds=self.seconds,
            traffic=traffic,
            pods=workload.desired,
            other_pods=self._pods(service) if desired.canaries else 0,
        )

    @property
    def seconds(self) -> float:
        """Since it began."""
        return round(time.monotonic() - self._start, 3)

    def _pods(self, service: Service) -> int:
        """Pods of what is in use."""
        name = workload_name(service.name, service.predictor)
        document = self.cluster.workload(self.settings.namespace, name)
        return parse_workload(document).desired if document else 0


def _url(workload: str, namespace: str) -> str:
    return f"http://{workload}.{namespace}.svc.cluster.local"


retry_conflicts = retry(
    retry=retry_if_exception_type(ClusterConflictError),
    stop=stop_after_attempt(ATTEMPTS),
    wait=wait_random(0, 0.5),
    reraise=True,
)


@retry_conflicts
def _apply(cluster: Cluster, settings: DeploySettings) -> str:
    """Create or patch the InferenceService; returns the action."""
    existing = cluster.service(settings.namespace, settings.service)
    document = inference_service(
        settings.service,
        namespace=settings.namespace,
        image=settings.image,
        model_uri=settings.address,
        existing=existing,
    )
    if existing is None:
        cluster.create_service(settings.namespace, document)
        return "created"
    if document == existing:
        return "unchanged"
    cluster.patch_service(settings.namespace, settings.service, merge_patch(document))
    return "updated"
