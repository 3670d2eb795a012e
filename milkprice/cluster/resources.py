"""What a pod says of itself.

What an InferenceService says of itself.
What Kubernetes warns of.
What the Deployment under an InferenceService says of its rollout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from milkprice.cluster.cluster import Document
from milkprice.cluster.inference_service import entries, model_uri_value, predictor_container
from milkprice.cluster.responses import one_line

SERVICE_LABEL = "serving.kserve.io/inferenceservice"
BEGINNING = ("ContainerCreating", "PodInitializing")


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod as it stands.

    Attributes:
        name: Its name.
        service: The InferenceService it belongs to; empty for others.
        phase: Pending, Running, Succeeded, Failed; or Terminating.
        ready: Whether it gets requests.
        restarts: How often its containers were started again.
        image: Image of its first container.
        created: When it was made, as Kubernetes writes it.
        container: The predictor's container, as it was told to be.
        crashed: Whether a container of it ended that should not have.
        trouble: Reason and message of what keeps it from its work.
    """

    name: str
    service: str
    phase: str
    ready: bool
    restarts: int
    image: str
    created: str
    container: Document
    crashed: bool
    trouble: tuple[str, str] | None


def parse_pod(document: Document) -> Pod:
    """Read a pod."""
    metadata, status = document["metadata"], document.get("status", {})
    containers = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
    conditions = {one["type"]: one for one in status.get("conditions", ())}
    ready = conditions.get("Ready", {}).get("status") == "True"
    ended = list(_ended(containers))
    return Pod(
        name=metadata["name"],
        service=metadata.get("labels", {}).get(SERVICE_LABEL, ""),
        phase="Terminating" if metadata.get("deletionTimestamp") else status.get("phase", ""),
        ready=ready,
        restarts=sum(one.get("restartCount", 0) for one in containers),
        image=next((one.get("image", "") for one in document["spec"].get("containers", ())), ""),
        created=metadata.get("creationTimestamp") or "",
        container=predictor_container(document) or {},
        crashed=bool(ended),
        trouble=None if ready else next(_troubles(status, conditions, containers, ended), None),
    )


def _troubles(
    status: Document,
    conditions: dict[str, Document],
    containers: list[Document],
    ended: list[str],
) -> Iterator[tuple[str, str]]:
    """What is wrong, the most telling first."""
    for one in containers:
        waiting = one.get("state", {}).get("waiting")
        if waiting and waiting.get("reason") not in BEGINNING:
            said = ended[-1] if ended else waiting.get("message", "")
            yield waiting.get("reason", ""), said
    if ended and status.get("phase") != "Succeeded":
        yield "Ended", ended[-1]
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("status") == "False":
        yield scheduled.get("reason", "Unschedulable"), scheduled.get("message", "")
    if status.get("phase") == "Failed":
        yield status.get("reason") or "Failed", status.get("message", "")


def _ended(containers: list[Document]) -> Iterator[str]:
    """How containers ended that should not have."""
    for one in containers:
        for state in (one.get("lastState", {}), one.get("state", {})):
            end = state.get("terminated")
            if end and end.get("exitCode"):
                yield f"it ended with exit code {end['exitCode']} ({end.get('reason', 'Error')})"


READY = "Ready"
LATEST = "latest"
STABLE = "stable"


@dataclass(frozen=True, kw_only=True)
class Service:
    """An InferenceService as it stands.

    Attributes:
        name: Its name.
        ready: Whether it says so. It says so too while a new revision is still being rolled out.
        url: Where other pods of the cluster reach it.
        model_uris: The models it is told to serve.
        image: Image of its predictor.
        traffic: Percent of the requests that each revision gets.
        problems: Reason and message of each condition that is not met, and of a failed load.
    """

    name: str
    ready: bool
    url: str
    model_uris: tuple[str, ...]
    image: str
    traffic: dict[str, int]
    problems: tuple[tuple[str, str], ...]


