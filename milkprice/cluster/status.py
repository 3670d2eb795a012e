"""Which models a predictor has loaded, by its own word.

What runs: services, pods, loaded versions, warnings.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timezone

from milkprice.cluster.cluster import Cluster, Document
from milkprice.cluster.errors import ClusterError
from milkprice.cluster.resources import (
    parse_pod,
    parse_service,
    parse_warnings,
    parse_workload,
    workload_name,
)
from milkprice.cluster.responses import one_line


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """A model of a predictor.

    Attributes:
        name: Its name.
        version: The version that serves; empty if none does.
        state: ``READY`` or ``UNAVAILABLE``.
        reason: What went wrong last.
    """

    name: str
    version: str
    state: str
    reason: str

    def in_words(self) -> str:
        """Its state, for a message."""
        now = f"it serves {self.version}" if self.version else f"it is {self.state.lower()}"
        return f"{now} ({self.reason})" if self.reason else now


@dataclass(frozen=True, kw_only=True)
class RepositoryIndex:
    """What a predictor told: its models, or why it could not be asked."""

    models: tuple[LoadedModel, ...] = ()
    silence: str = ""


def ask(cluster: Cluster, namespace: str, service: str) -> RepositoryIndex:
    """Ask a predictor for its models, by the cluster's own proxy.

    It may be out of reach, not let in or want a token; that is told and is no failure, since it
    says nothing of whether it serves.
    """
    try:
        index = cluster.index(namespace, service)
    except ClusterError as error:
        return RepositoryIndex(silence=one_line(str(error)))
    return RepositoryIndex(models=tuple(map(_loaded, index)))


def _loaded(one: dict[str, str]) -> LoadedModel:
    return LoadedModel(
        name=one.get("name", ""),
        version=one.get("version", ""),
        state=one.get("state", ""),
        reason=one_line(one.get("reason") or ""),
    )


WARNINGS = 10
DONE = "Succeeded"  # phase of a pod that had one thing to do
RECENT_SECONDS = 3600.0  # Kubernetes forgets events after an hour, by default


@dataclass(frozen=True, kw_only=True)
class ServiceStatus:
    """An InferenceService.

    Attributes:
        name: Its name.
        ready: Whether it says so.
        url: Where other pods of the cluster reach it.
        model_uris: The models it is told to serve.
        image: Image of its predictor.
        revision: Number of its latest rollout; empty before the first.
        replicas: How many pods answer.
        wanted: How many there shall be.
        traffic: Percent of the requests that each revision gets.
        problem: What is wrong.
        models: What the predictor has loaded.
        silence: Why the predictor could not be asked; empty if it could.
    """

    name: str
    ready: bool
    url: str
    model_uris: tuple[str, ...]
    image: str
    revision: str
    replicas: int
    wanted: int
    traffic: dict[str, int]
    problem: str
    models: tuple[LoadedModel, ...]
    silence: str


@dataclass(frozen=True, kw_only=True)
class PodStatus:
    """A pod: what it belongs to, how it does, since when."""

    name: str
    service: str
    phase: str
    ready: bool
    restarts: int
    image: str
    age_seconds: float | None
    problem: str


@dataclass(frozen=True, kw_only=True)
class WarningStatus:
    """An event that warns, and how long ago that was."""

    thing: str
    reason: str
    message: str
    count: int
    age_seconds: float | None


@dataclass(frozen=True, kw_only=True)
class ClusterStatus:
    """A namespace at one moment."""

    namespace: str
    services: tuple[ServiceStatus, ...]
    pods: tuple[PodStatus, ...]
    warnings: tuple[WarningStatus, ...]


def status(cluster: Cluster, namespace: str, *, now: datetime) -> ClusterStatus:
    """RolloutState at a namespace.

    Args:
        cluster: Where.
        namespace: Which.
        now: The time, for ages.

    Raises:
        ClusterError: The cluster could not be asked. A predictor that could not is told of.
    """
    pods = tuple(_pod(one, now) for one in cluster.pods(namespace))
    unwell = {f"Pod/{one.name}" for one in pods if not (one.ready or one.phase == DONE)}
    return ClusterStatus(
        namespace=namespace,
        services=tuple(_service(cluster, namespace, one) for one in cluster.services(namespace)),
        pods=pods,
        warnings=_warnings(cluster.warnings(namespace), unwell, now),
    )


def _service(cluster: Cluster, namespace: str, document: Document) -> ServiceStatus:
    service = parse_service(document)
    found = cluster.workload(namespace, workload_name(service.name))
    workload = parse_workload(found) if found else None
    told = ask(cluster, namespace, service.name)
    problems = [f"{reason}: {message}".rstrip(": ") for reason, message in service.problems]
    return ServiceStatus(
        name=service.name,
        ready=service.ready,
        url=service.url,
        model_uris=service.model_uris,
        image=service.image,
        revision=workload.revision if workload else "",
        replicas=workload.available if workload else 0,
        wanted=workload.wanted if workload else 0,
        traffic=service.traffic,
        problem="" if service.ready else one_line("; ".join(problems)),
        models=told.models,
        silence=told.silence,
    )


def _pod(document: Document, now: datetime) -> PodStatus:
    pod = parse_pod(document)
    return PodStatus(
        name=pod.name,
        service=pod.service,
        phase=pod.phase,
        ready=pod.ready,
        restarts=pod.restarts,
        image=pod.image,
        age_seconds=_age(pod.created, now),
        problem=one_line(": ".join(filter(None, pod.trouble))) if pod.trouble else "",
    )


def _warnings(
    documents: list[Document], unwell: Set[str], now: datetime
) -> tuple[WarningStatus, ...]:
    """The newest of the last hour, but for those of pods that are gone or well by now.

    Every pod is warned of while it starts and while it ends.
    """
    found = [
        WarningStatus(
            thing=one.thing,
            reason=one.reason,
            message=one.message,
            count=one.count,
            age_seconds=_age(one.last, now),
        )
        for one in parse_warnings(documents)
        if one.thing in unwell or not one.thing.startswith("Pod/")
    ]
    recent = [one for one in found if (one.age_seconds or 0.0) <= RECENT_SECONDS]
    return tuple(recent[:WARNINGS])


def _age(moment: str, now: datetime) -> float | None:
    """Seconds since a moment as Kubernetes writes it."""
    if not moment:
        return None
    then = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    return max(0.0, (now.astimezone(timezone.utc) - then).total_seconds())
