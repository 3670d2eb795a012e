"""What a pod says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from milkprice.cluster.cluster import Document
from milkprice.cluster.inference_service import container_of

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


def pod_of(document: Document) -> Pod:
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
        container=container_of(document) or {},
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
