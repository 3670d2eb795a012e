"""The state of a rollout: waiting until it is complete, and if it is not, why and what to do.

The InferenceService alone does not show it. It is Ready while old pods still answer, and its
``observedGeneration`` is, in Standard mode, a copy of its Deployment's. So the Deployment is
checked, as ``kubectl rollout status`` does, and whether its pods have the desired model and image.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from milkprice.cluster.errors import (
    CanaryNotReadyError,
    ClusterError,
    ClusterServerError,
    ClusterUnreachableError,
    ServiceNotReadyError,
    one_line,
)
from milkprice.cluster.inference_service import CONTAINER, NAMESPACE, SERVICE
from milkprice.cluster.resources import (
    Pod,
    Service,
    Workload,
    parse_pod,
    parse_service,
    parse_warnings,
    parse_workload,
    problem_text,
)
from milkprice.cluster.status import read_index
from milkprice.errors import SettingError

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
    """What a predictor shall run.

    Attributes:
        workload: Name of its Deployment.
        address: Address of a model.
        model: Name of that model.
        version: The version that it shall report.
        image: Image of the predictor; None for any.
        canaries: Percent of the requests for each canary.
        gone: Name of a Deployment that shall be there no more.
    """

    workload: str
    address: str
    model: str
    version: str
    image: str | None = None
    canaries: dict[str, int] = field(default_factory=dict)
    gone: str | None = None

    def matches(self, one: Pod | Workload) -> bool:
        """Whether pods are specified so."""
        return self.address in one.addresses and self.image in (None, one.image)


@dataclass(frozen=True, kw_only=True)
class RolloutState:
    """An InferenceService and its workload at one moment.

    Attributes:
        desired: What shall run.
        service: The InferenceService; None if it was deleted.
        workload: The Deployment; None before KServe created it.
        pods: Its pods, old ones included.
        is_gone: Whether the Deployment that shall be there no more is not.
    """

    desired: DesiredState
    service: Service | None
    workload: Workload | None
    pods: tuple[Pod, ...]
    is_gone: bool = True

    @property
    def is_observed(self) -> bool:
        """Whether KServe has updated the Deployments."""
        seen = self.service is None or self.service.canaries == self.desired.canaries
        updated = self.workload is not None and self.desired.matches(self.workload)
        return seen and updated and self.is_gone

    @property
    def is_complete(self) -> bool:
        """Whether all pods run the desired state and are available."""
        workload = self.workload if self.is_observed else None
        ready = self.service is not None and self.service.ready
        return ready and workload is not None and workload.complete

    @property
    def unready_pods(self) -> list[Pod]:
        """New pods that are not ready, those with a known problem first."""
        pods = [pod for pod in self.pods if self.desired.matches(pod) and not pod.ready]
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
    workload = cluster.workload(namespace, desired.workload)
    old = cluster.workload(namespace, desired.gone) if desired.gone else None
    pods = map(parse_pod, cluster.pods(namespace))
    return RolloutState(
        desired=desired,
        service=parse_service(service) if service else None,
        workload=parse_workload(workload) if workload else None,
        pods=tuple(pod for pod in pods if pod.service == name),
        is_gone=old is None,
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
    yield from _warnings(cluster, namespace, name, state.desired.workload, pod)
    if pod is not None and (line := _last_log_line(cluster, namespace, pod)):
        yield f"its log ends with: {line}"


def _warnings(
    cluster: Cluster, namespace: str, name: str, workload: str, pod: Pod | None
) -> Iterable[str]:
    try:
        warnings = parse_warnings(cluster.warnings(namespace))
    except ClusterError as error:
        return [f"its events could not be read ({one_line(str(error))})"]
    names = {pod.name} if pod else {name, workload}
    relevant = [one for one in warnings if one.object.partition("/")[2] in names]
    return [problem_text((one.reason, one.message)) for one in relevant[:MAX_WARNINGS]]


def _last_log_line(cluster: Cluster, namespace: str, pod: Pod) -> str:
    """The last line of a pod's log: of the container that crashed, if one did."""
    for previous in (True, False) if pod.crashed else (False,):
        try:
            name = pod.crashed or CONTAINER
            log = cluster.log(
                namespace, pod.name, container=name, lines=LOG_LINES, previous=previous
            )
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


