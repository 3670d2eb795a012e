"""The state of a rollout: whether it is complete, and if not, why and what to do.

The InferenceService alone does not show it. It is Ready while old pods still answer, and its
``observedGeneration`` is, in Standard mode, a copy of its Deployment's. So the Deployment is
checked, as ``kubectl rollout status`` does, and whether its pods have the desired model and image.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from milkprice.cluster.errors import ClusterError, one_line
from milkprice.cluster.inference_service import Document, model_addresses
from milkprice.cluster.resources import (
    Pod,
    Service,
    Workload,
    parse_pod,
    parse_service,
    parse_warnings,
    parse_workload,
    problem_text,
    workload_name,
)

if TYPE_CHECKING:
    from milkprice.cluster.client import Cluster

# Reasons of waiting containers that seldom resolve themselves.
PERMANENT_FAILURES = (
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ImagePullBackOff",
    "InvalidImageName",
)
LOG_LINES = 20
MAX_WARNINGS = 2
IMAGE_REMEDY = (
    "check the image's name and tag and that the nodes can pull it; into kind it is loaded by hand"
)
REMEDIES = {
    "CrashLoopBackOff": "fix what its log reports, or deploy the previous version by --version",
    "CreateContainerConfigError": "create the Secret or ConfigMap that it names",
    "ErrImageNeverPull": IMAGE_REMEDY,
    "ErrImagePull": IMAGE_REMEDY,
    "ImagePullBackOff": IMAGE_REMEDY,
    "InvalidImageName": IMAGE_REMEDY,
    "FailedCreate": "change what the quota or the webhook objects to",
    "Unschedulable": "add capacity to the cluster, or request less CPU and memory",
}
CONTROLLER_REMEDY = "check that KServe's controller runs: kubectl --namespace kserve get pods"


@dataclass(frozen=True, kw_only=True)
class DesiredState:
    """What a predictor shall run: the address of a model, and an image; None for any image."""

    address: str
    image: str | None

    def matches(self, container: Document) -> bool:
        """Whether a container is specified so."""
        images = (None, container.get("image"))
        return self.address in model_addresses(container) and self.image in images


@dataclass(frozen=True, kw_only=True)
class RolloutState:
    """An InferenceService and its workload at one moment.

    Attributes:
        desired: What shall run.
        service: The InferenceService; None if it was deleted.
        workload: Its Deployment; None before KServe created it.
        pods: Its pods, old ones included.
    """

    desired: DesiredState
    service: Service | None
    workload: Workload | None
    pods: tuple[Pod, ...]

    @property
    def is_observed(self) -> bool:
        """Whether KServe has updated the Deployment."""
        return self.workload is not None and self.desired.matches(self.workload.container)

    @property
    def is_complete(self) -> bool:
        """Whether all pods run the desired state and are available."""
        workload = self.workload if self.is_observed else None
        ready = self.service is not None and self.service.ready
        return ready and workload is not None and workload.complete

    @property
    def unready_pods(self) -> list[Pod]:
        """New pods that are not ready, those with a known problem first."""
        pods = [pod for pod in self.pods if self.desired.matches(pod.container) and not pod.ready]
        return sorted(pods, key=lambda pod: pod.problem is None)

    @property
    def permanent_failure(self) -> str | None:
        """Reason of a failure that seldom resolves itself."""
        if self.workload and self.is_observed and self.workload.problem:
            return self.workload.problem[0]
        reasons = [pod.problem[0] for pod in self.unready_pods if pod.problem]
        return next((reason for reason in reasons if reason in PERMANENT_FAILURES), None)


def read_rollout(
    cluster: Cluster, namespace: str, name: str, desired: DesiredState
) -> RolloutState:
    """Read an InferenceService, its Deployment and its pods."""
    service = cluster.service(namespace, name)
    workload = cluster.workload(namespace, workload_name(name))
    pods = map(parse_pod, cluster.pods(namespace))
    return RolloutState(
        desired=desired,
        service=parse_service(service) if service else None,
        workload=parse_workload(workload) if workload else None,
        pods=tuple(pod for pod in pods if pod.service == name),
    )


def diagnose(cluster: Cluster, namespace: str, name: str, state: RolloutState) -> tuple[str, str]:
    """Explain an incomplete rollout from conditions, pods, events and logs.

    Returns:
        The reason in one line, and what to do.
    """
    pod = next(iter(state.unready_pods), None)
    reasons = dict.fromkeys(filter(None, _reasons(cluster, namespace, name, state, pod)))
    remedy = _remedy(state, pod) or (
        f"see milkprice status --namespace {namespace}, or wait longer by --timeout"
    )
    return "; ".join(reasons) or "it gives no reason", remedy


def _reasons(
    cluster: Cluster, namespace: str, name: str, state: RolloutState, pod: Pod | None
) -> Iterator[str]:
    if state.service is None:
        yield "it was deleted meanwhile"
    if not state.is_observed:
        yield "KServe's controller has not processed it yet"
    elif state.workload and state.workload.problem:
        yield problem_text(state.workload.problem)
    if pod is not None:
        yield f"pod {pod.name} is " + (problem_text(pod.problem) if pod.problem else "not ready")
    elif state.service is not None:  # beside a pod's problem, conditions only repeat it
        yield from map(problem_text, state.service.problems)
    yield from _warnings(cluster, namespace, name, pod)
    if pod is not None and (line := _last_log_line(cluster, namespace, pod)):
        yield f"its log ends with: {line}"


def _warnings(cluster: Cluster, namespace: str, name: str, pod: Pod | None) -> Iterable[str]:
    try:
        warnings = parse_warnings(cluster.warnings(namespace))
    except ClusterError as error:
        return [f"its events could not be read ({one_line(str(error))})"]
    names = {pod.name} if pod else {name, workload_name(name)}
    relevant = [one for one in warnings if one.object.partition("/")[2] in names]
    return [problem_text((one.reason, one.message)) for one in relevant[:MAX_WARNINGS]]


def _last_log_line(cluster: Cluster, namespace: str, pod: Pod) -> str:
    """The last line of a pod's log: of the container that crashed, if one did."""
    for previous in (True, False) if pod.crashed else (False,):
        try:
            log = cluster.log(namespace, pod.name, lines=LOG_LINES, previous=previous)
        except ClusterError:
            continue  # it never started, or its log is gone: the diagnosis does without
        lines = [line for line in log.splitlines() if line.strip()]
        if lines:
            return one_line(_log_message(lines[-1]))
    return ""


def _log_message(line: str) -> str:
    """A line of a log; of our JSON lines the message, the reason and the exception."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return line
    if not isinstance(record, dict) or "message" not in record:
        return line
    exception = str(record.get("exception", "")).strip().splitlines()[-1:]
    return ": ".join(map(str, filter(None, [record["message"], record.get("reason"), *exception])))


def _remedy(state: RolloutState, pod: Pod | None) -> str | None:
    if not state.is_observed:
        return CONTROLLER_REMEDY
    problems = (pod.problem if pod else None, state.workload.problem if state.workload else None)
    return next((REMEDIES[one[0]] for one in problems if one and one[0] in REMEDIES), None)
