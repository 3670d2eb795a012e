"""What the Deployment under an InferenceService says of its rollout."""

from __future__ import annotations

from dataclasses import dataclass

from milkprice.cluster.cluster import Document
from milkprice.cluster.inference_service import container_of

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


def workload_of(document: Document) -> Workload:
    """Read a Deployment."""
    metadata, status = document["metadata"], document.get("status", {})
    wanted = document["spec"].get("replicas", 1)
    counts = [status.get(key, 0) for key in ("updatedReplicas", "replicas", "availableReplicas")]
    seen = status.get("observedGeneration", 0) >= metadata.get("generation", 0)
    return Workload(
        container=container_of(document) or {},
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
