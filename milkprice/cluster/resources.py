"""What documents of Kubernetes and KServe say: pods, InferenceServices, Deployments, events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from milkprice.cluster.errors import one_line
from milkprice.cluster.inference_service import (
    Document,
    model_addresses,
    pod_addresses,
    predictor_container,
    predictor_name,
)

SERVICE_LABEL = "serving.kserve.io/inferenceservice"
REVISION_ANNOTATION = "deployment.kubernetes.io/revision"
STARTING = ("ContainerCreating", "PodInitializing")
LATEST, STABLE = "latest", "stable"
TERMINATING = "Terminating"  # kubectl's word for a pod that is being deleted
UP_TO_DATE = "UpToDate"  # KServe keeps the last failure of a model that was loaded since

Problem: TypeAlias = tuple[str, str]  # reason and message, as in a condition


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod.

    Attributes:
        service: Name of its InferenceService; empty for other pods.
        phase: Pending, Running, Succeeded, Failed or Terminating.
        image: Image of the predictor's container, or of its first.
        created: Creation time, as Kubernetes writes it.
        addresses: Addresses of its models.
        crashed: Name of a container that ended with an error; empty if none did.
        problem: What keeps it from getting ready.
    """

    name: str
    service: str
    phase: str
    ready: bool
    restarts: int
    image: str
    created: str
    addresses: tuple[str, ...]
    crashed: str
    problem: Problem | None


def problem_text(problem: Problem) -> str:
    """A problem in one line, for messages."""
    return one_line(": ".join(filter(None, problem)))


def parse_pod(document: Document) -> Pod:
    """Read a pod."""
    metadata, status = document["metadata"], document.get("status", {})
    containers = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
    ready, ended = _is_ready(status), list(_failed_exits(containers))
    exits = [text for _, text in ended]
    main = predictor_container(document) or next(iter(document["spec"].get("containers", ())), {})
    return Pod(
        name=metadata["name"],
        service=metadata.get("labels", {}).get(SERVICE_LABEL, ""),
        phase=TERMINATING if metadata.get("deletionTimestamp") else status.get("phase", ""),
        ready=ready,
        restarts=sum(one.get("restartCount", 0) for one in containers),
        image=main.get("image", ""),
        created=metadata.get("creationTimestamp") or "",
        addresses=pod_addresses(document),
        crashed=ended[-1][0] if ended else "",
        problem=None if ready else next(_pod_problems(status, containers, exits), None),
    )


@dataclass(frozen=True, kw_only=True)
class Service:
    """An InferenceService.

    Attributes:
        ready: Its condition Ready, which stays true while a new revision is rolled out.
        url: Address inside the cluster.
        traffic: Percent of the requests for each revision.
        canaries: Percent of the requests for each canary, as KServe has last seen to it.
        predictor: Name of the predictor in use; empty until a canary was promoted.
        problems: Conditions that are false, and a failed load.
    """

    name: str
    ready: bool
    url: str
    model_uris: tuple[str, ...]
    image: str
    traffic: dict[str, int]
    canaries: dict[str, int]
    predictor: str
    problems: tuple[Problem, ...]


