"""Whether what was asked for runs, everywhere and nothing else.

The InferenceService alone does not tell. It says Ready while old pods still answer, and its
``observedGeneration`` is, in Standard mode, a copy of its Deployment's. So the Deployment is
asked, as ``kubectl rollout status`` does, and whether it holds what was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from milkprice.cluster.cluster import Cluster, Document
from milkprice.cluster.inference_service import entries, model_uri_value
from milkprice.cluster.resources import (
    Pod,
    Service,
    Workload,
    parse_pod,
    parse_service,
    parse_workload,
    workload_name,
)

# States of a container that seldom mend themselves. A second look later tells.
DEAD_ENDS = (
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ImagePullBackOff",
    "InvalidImageName",
)


@dataclass(frozen=True, kw_only=True)
class DesiredState:
    """What shall run: the address of a model, and an image unless any will do."""

    address: str
    image: str | None

    def is_in(self, container: Document) -> bool:
        """Whether a container is told so."""
        told = entries(model_uri_value(container) or "")
        return self.address in told and self.image in (None, container.get("image"))


@dataclass(frozen=True, kw_only=True)
class RolloutState:
    """An InferenceService and what runs it, at one moment.

    Attributes:
        service: The InferenceService; None once it is gone.
        workload: Its Deployment; None before KServe made one.
        pods: Its pods, old ones too.
    """

    service: Service | None
    workload: Workload | None
    pods: tuple[Pod, ...]

    def is_rolled_out(self, goal: DesiredState) -> bool:
        """Whether the goal is reached."""
        return (
            self.service is not None
            and self.service.ready
            and self.workload is not None
            and goal.is_in(self.workload.container)
            and self.workload.settled
        )

    def waiting(self, goal: DesiredState) -> list[Pod]:
        """The new pods that do not work yet."""
        return [pod for pod in self.pods if goal.is_in(pod.container) and not pod.ready]

    def dead_end(self, goal: DesiredState) -> str | None:
        """Why this rollout will hardly come to its end."""
        if self.workload and goal.is_in(self.workload.container) and self.workload.problem:
            return self.workload.problem[0]
        reasons = [pod.trouble[0] for pod in self.waiting(goal) if pod.trouble]
        return next((reason for reason in reasons if reason in DEAD_ENDS), None)


def read_rollout(cluster: Cluster, namespace: str, name: str) -> RolloutState:
    """RolloutState at an InferenceService and what runs it."""
    service = cluster.service(namespace, name)
    workload = cluster.workload(namespace, workload_name(name))
    pods = map(parse_pod, cluster.pods(namespace))
    return RolloutState(
        service=parse_service(service) if service else None,
        workload=parse_workload(workload) if workload else None,
        pods=tuple(pod for pod in pods if pod.service == name),
    )
