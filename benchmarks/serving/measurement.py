"""Runs of each server in rounds, and their results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.environment import progress
from benchmarks.serving import open_loop
from benchmarks.serving.closed_loop import ClosedLoopResult, load_grpc, load_http
from benchmarks.serving.model import BenchmarkModel
from benchmarks.serving.open_loop import OpenLoopResult
from benchmarks.serving.process import Server, running
from benchmarks.serving.protocols import Request
from benchmarks.serving.servers import ServerSpec, Workload

WARM_UP_SECONDS = 1
SHARES = (25, 50, 75, 90)  # open-loop rates, in percent of the closed-loop throughput


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The extent of a benchmark: seconds of each load, and clients of a closed loop."""

    rounds: int
    seconds: int
    connections: int
    paced_seconds: int


@dataclass(frozen=True, kw_only=True)
class Results:
    """Results of each round.

    Attributes:
        servers: The servers that were to be measured, in order.
        closed_loop: By the names of server and workload.
        open_loop: By the name of the server and the share of its closed-loop throughput.
    """

    servers: Sequence[ServerSpec]
    closed_loop: dict[tuple[str, str], list[ClosedLoopResult]] = field(
        default_factory=lambda: defaultdict(list)
    )
    open_loop: dict[tuple[str, int], list[OpenLoopResult]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def of(self, server: str, load: str | int, metric: str) -> list[float]:
        """A metric of a server under a workload, or at a share of its throughput."""
        results: dict[Any, Any] = self.open_loop if isinstance(load, int) else self.closed_loop
        return [getattr(one, metric) for one in results.get((server, load), ())]


def measure(
    servers: Sequence[ServerSpec],
    model: BenchmarkModel,
    plan: Plan,
    *,
    only: Collection[str],
    folder: Path,
) -> Results:
    """Run each server once in each round, alone on the machine.

    Args:
        servers: All servers.
        model: What they serve.
        plan: The extent.
        only: The names of those to measure.
        folder: For logs.

    Raises:
        BenchmarkError: A prediction is wrong or a request failed.
    """
    results = Results(servers=[server for server in servers if server.name in only])
    for number in range(1, plan.rounds + 1):
        for spec in (one for one in results.servers if not one.unavailable):
            progress(f"round {number} of {plan.rounds}: {spec.name}")
            with running(spec, folder) as server:
                _run(server, spec, model, plan, results)
    return results


def _run(
    server: Server, spec: ServerSpec, model: BenchmarkModel, plan: Plan, results: Results
) -> None:
    """Run all workloads of a server, the first also at fixed rates."""
    for workload in spec.workloads:
        requests = model.requests(workload.protocol, workload.rows)
        result = _run_closed_loop(server, workload, requests, plan)
        results.closed_loop[spec.name, workload.name].append(result)
        if workload == spec.workloads[0] and spec.has_open_loop and plan.paced_seconds:
            for share in SHARES:
                paced = open_loop.load(
                    server.port(workload.protocol),
                    workload.protocol,
                    requests,
                    rate=result.throughput * share / 100,
                    seconds=plan.paced_seconds,
                )
                results.open_loop[spec.name, share].append(paced)


def _run_closed_loop(
    server: Server, workload: Workload, requests: Sequence[Request], plan: Plan
) -> ClosedLoopResult:
    """Load a server; its predictions are checked before and after."""
    protocol = workload.protocol
    load = load_grpc if protocol.grpc else load_http
    _check(server, workload, requests)
    for seconds in (WARM_UP_SECONDS, plan.seconds):
        result = load(
            server.port(protocol),
            requests,
            seconds=seconds,
            connections=plan.connections,
            server=server.name,
        )
    _check(server, workload, requests)
    return result


def _check(server: Server, workload: Workload, requests: Sequence[Request]) -> None:
    for request in requests:
        server.ask(workload.protocol, request)