def parse_service(document: Document) -> Service:
    """Read an InferenceService."""
    status = document.get("status", {})
    conditions = {one["type"]: one for one in status.get("conditions", ())}
    container = predictor_container(document) or {}
    return Service(
        name=document["metadata"]["name"],
        ready=conditions.get(READY, {}).get("status") == "True",
        url=status.get("address", {}).get("url") or status.get("url") or "",
        model_uris=entries(model_uri_value(container) or ""),
        image=container.get("image", ""),
        traffic=_traffic(status),
        problems=tuple(dict.fromkeys(_problems(status, conditions.values()))),
    )


def _traffic(status: Document) -> dict[str, int]:
    """Shares of the revisions, where there are several; all to the latest elsewhere."""
    canaries = {
        one["name"]: one.get("trafficPercent", 0) for one in status.get("canaryStatuses", ())
    }
    if canaries:
        return {STABLE: 100 - sum(canaries.values()), **canaries}
    shares = status.get("components", {}).get("predictor", {}).get("traffic", ())
    return {one.get("revisionName", LATEST): one.get("percent", 0) for one in shares} or {
        LATEST: 100
    }


def _problems(status: Document, conditions: Iterable[dict[str, Any]]) -> Iterable[tuple[str, str]]:
    failure = status.get("modelStatus", {}).get("lastFailureInfo")
    if failure:
        yield failure.get("reason", ""), failure.get("message", "")
    for one in conditions:
        if one.get("status") == "False" and (one.get("reason") or one.get("message")):
            yield one.get("reason") or one["type"], one.get("message", "")


@dataclass(frozen=True, kw_only=True)
class WarningEvent:
    """An event that warns.

    Attributes:
        thing: What it is about, as ``Pod/name``.
        reason: Its reason, one word.
        message: Its message.
        count: How often it was seen.
        last: When last, as Kubernetes writes it.
    """

    thing: str
    reason: str
    message: str
    count: int
    last: str


def parse_warnings(documents: Iterable[Document]) -> list[WarningEvent]:
    """Read events, the newest first."""
    return sorted(map(_warned, documents), key=lambda one: one.last, reverse=True)


def _warned(document: Document) -> WarningEvent:
    series = document.get("series") or {}
    about = document.get("involvedObject", {})
    last = series.get("lastObservedTime") or document.get("lastTimestamp")
    last = last or document.get("eventTime") or document["metadata"].get("creationTimestamp")
    return WarningEvent(
        thing=f"{about.get('kind', '?')}/{about.get('name', '?')}",
        reason=document.get("reason", ""),
        message=one_line(document.get("message") or ""),
        count=series.get("count") or document.get("count") or 1,
        last=last or "",
    )


REVISION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A Deployment as it stands.

    Attributes:
        container: The predictor's container, as new pods get it.
        revision: Number of this rollout.
        wanted: How many pods there shall be.
        updated: How many of them are new.
        available: How many answer, old ones too.
        settled: Whether all pods are new and answer, and no old one is left.
        problem: Reason and message, where the rollout cannot go on.
    """

    container: Document
    revision: str
    wanted: int
    updated: int
    available: int
    settled: bool
    problem: tuple[str, str] | None


def workload_name(service: str) -> str:
    """Name of the Deployment, and of the Service, that KServe makes of an InferenceService."""
    return f"{service}-predictor"


def parse_workload(document: Document) -> Workload:
    """Read a Deployment."""
    metadata, status = document["metadata"], document.get("status", {})
    wanted = document["spec"].get("replicas", 1)
    counts = [status.get(key, 0) for key in ("updatedReplicas", "replicas", "availableReplicas")]
    seen = status.get("observedGeneration", 0) >= metadata.get("generation", 0)
    return Workload(
        container=predictor_container(document) or {},
        revision=metadata.get("annotations", {}).get(REVISION, ""),
        wanted=wanted,
        updated=counts[0],
        available=counts[2],
        settled=seen and all(count == wanted for count in counts),
        problem=_problem(status) if seen else None,
    )


def _problem(status: Document) -> tuple[str, str] | None:
    """Pods that are refused, by a quota or a webhook, and a rollout that took too long."""
    for kind, met in (("ReplicaFailure", "True"), ("Progressing", "False")):
        for one in status.get("conditions", ()):
            if one["type"] == kind and one["status"] == met:
                return one.get("reason") or kind, one.get("message", "")
    return None