def parse_service(document: Document) -> Service:
    """Read an InferenceService."""
    status = document.get("status", {})
    container = predictor_container(document) or {}
    model = document["spec"]["predictor"].get("model") or {}
    return Service(
        name=document["metadata"]["name"],
        ready=_is_ready(status),
        url=status.get("address", {}).get("url") or status.get("url") or "",
        model_uris=(uri,) if (uri := model.get("storageUri")) else model_addresses(container),
        image=container.get("image") or model.get("image", ""),
        traffic=_traffic(status),
        canaries=_canaries(status),
        predictor=predictor_name(document),
        problems=tuple(dict.fromkeys(_service_problems(status))),
    )


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The Deployment behind an InferenceService.

    Attributes:
        image: Image of the predictor in new pods.
        addresses: Addresses of the models of new pods.
        available: Number of available pods, old ones included.
        complete: Whether all pods are new and available, and no old one is left.
        problem: Why the rollout does not proceed.
    """

    image: str
    addresses: tuple[str, ...]
    revision: str
    desired: int
    available: int
    complete: bool
    problem: Problem | None


def workload_name(service: str, predictor: str = "") -> str:
    """Name of the Deployment and of the Service that KServe creates for a predictor."""
    return "-".join(filter(None, (service, predictor, "predictor")))


def parse_workload(document: Document) -> Workload:
    """Read a Deployment."""
    metadata, status = document["metadata"], document.get("status", {})
    desired, template = document["spec"].get("replicas", 1), document["spec"].get("template", {})
    counts = [status.get(key, 0) for key in ("updatedReplicas", "replicas", "availableReplicas")]
    observed = status.get("observedGeneration", 0) >= metadata.get("generation", 0)
    return Workload(
        image=(predictor_container(document) or {}).get("image", ""),
        addresses=pod_addresses(template),
        revision=metadata.get("annotations", {}).get(REVISION_ANNOTATION, ""),
        desired=desired,
        available=status.get("availableReplicas", 0),
        complete=observed and all(count == desired for count in counts),
        problem=_workload_problem(status) if observed else None,
    )


@dataclass(frozen=True, kw_only=True)
class WarningEvent:
    """An event of type Warning.

    Attributes:
        object: What it is about, as ``Pod/name``.
        last_seen: When last, as Kubernetes writes it.
    """

    object: str
    reason: str
    message: str
    count: int
    last_seen: str


def parse_warnings(documents: Iterable[Document]) -> list[WarningEvent]:
    """Read events, the newest first."""
    return sorted(map(_warning, documents), key=lambda one: one.last_seen, reverse=True)


def _warning(document: Document) -> WarningEvent:
    series = document.get("series") or {}
    target = document.get("involvedObject", {})
    times = (
        series.get("lastObservedTime"),
        document.get("lastTimestamp"),
        document.get("eventTime"),
        document["metadata"].get("creationTimestamp"),
    )
    return WarningEvent(
        object=f"{target.get('kind', '?')}/{target.get('name', '?')}",
        reason=document.get("reason", ""),
        message=one_line(document.get("message") or ""),
        count=series.get("count") or document.get("count") or 1,
        last_seen=next(filter(None, times), ""),
    )


def _conditions(status: Document) -> dict[str, Document]:
    return {one["type"]: one for one in status.get("conditions", ())}


def _is_ready(status: Document) -> bool:
    return bool(_conditions(status).get("Ready", {}).get("status") == "True")


def _pod_problems(
    status: Document, containers: list[Document], exits: list[str]
) -> Iterator[Problem]:
    """What is wrong with a pod, the most specific first."""
    for one in containers:
        waiting = one.get("state", {}).get("waiting")
        if waiting and waiting.get("reason") not in STARTING:
            yield waiting.get("reason", ""), exits[-1] if exits else waiting.get("message", "")
    if exits and status.get("phase") != "Succeeded":
        yield "Ended", exits[-1]
    scheduled = _conditions(status).get("PodScheduled", {})
    if scheduled.get("status") == "False":
        yield scheduled.get("reason", "Unschedulable"), scheduled.get("message", "")
    if status.get("phase") == "Failed":
        yield status.get("reason") or "Failed", status.get("message", "")


def _failed_exits(containers: list[Document]) -> Iterator[tuple[str, str]]:
    """Containers that ended with an error, each with its exit code for messages."""
    for one in containers:
        for state in (one.get("lastState", {}), one.get("state", {})):
            end = state.get("terminated")
            if end and end.get("exitCode"):
                code, reason = end["exitCode"], end.get("reason", "Error")
                yield one.get("name", ""), f"it ended with exit code {code} ({reason})"


def _traffic(status: Document) -> dict[str, int]:
    """Percent by revision; all to the latest where there is one only."""
    if canaries := _canaries(status):
        return {STABLE: 100 - sum(canaries.values()), **canaries}
    shares = status.get("components", {}).get("predictor", {}).get("traffic", ())
    traffic = {one.get("revisionName", LATEST): one.get("percent", 0) for one in shares}
    return traffic or {LATEST: 100}


def _canaries(status: Document) -> dict[str, int]:
    statuses = status.get("canaryStatuses", ())
    return {one["name"]: one.get("trafficPercent", 0) for one in statuses}


def _service_problems(status: Document) -> Iterator[Problem]:
    model = status.get("modelStatus", {})
    failure = model.get("lastFailureInfo")
    if failure and model.get("transitionStatus") != UP_TO_DATE:
        yield failure.get("reason", ""), failure.get("message", "")
    for one in _conditions(status).values():
        if one.get("status") == "False" and (one.get("reason") or one.get("message")):
            yield one.get("reason") or one["type"], one.get("message", "")


def _workload_problem(status: Document) -> Problem | None:
    """Pods refused by a quota or a webhook, or a rollout over its deadline."""
    conditions = _conditions(status)
    for kind, bad in (("ReplicaFailure", "True"), ("Progressing", "False")):
        one = conditions.get(kind, {})
        if one.get("status") == bad:
            return one.get("reason") or kind, one.get("message", "")
    return None
