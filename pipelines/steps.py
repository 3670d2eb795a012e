"""The steps of a run, from Kubeflow's record of its nodes.

The record lists every node of the workflow: for each step its driver, its container and their
tries, besides loops, conditions and the workflow itself. A person asked for the steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipelines.kubeflow import CACHED, FAILED, SUCCEEDED, StepState

CONTAINER, DRIVER = "executor", "-driver"
SKIPPED = "SKIPPED"
TRY = re.compile(r"(\(\d+(:\d+)?\))+$")
TRACEBACK = "Traceback (most recent call last):"
# Lines of Kubeflow's own, around what the step printed: klog's, and those of its Python.
DRIVER_CALL = re.compile(r"^KFP driver: driver\.\w+\(.*?\) failed: ")
KLOG = re.compile(r"(?P<level>[IWEF])\d{4} \d\d:\d\d:\d\d\S* +\d+ \S+\] ?(?P<text>.*)")
KUBEFLOWS = re.compile(r"[IWEF]\d{4} \d\d:|\[KFP Executor ")
EXCEPTION = re.compile(r"(?P<type>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?$")
OURS = re.compile(r"(milkprice|pipelines|serving)\.(\w+\.)*errors\.")


@dataclass(frozen=True)
class Node:
    """A node of a run's workflow, as Kubeflow records it.

    Attributes:
        identity: Its identity.
        name: Its name.
        state: Its state; None of one that has not begun.
        start: When it began.
        end: When it ended; None while it runs.
        children: The nodes that came of it, as the log is asked for.
    """

    identity: str
    name: str
    state: str | None
    start: datetime | None = None
    end: datetime | None = None
    children: tuple[str, ...] = ()

    def encloses(self, other: Node) -> bool:
        """Whether the other began and ended within its time, and not in all of it."""
        own, others = (self.start, self.end), (other.start, other.end)
        if self.start is None or self.end is None or other.start is None or other.end is None:
            return False
        return self.start <= other.start and other.end <= self.end and own != others


def step_names(spec: Any) -> frozenset[str]:
    """Names of the tasks that run a container, from a version's documents."""
    plain = (spec or {}).get("pipeline_spec", spec) or {}
    components = plain.get("components", {})
    graphs = [one["dag"] for one in (plain.get("root", {}), *components.values()) if "dag" in one]
    return frozenset(
        name
        for graph in graphs
        for name, task in graph.get("tasks", {}).items()
        if "executorLabel" in components.get(task["componentRef"]["name"], {})
    )


def steps(nodes: Iterable[Node], names: frozenset[str], *, failed: bool) -> tuple[StepState, ...]:
    """The steps among a run's nodes, those that have begun, by their start.

    Args:
        nodes: All nodes of the run.
        names: Names of the pipeline's steps; if none is known, whatever had a driver is one.
        failed: Whether the run failed: then something that failed is among the answers.
    """
    begun = sorted((node for node in nodes if node.state), key=_start)
    known = names or {node.name.removesuffix(DRIVER) for node in begun if _is_driver(node)}
    spared = {node.start for node in begun if (node.name, node.state) == (CONTAINER, SKIPPED)}
    found = [step for node in begun if (step := _step(node, known, spared))]
    if failed and all(step.state != FAILED for step in found):
        found += [_named(node, node.name) for node in _innermost(begun)]
    return tuple(found)


def reason(log: str) -> str:
    """The error message of a failed step, from its log.

    The last exception, ours without its type; else the last error of Kubeflow's own; else the last
    line there is.
    """
    lines = log.splitlines()
    last = next((line for line in reversed(lines) if line.strip()), "")
    return _exception(lines) or _klog(lines) or last


def _start(node: Node) -> tuple[float, str]:
    return node.start.timestamp() if node.start else float("inf"), node.name


def _is_driver(node: Node) -> bool:
    return node.name.endswith(DRIVER)


def _step(node: Node, known: Set[str], spared: Set[datetime | None]) -> StepState | None:
    """The step that a node is, or failed to prepare.

    One from the cache took no time, and the container beside it was skipped.
    """
    if node.name in known:
        cached = node.state == SUCCEEDED and node.start == node.end and node.start in spared
        return _named(node, node.name, state=CACHED if cached else None)
    prepared = node.name.removesuffix(DRIVER)
    return _named(node, prepared) if node.state == FAILED and prepared in known else None


def _named(node: Node, name: str, *, state: str | None = None) -> StepState:
    seconds = round((node.end - node.start).total_seconds()) if node.start and node.end else None
    return StepState(
        node.identity, name, state or node.state or "", seconds=seconds, nodes=node.children
    )


def _innermost(begun: list[Node]) -> list[Node]:
    """The nodes that failed of themselves: drivers, else what encloses nothing that failed."""
    failed = [node for node in begun if node.state == FAILED]
    names = {node.name for node in failed}
    whole = [node for node in failed if TRY.sub("", node.name) not in names - {node.name}]
    drivers = [node for node in whole if _is_driver(node)]
    return drivers or [node for node in whole if not any(node.encloses(one) for one in whole)]


def _exception(lines: list[str]) -> str:
    """The message under the last traceback; it goes on to the next line of Kubeflow's."""
    starts = [place for place, line in enumerate(lines) if line.strip() == TRACEBACK]
    if not starts:
        return ""
    rest = iter(lines[starts[-1] + 1 :])
    found = next((EXCEPTION.match(line) for line in rest if line[:1] not in {" ", ""}), None)
    if not found:
        return ""
    more = []
    for line in rest:
        if KUBEFLOWS.match(line):
            break
        more.append(line)
    message = "\n".join([found["message"] or "", *more]).strip()
    if message and OURS.match(found["type"]):
        return message
    return f"{found['type']}: {message}" if message else found["type"]


def _klog(lines: list[str]) -> str:
    """The text of the last error among Kubeflow's own lines."""
    found = [match for line in lines if (match := KLOG.match(line)) and match["level"] in "EF"]
    return DRIVER_CALL.sub("", found[-1]["text"]) if found else ""
