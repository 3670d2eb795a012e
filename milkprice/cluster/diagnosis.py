"""Why an InferenceService does not come to serve, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson

from milkprice.cluster.cluster import Cluster
from milkprice.cluster.errors import ClusterError
from milkprice.cluster.resources import Pod, parse_warnings, workload_name
from milkprice.cluster.responses import one_line
from milkprice.cluster.rollout import DesiredState, RolloutState

LINES = 20
WARNINGS = 2
IMAGE = (
    "check the image's name and tag and that the nodes can pull it; into kind it is loaded by hand"
)
REMEDIES = {
    "CrashLoopBackOff": "mend what its log tells, or deploy the version before by --version",
    "CreateContainerConfigError": "make the Secret or ConfigMap that it names",
    "ErrImageNeverPull": IMAGE,
    "ErrImagePull": IMAGE,
    "ImagePullBackOff": IMAGE,
    "InvalidImageName": IMAGE,
    "FailedCreate": "change what the quota or the webhook objects to",
    "Unschedulable": "give the cluster room, or ask for less CPU and memory",
}
UNSEEN = "see that KServe's controller runs: kubectl --namespace kserve get pods"


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why not, in one line, and what to do."""

    reason: str
    remedy: str


def explain(
    cluster: Cluster, namespace: str, name: str, look: RolloutState, goal: DesiredState
) -> Explanation:
    """Say from conditions, pods, events and logs why a goal is not reached."""
    pod = _worst(look.waiting(goal))
    told = dict.fromkeys(part for part in _parts(cluster, namespace, name, look, goal, pod) if part)
    remedy = _remedy(look, goal, pod) or (
        f"see milkprice status --namespace {namespace}, or wait longer by --timeout"
    )
    return Explanation(reason="; ".join(told) or "it gives no reason", remedy=remedy)


def _worst(pods: list[Pod]) -> Pod | None:
    return next((pod for pod in pods if pod.trouble), pods[0] if pods else None)


def _parts(
    cluster: Cluster,
    namespace: str,
    name: str,
    look: RolloutState,
    goal: DesiredState,
    pod: Pod | None,
) -> Iterator[str]:
    if look.service is None:
        yield "it was deleted meanwhile"
    if look.workload is None or not goal.is_in(look.workload.container):
        yield "KServe has not taken it up yet"
    elif look.workload.problem:
        yield _said(*look.workload.problem)
    if pod is not None:
        yield f"pod {pod.name} is " + (_said(*pod.trouble) if pod.trouble else "not ready")
    yield from _conditions(look, told=pod is not None)
    yield from _warnings(cluster, namespace, name, pod)
    if pod is not None:
        words = _last_words(cluster, namespace, pod)
        yield f"its log ends with: {words}" if words else ""


def _conditions(look: RolloutState, *, told: bool) -> Iterable[str]:
    """Conditions that are not met; beside a pod's own words they only repeat them."""
    problems = look.service.problems if look.service and not told else ()
    return [_said(*problem) for problem in problems]


def _warnings(cluster: Cluster, namespace: str, name: str, pod: Pod | None) -> Iterable[str]:
    try:
        documents = cluster.warnings(namespace)
    except ClusterError as error:
        return [f"its events could not be read ({one_line(str(error))})"]
    things = {pod.name} if pod else {name, workload_name(name)}
    found = [one for one in parse_warnings(documents) if one.thing.partition("/")[2] in things]
    return [_said(one.reason, one.message) for one in found[:WARNINGS]]


def _last_words(cluster: Cluster, namespace: str, pod: Pod) -> str:
    """The end of a pod's log: of the container that crashed, if one did."""
    for previous in (True, False) if pod.crashed else (False,):
        try:
            log = cluster.log(namespace, pod.name, lines=LINES, previous=previous)
        except ClusterError:
            continue  # it never started, or its log is gone: the reason has to do without
        lines = [line for line in log.splitlines() if line.strip()]
        if lines:
            return one_line(_words(lines[-1]))
    return ""


def _words(line: str) -> str:
    """A line of a log; of our own JSON, message and reason."""
    try:
        facts = orjson.loads(line)
    except orjson.JSONDecodeError:
        return line
    if not isinstance(facts, dict) or "message" not in facts:
        return line
    exception = str(facts.get("exception", "")).strip().splitlines()[-1:]
    return ": ".join(map(str, [facts["message"], *filter(None, [facts.get("reason")]), *exception]))


def _remedy(look: RolloutState, goal: DesiredState, pod: Pod | None) -> str | None:
    if look.workload is None or not goal.is_in(look.workload.container):
        return UNSEEN
    problems = (pod.trouble if pod else None, look.workload.problem)
    return next((REMEDIES[one[0]] for one in problems if one and one[0] in REMEDIES), None)


def _said(reason: str, message: str) -> str:
    return one_line(f"{reason}: {message}" if message else reason)
