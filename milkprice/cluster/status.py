"""The status of a namespace: services, their loaded models, pods, recent warnings."""

from __future__ import annotations

import time
from collections.abc import Callable, Set
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import msgspec

from milkprice.cluster.errors import ClusterError, one_line
from milkprice.cluster.inference_service import Document
from milkprice.cluster.resources import (
    parse_pod,
    parse_service,
    parse_warnings,
    parse_workload,
    problem_text,
    workload_name,
)
from milkprice.cluster.traffic import VersionTraffic, look, traffic, versions_of

if TYPE_CHECKING:
    from milkprice.cluster.client import Cluster

MAX_WARNINGS = 10
AT_ZERO = "no pod runs: it is scaled to zero"
SUCCEEDED = "Succeeded"  # phase of the pod of a finished job
RECENT_SECONDS = 3600.0  # Kubernetes keeps events for an hour by default
# Scripts read the JSON of ``milkprice status`` by these names.
SERVICE_NAMES = {
    "available_replicas": "replicas",
    "desired_replicas": "wanted",
    "index_error": "silence",
}
WARNING_NAMES = {"object": "thing"}


class LoadedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model in a predictor's repository index.

    Attributes:
        version: The version that is served; empty if none is.
        state: ``READY`` or ``UNAVAILABLE``.
        reason: The last failure.
    """

    name: str
    version: str
    state: str
    reason: str

    def describe(self) -> str:
        """Its state, for a message."""
        state = f"it serves {self.version}" if self.version else f"it is {self.state.lower()}"
        return f"{state} ({self.reason})" if self.reason else state


def read_index(
    cluster: Cluster, namespace: str, workload: str
) -> tuple[tuple[LoadedModel, ...], str]:
    """Ask a predictor for its models, through the API server.

    A predictor may be out of reach, or demand a token; that is no failure, since it does not show
    whether the predictor serves.

    Returns:
        The models, and the error of the request.
    """
    try:
        index = cluster.index(namespace, workload)
    except ClusterError as error:
        return (), one_line(str(error))
    return tuple(map(_loaded_model, index)), ""


class ServiceStatus(msgspec.Struct, frozen=True, kw_only=True, rename=SERVICE_NAMES):
    """An InferenceService.

    Attributes:
        url: Address inside the cluster.
        model_uris: Addresses of the models to serve.
        revision: Number of the latest rollout; empty before the first.
        traffic: Percent of the requests for each revision.
        problem: Why it is not ready.
        models: The models that the predictor has loaded.
        index_error: Why the predictor could not be asked for them; empty if it could.
        versions: What the version in use and its canary answered; empty without a canary.
    """

    name: str
    ready: bool
    url: str
    model_uris: tuple[str, ...]
    image: str
    revision: str
    available_replicas: int
    desired_replicas: int
    traffic: dict[str, int]
    problem: str
    models: tuple[LoadedModel, ...]
    index_error: str
    versions: tuple[VersionTraffic, ...] = ()


class PodStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A pod, its InferenceService, state and age."""

    name: str
    service: str
    phase: str
    ready: bool
    restarts: int
    image: str
    age_seconds: float | None
    problem: str


class WarningStatus(msgspec.Struct, frozen=True, kw_only=True, rename=WARNING_NAMES):
    """An event of type Warning, and its age."""

    object: str
    reason: str
    message: str
    count: int
    age_seconds: float | None


class ClusterStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A namespace at one moment."""

    namespace: str
    services: tuple[ServiceStatus, ...]
    pods: tuple[PodStatus, ...]
    warnings: tuple[WarningStatus, ...]


def status(
    cluster: Cluster,
    namespace: str,
    *,
    now: datetime,
    over: float = 0.0,
    sleep: Callable[[float], None] = time.sleep,
) -> ClusterStatus:
    """Read the status of a namespace.

    Args:
        cluster: The cluster.
        namespace: The namespace.
        now: The time that ages are those at.
        over: Seconds for which requests of canaries are counted; 0 takes what pods have counted
            since their start.
        sleep: Waits for so long.

    Raises:
        ClusterError: The cluster could not be read. A predictor that could not be asked is
            reported in ``index_error``.
    """
    pods = tuple(_pod_status(one, now) for one in cluster.pods(namespace))
    unready = {f"Pod/{one.name}" for one in pods if not (one.ready or one.phase == SUCCEEDED)}
    return ClusterStatus(
        namespace=namespace,
        services=_service_statuses(cluster, namespace, over=over, sleep=sleep),
        pods=pods,
        warnings=_recent_warnings(cluster.warnings(namespace), unready, now),
    )


def _loaded_model(entry: dict[str, str]) -> LoadedModel:
    return LoadedModel(
        name=entry.get("name", ""),
        version=entry.get("version", ""),
        state=entry.get("state", ""),
        reason=one_line(entry.get("reason") or ""),
    )


def _service_statuses(
    cluster: Cluster, namespace: str, *, over: float, sleep: Callable[[float], None]
) -> tuple[ServiceStatus, ...]:
    documents = cluster.services(namespace)
    versions = {one["metadata"]["name"]: versions_of(one) for one in documents}
    for pause in (0.0, over) if over else (0.0,):
        if any(versions.values()):
            sleep(pause)
        for name, found in versions.items():
            look(cluster, namespace, name, found)
    return tuple(
        _service_status(
            cluster,
            namespace,
            one,
            versions=traffic(versions[one["metadata"]["name"]], recent=over > 0),
        )
        for one in documents
    )


def _service_status(
    cluster: Cluster, namespace: str, document: Document, *, versions: tuple[VersionTraffic, ...]
) -> ServiceStatus:
    service = parse_service(document)
    name = workload_name(service.name, service.predictor)
    deployment = cluster.workload(namespace, name)
    workload = parse_workload(deployment) if deployment else None
    at_zero = workload is not None and not workload.desired
    models, index_error = ((), AT_ZERO) if at_zero else read_index(cluster, namespace, name)
    return ServiceStatus(
        name=service.name,
        ready=service.ready,
        url=service.url,
        model_uris=service.model_uris,
        image=service.image or (workload.image if workload else ""),
        revision=workload.revision if workload else "",
        available_replicas=workload.available if workload else 0,
        desired_replicas=workload.desired if workload else 0,
        traffic=service.traffic,
        problem="" if service.ready else one_line("; ".join(map(problem_text, service.problems))),
        models=models,
        index_error=index_error,
        versions=versions,
    )


def _pod_status(document: Document, now: datetime) -> PodStatus:
    pod = parse_pod(document)
    return PodStatus(
        name=pod.name,
        service=pod.service,
        phase=pod.phase,
        ready=pod.ready,
        restarts=pod.restarts,
        image=pod.image,
        age_seconds=_age(pod.created, now),
        problem=problem_text(pod.problem or ("", "")),
    )


def _recent_warnings(
    documents: list[Document], unready: Set[str], now: datetime
) -> tuple[WarningStatus, ...]:
    """The newest of the last hour, without those of pods that are ready or gone.

    Every pod causes warnings while it starts and while it stops.
    """
    warnings = [
        WarningStatus(
            object=one.object,
            reason=one.reason,
            message=one.message,
            count=one.count,
            age_seconds=_age(one.last_seen, now),
        )
        for one in parse_warnings(documents)
        if one.object in unready or not one.object.startswith("Pod/")
    ]
    recent = [one for one in warnings if (one.age_seconds or 0.0) <= RECENT_SECONDS]
    return tuple(recent[:MAX_WARNINGS])


def _age(timestamp: str, now: datetime) -> float | None:
    """Seconds since a time as Kubernetes writes it."""
    if not timestamp:
        return None
    then = datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
    return max(0.0, (now.astimezone(timezone.utc) - then).total_seconds())
