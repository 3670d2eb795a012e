"""Runs of each server in rounds, and the summaries of their results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import orjson

from benchmarks.serving import open_loop
from benchmarks.serving.closed_loop import ClosedLoopResult, load_grpc, load_http
from benchmarks.serving.model import BenchmarkModel
from benchmarks.serving.open_loop import OpenLoopResult
from benchmarks.serving.process import Server, resident_mebibytes, running
from benchmarks.serving.requests import Request, make_requests, write_frames
from benchmarks.serving.servers import ServerSpec, Workload
from benchmarks.statistics import Summary, ratio

WARM_UP_SECONDS = 1
SHARES = (25, 50, 75, 90)  # open-loop rates, in percent of the closed-loop throughput

ClosedLoopMetric = Literal["throughput", "p50", "p99"]
OpenLoopMetric = Literal["offered", "achieved", "p50", "p99", "maximum", "client_delay"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The extent of a benchmark.

    Attributes:
        rounds: The number of rounds.
        seconds: The duration of each closed-loop load.
        connections: The number of its clients.
        open_loop_seconds: The duration of each open-loop load; 0 for none.
    """

    rounds: int
    seconds: int
    connections: int
    open_loop_seconds: int


@dataclass(frozen=True, kw_only=True)
class ServerRun:
    """One run of a server.

    Attributes:
        start: Seconds until it was ready.
        memory: Resident mebibytes after the first workload.
        closed_loop: The results by workload.
        open_loop: The results by share of the closed-loop throughput, in percent.
    """

    start: float
    memory: float
    closed_loop: Mapping[str, ClosedLoopResult] = field(default_factory=dict)
    open_loop: Mapping[int, OpenLoopResult] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Results:
    """All runs.

    Attributes:
        runs: By server, a run for each round.
        servers: The servers that were to be measured, in order.
    """

    runs: Mapping[str, Sequence[ServerRun]]
    servers: Sequence[ServerSpec]

    def closed_loop(self, server: str, workload: str, metric: ClosedLoopMetric) -> Summary | None:
        """Summarize a metric of a workload; None without results."""
        values = self._values(server, workload, metric)
        return Summary.of(values) if values else None

    def open_loop(self, server: str, share: int, metric: OpenLoopMetric) -> Summary | None:
        """Summarize a metric at a share of the closed-loop throughput; None without results."""
        results = (run.open_loop.get(share) for run in self.runs.get(server, ()))
        values = [getattr(result, metric) for result in results if result]
        return Summary.of(values) if values else None

    def ratio(
        self, one: tuple[str, str], other: tuple[str, str], metric: ClosedLoopMetric
    ) -> Summary | None:
        """Divide the metric of a server and workload by that of another, round by round."""
        return ratio(self._values(*one, metric), self._values(*other, metric))

    def _values(self, server: str, workload: str, metric: ClosedLoopMetric) -> list[float]:
        results = (run.closed_loop.get(workload) for run in self.runs.get(server, ()))
        return [getattr(result, metric) for result in results if result]


def measure(
    servers: Sequence[ServerSpec],
    model: BenchmarkModel,
    plan: Plan,
    *,
    only: Collection[str],
    folder: Path,
    progress: Callable[[str], None],
) -> Results:
    """Run each server once in each round, alone on the machine.

    Args:
        servers: All servers.
        model: What they serve.
        plan: The extent.
        only: The names of those to measure.
        folder: For logs and requests.
        progress: Called with a message for the user.

    Raises:
        BenchmarkError: A prediction is wrong or a request failed.
    """
    selection = [server for server in servers if server.name in only]
    runs: defaultdict[str, list[ServerRun]] = defaultdict(list)
    for number in range(1, plan.rounds + 1):
        for server in (one for one in selection if not one.unavailable):
            progress(f"round {number} of {plan.rounds}: {server.name}")
            runs[server.name].append(_run(server, model, plan, folder))
    return Results(runs=runs, servers=selection)


def _run(spec: ServerSpec, model: BenchmarkModel, plan: Plan, folder: Path) -> ServerRun:
    """Start a server, run all its workloads, stop it."""
    closed_loop: dict[str, ClosedLoopResult] = {}
    memory, at_shares = 0.0, {}
    with running(spec, folder / f"{spec.name}.log") as server:
        for workload in spec.workloads:
            requests = make_requests(
                model.rows, model.expected, workload.protocol, size=workload.rows
            )
            result = _run_closed_loop(server, workload, requests, plan, folder)
            closed_loop[workload.name] = result
            if workload == spec.workloads[0]:
                memory = resident_mebibytes(server.pid)
                if spec.has_open_loop and plan.open_loop_seconds:
                    rate = result.throughput
                    at_shares = _run_open_loop(server, workload, requests, rate, plan, folder)
        return ServerRun(
            start=server.seconds, memory=memory, closed_loop=closed_loop, open_loop=at_shares
        )


def _run_closed_loop(
    server: Server, workload: Workload, requests: Sequence[Request], plan: Plan, folder: Path
) -> ClosedLoopResult:
    """Load a server; its predictions are checked before and after."""
    protocol = workload.protocol
    port, load = (server.grpc_port, load_grpc) if protocol.grpc else (server.port, load_http)
    bodies = (one.body if protocol.grpc else one.to_http(protocol.path, port) for one in requests)
    frames = folder / "frames"
    write_frames(frames, bodies)
    _check(server, workload, requests)
    for seconds in (WARM_UP_SECONDS, plan.seconds):
        result = load(
            port,
            frames,
            seconds=seconds,
            connections=plan.connections,
            server=server.spec.name,
        )
    _check(server, workload, requests)
    return result


def _run_open_loop(
    server: Server,
    workload: Workload,
    requests: Sequence[Request],
    throughput: float,
    plan: Plan,
    folder: Path,
) -> dict[int, OpenLoopResult]:
    """Load a server, whose frames are written already, at shares of its throughput."""
    expected = folder / "expected"
    expected.write_bytes(orjson.dumps([one.expected for one in requests]))
    return {
        share: open_loop.load(
            server.port,
            folder / "frames",
            expected,
            workload.protocol,
            rate=throughput * share / 100,
            seconds=plan.open_loop_seconds,
        )
        for share in SHARES
    }


def _check(server: Server, workload: Workload, requests: Sequence[Request]) -> None:
    for request in requests:
        server.ask(workload.protocol, request)
