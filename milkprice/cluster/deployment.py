"""Deploy a model version: update the InferenceService and wait until it serves.

A version goes to all requests at once (``deploy``), or as a canary to some of them first
(``start_canary``), then to more (``change_traffic``), and to all or none (``promote_canary``,
``abort_canary``).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random

from milkprice.cluster.errors import CanaryRefusedError, ClusterConflictError
from milkprice.cluster.inference_service import (
    Document,
    canary_of,
    canary_patch,
    inference_service,
    merge_patch,
    model_address,
    predictor_name,
    storage_address,
    storage_parts,
    storage_uri,
    with_canary,
    with_canary_promoted,
    with_traffic,
    without_canary,
)
from milkprice.cluster.resources import Service, parse_workload, workload_name
from milkprice.cluster.rollout import DesiredState, Wait, WaitSettings
from milkprice.errors import SettingError
from milkprice.registry import CHAMPION, RegistryReader
from milkprice.registry.bundle import check_name

if TYPE_CHECKING:
    from milkprice.cluster.client import Cluster

SHARE_STEP = 25  # percent of the pods that may be missing, as Deployments have it
ATTEMPTS = 5  # others may deploy to the same predictor at the same moment
Step = Callable[[str], AbstractContextManager[Any]]
Edit = Callable[[Document], Document]

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
    task = _Task(cluster, settings, step)
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
    return task.wait(desired, action)


def start_canary(
    cluster: Cluster,
    reader: RegistryReader,
    settings: DeploySettings,
    *,
    traffic: int | None = None,
    step: Step = nullcontext,
) -> DeployResult:
    """Run a version beside the one in use; idempotent.

    Args:
        cluster: The cluster.
        reader: The registry; read before the cluster is changed.
        settings: What to deploy, and where. An alias is resolved now: a canary follows none.
        traffic: Percent of the requests, 1 to 100; None keeps its share, or takes 10.
        step: Entered with a step's name around each step, to show progress.

    Raises:
        RegistryError: There is no such model or version; the cluster was not changed.
        CanaryRefusedError: The InferenceService cannot have it; it was not changed.
        CanaryNotReadyError: It does not become ready. It is left as it is.
        ClusterError: A request to the cluster failed.
    """
    check_traffic(traffic)
    task = _Task(cluster, settings, step)
    with step(f"resolving {settings.model} {settings.reference}"):
        version = reader.describe(settings.model, settings.reference).version
    uri = storage_address(settings.registry, settings.model, version)
    return task.change(
        partial(with_canary, uri=uri, traffic=traffic, image=settings.image), "started"
    )


def change_traffic(
    cluster: Cluster, settings: WaitSettings, traffic: int, *, step: Step = nullcontext
) -> DeployResult:
    """Give a canary another share of the requests; idempotent, and fails like ``start_canary``."""
    check_traffic(traffic)
    return _Task(cluster, settings, step).change(partial(with_traffic, traffic=traffic), "changed")


def promote_canary(
    cluster: Cluster, settings: WaitSettings, *, step: Step = nullcontext
) -> DeployResult:
    """Make a canary what is in use; its pods go on running, those in use before end.

    First it gets the share of pods that it lacks, step by step: KServe ends those in use before
    others are ready, and all of them with the promotion. Repeated, it changes nothing.

    Raises:
        CanaryRefusedError: There is no canary, and none was promoted before.
        CanaryNotReadyError: It does not become ready. It is left with the share that it has.
        ServiceNotReadyError: It is promoted and does not become ready.
        ClusterError: A request to the cluster failed.
    """
    task = _Task(cluster, settings, step)
    document = task.read()
    canary, before = canary_of(document), predictor_name(document)
    if canary is None and before:
        return task.wait(_desired(document), "unchanged")
    for share in (*range(canary.traffic if canary else 100, 100, SHARE_STEP), 100):
        task.change(partial(with_traffic, traffic=share), "changed")
    gone = workload_name(settings.service, before)
    return task.change(partial(with_canary_promoted, canary=canary), "promoted", gone=gone)


def abort_canary(
    cluster: Cluster, settings: WaitSettings, *, step: Step = nullcontext
) -> DeployResult:
    """End a canary; what is in use gets all requests. Without a canary it changes nothing.

    Raises:
        CanaryRefusedError: Its canaries are not of this command.
        ServiceNotReadyError: What is in use is not ready.
        ClusterError: A request to the cluster failed.
    """
    task = _Task(cluster, settings, step)
    canary = canary_of(task.read())
    gone = workload_name(settings.service, canary.name) if canary else None
    return task.change(without_canary, "aborted", gone=gone)


class _Task:
    """Changes an InferenceService and waits until it is so."""

    def __init__(self, cluster: Cluster, settings: WaitSettings, step: Step) -> None:
        self._cluster = cluster
        self._settings = settings
        self._step = step
        self._start = time.monotonic()

    def read(self) -> Document:
        """The InferenceService."""
        return _existing(self._cluster, self._settings)

    def change(self, edit: Edit, action: str, *, gone: str | None = None) -> DeployResult:
        """Change it, and wait for the canary or without one for what is in use."""
        with self._step(f"updating InferenceService {self._settings.service}"):
            document, is_changed = _write(self._cluster, self._settings, edit)
        return self.wait(_desired(document, gone=gone), action if is_changed else "unchanged")

    def wait(self, desired: DesiredState, action: str) -> DeployResult:
        """Wait until it is as desired."""
        settings, traffic = self._settings, sum(desired.canaries.values()) or 100
        with self._step(f"waiting for {desired.version}"):
            service, workload, confirmed = Wait(self._cluster, settings, desired).run()
        logger.info("%s %s: %s %s", settings.service, action, desired.model, desired.version)
        return DeployResult(
            name=settings.service,
            namespace=settings.namespace,
            url=_url(desired.workload, settings.namespace) if desired.canaries else service.url,
            model=desired.model,
            version=desired.version,
            action=action,
            confirmed=confirmed,
            seconds=round(time.monotonic() - self._start, 3),
            traffic=traffic,
            pods=workload.desired,
            other_pods=self._pods(service) if desired.canaries else 0,
        )

    def _pods(self, service: Service) -> int:
        """Pods of what is in use."""
        name = workload_name(service.name, service.predictor)
        document = self._cluster.workload(self._settings.namespace, name)
        return parse_workload(document).desired if document else 0


def _desired(document: Document, *, gone: str | None = None) -> DesiredState:
    """That the canary runs, or without one what is in use."""
    service, canary = document["metadata"]["name"], canary_of(document)
    uri = canary.storage_uri if canary else storage_uri(document)
    model, version = storage_parts(uri)
    return DesiredState(
        workload=workload_name(service, canary.name if canary else predictor_name(document)),
        address=uri,
        model=model,
        version=version,
        image=canary.image if canary else None,
        canaries={canary.name: canary.traffic} if canary else {},
        gone=gone,
    )


def _url(workload: str, namespace: str) -> str:
    return f"http://{workload}.{namespace}.svc.cluster.local"


def check_traffic(traffic: int | None) -> None:
    """Raise ``SettingError`` unless a share is none or 1 to 100 percent."""
    if traffic is not None and not 1 <= traffic <= 100:
        expected = "1 to 100 percent; KServe runs no pod for 0"
        raise SettingError(option="traffic", value=traffic, expected=expected)


def _existing(cluster: Cluster, settings: WaitSettings) -> Document:
    document = cluster.service(settings.namespace, settings.service)
    if document is None:
        raise CanaryRefusedError(
            service=settings.service,
            namespace=settings.namespace,
            reason="there is no such InferenceService",
            remedy="apply the manifests, with components/storage-uri",
        )
    return document


retry_conflicts = retry(
    retry=retry_if_exception_type(ClusterConflictError),
    stop=stop_after_attempt(ATTEMPTS),
    wait=wait_random(0, 0.5),
    reraise=True,
)


@retry_conflicts
def _write(cluster: Cluster, settings: WaitSettings, edit: Edit) -> tuple[Document, bool]:
    """Change an InferenceService; returns it and whether there was anything to change."""
    before = _existing(cluster, settings)
    after = edit(before)
    if after != before:
        cluster.patch_service(settings.namespace, settings.service, canary_patch(after))
    return after, after != before


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