@dataclass(frozen=True, kw_only=True)
class WaitSettings:
    """Which InferenceService to wait for, and how long.

    Attributes:
        service: Name of the InferenceService.
        timeout: Seconds to wait until it serves.
        failure_timeout: Seconds to wait while a pod is in a state that seldom resolves itself.
        poll_interval: Seconds between two reads of the state.
        route_grace: Seconds until a gateway's proxies act by a route that its controller has
            accepted; nothing tells when they do.
    """

    namespace: str = NAMESPACE
    service: str = SERVICE
    timeout: float = 300.0
    failure_timeout: float = 20.0
    poll_interval: float = 1.0
    route_grace: float = 5.0

    def __post_init__(self) -> None:
        if not self.timeout > 0:
            raise SettingError(option="timeout", value=self.timeout, expected="seconds above 0")


class Wait:
    """Polls until an InferenceService is as desired, or fails."""

    def __init__(self, cluster: Cluster, settings: WaitSettings, desired: DesiredState) -> None:
        self._cluster = cluster
        self._settings = settings
        self._desired = desired
        self._start = time.monotonic()
        self._failure: tuple[str | None, float] = None, 0.0  # the reason, and since when
        self._other_version = ""

    def run(self) -> tuple[Service, Workload, bool]:
        """Wait.

        Returns:
            The InferenceService, the Deployment, and whether the predictor reported the version.

        Raises:
            ServiceNotReadyError: It does not become ready.
        """
        while True:
            state = self._read()
            if state is not None:
                if state.service and state.workload and state.is_complete:
                    confirmed = self._is_confirmed()
                    if confirmed is not False:
                        return state.service, state.workload, confirmed is True
                if self._is_over() or self._is_stuck(state):
                    raise self._not_ready(state)
            time.sleep(self._settings.poll_interval)

    def _read(self) -> RolloutState | None:
        """The state; None while the cluster is away for a moment."""
        settings = self._settings
        try:
            return read_rollout(self._cluster, settings.namespace, settings.service, self._desired)
        except (ClusterUnreachableError, ClusterServerError):
            if self._is_over():
                raise
            return None

    def _is_confirmed(self) -> bool | None:
        """Whether the predictor serves the version; None if it could not be asked.

        After a promotion it takes a moment until the predictor follows the alias.
        """
        desired = self._desired
        models, _ = read_index(self._cluster, self._settings.namespace, desired.workload)
        model = next((one for one in models if one.name == desired.model), None)
        if model is None:
            return None
        if model.version != desired.version:
            self._other_version = f"it runs, but not with {desired.version}: {model.describe()}"
            return False
        return True

    def _is_over(self) -> bool:
        return self._seconds() > self._settings.timeout

    def _is_stuck(self, state: RolloutState) -> bool:
        """Whether the same permanent failure has lasted too long."""
        reason, now = state.permanent_failure, self._seconds()
        if self._failure[0] != reason:
            self._failure = reason, now
        return reason is not None and now - self._failure[1] >= self._settings.failure_timeout

    def _not_ready(self, state: RolloutState) -> ServiceNotReadyError:
        settings = self._settings
        reason, remedy = diagnose(self._cluster, settings.namespace, settings.service, state)
        kind = CanaryNotReadyError if self._desired.canaries else ServiceNotReadyError
        return kind(
            service=settings.service,
            namespace=settings.namespace,
            seconds=self._seconds(),
            reason=self._other_version or reason,
            remedy=remedy,
        )

    def _seconds(self) -> float:
        return time.monotonic() - self._start
