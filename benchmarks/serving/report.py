"""The tables, notes, charts and targets of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import charts
from benchmarks.report import Table
from benchmarks.serving.measurement import SHARES, ClosedLoopMetric, OpenLoopMetric, Results
from benchmarks.serving.servers import (
    KSERVE_NAMED,
    KSERVE_POSITIONAL,
    LIMIT,
    MLSERVER,
    OURS,
    SIZES,
    ServerSpec,
    Workload,
)
from benchmarks.statistics import Summary, Target, TargetResult

CLOSED_LOOP = ("server", "protocol", "req/s", "min - max", "ours, v1, is", "p50 ms", "p99 ms")
OPEN_LOOP = ("server", "of its closed-loop rate", "offered /s", "achieved /s", "p50 ms", "p99 ms",
             "maximum ms", "client delay, p99 ms")  # fmt: skip
OPEN_LOOP_METRICS: Sequence[OpenLoopMetric] = (
    "offered", "achieved", "p50", "p99", "maximum", "client_delay"
)  # fmt: skip
# The limit does nothing that varies: if its throughput does by more, the machine was busy.
STABLE = 1.3


@dataclass(frozen=True, kw_only=True)
class RatioTarget:
    """A target for a ratio of ours to another server.

    Attributes:
        target: The bound.
        ours: Our workload.
        other: The other server and its workload.
        metric: What is divided.
    """

    target: Target
    ours: str
    other: tuple[str, str]
    metric: ClosedLoopMetric = "throughput"

    def evaluate(self, results: Results) -> TargetResult:
        """Compare the ratio of each round with the bound."""
        return self.target.evaluate(results.ratio((OURS, self.ours), self.other, self.metric))


def targets(results: Results) -> list[TargetResult]:
    """The results of all targets."""
    return [target.evaluate(results) for target in TARGETS]


def tables(results: Results) -> list[Table]:
    """A table of closed-loop results for each number of rows, and one of open-loop results."""
    return [*(_closed_loop_table(results, rows) for rows in SIZES), _open_loop_table(results)]


def notes(results: Results) -> list[str]:
    """What each server is, why one is missing, and whether the machine was busy."""
    limit = results.closed_loop(LIMIT, "v1 named x 1", "throughput")
    unstable = "UNSTABLE: the limit ranged over {} req/s; something else was running too"
    return [
        *(
            f"{one.title}: {f'ABSENT, {one.unavailable}' if one.unavailable else one.description}"
            for one in results.servers
        ),
        "At fixed rates a latency counts from when a request was due, so that queueing is seen.",
        *(
            [unstable.format(limit.range)]
            if limit and limit.maximum > STABLE * limit.minimum
            else []
        ),
    ]


def draw_charts(results: Results) -> list[str]:
    """Draw throughput, and latency at fixed rates; returns the files."""
    servers = [server for server in results.servers if results.runs.get(server.name)]
    throughput = {
        f"{server.title}, {workload.protocol.name}": summary
        for server in servers
        for workload in server.workloads
        if workload.rows == 1
        and (summary := results.closed_loop(server.name, workload.name, "throughput"))
    }
    latency = {server.title: _latencies(results, server.name) for server in servers}
    curves = {title: (SHARES, values) for title, values in latency.items() if values}
    return [
        charts.bars("serving-one-row", throughput, title="One row a request", unit="requests/s"),
        charts.lines("serving-fixed-rates", curves, title="Latency at fixed rates, from when due",
                     x="% of the closed-loop rate", y="p99, ms", linear_x=True),
    ]  # fmt: skip


def _latencies(results: Results, server: str) -> list[float]:
    summaries = (results.open_loop(server, share, "p99") for share in SHARES)
    return [summary.median for summary in summaries if summary]


def _closed_loop_table(results: Results, rows: int) -> Table:
    lines = [
        _closed_loop_row(results, server, workload)
        for server in results.servers
        for workload in server.workloads
        if workload.rows == rows
    ]
    title = f"As fast as they answer, {rows:,} row{'s' if rows > 1 else ''} a request"
    return Table(title=title, columns=CLOSED_LOOP, rows=tuple(lines))


def _closed_loop_row(results: Results, server: ServerSpec, workload: Workload) -> tuple[str, ...]:
    measured = (server.name, workload.name)
    throughput = results.closed_loop(*measured, "throughput")
    times = results.ratio((OURS, f"v1 named x {workload.rows}"), measured, "throughput")
    return (
        server.title,
        workload.protocol.name,
        _text(throughput),
        throughput.range if throughput else "-",
        f"{times} x" if times else "-",
        _text(results.closed_loop(*measured, "p50")),
        _text(results.closed_loop(*measured, "p99")),
    )


def _open_loop_table(results: Results) -> Table:
    rows = tuple(
        (
            server.title,
            f"{share} %",
            *(_text(results.open_loop(server.name, share, one)) for one in OPEN_LOOP_METRICS),
        )
        for server in results.servers
        for share in SHARES
        if results.open_loop(server.name, share, "offered")
    )
    return Table(title="At fixed rates, one row a request", columns=OPEN_LOOP, rows=rows)


def _text(summary: Summary | None) -> str:
    return str(summary) if summary else "-"


def _speedup(name: str, ours: str, other: tuple[str, str], bound: float) -> RatioTarget:
    return RatioTarget(
        target=Target(name=name, at_least=bound, unit=" times"), ours=ours, other=other
    )


TARGETS = (
    _speedup("one row, v1, to KServe custom", "v1 named x 1", (KSERVE_NAMED, "v1 named x 1"), 15),
    _speedup("one row, v1, to KServe sklearn", "v1 named x 1",
             (KSERVE_POSITIONAL, "v1 positional x 1"), 15),
    _speedup("one row, v1, to MLServer's v2", "v1 named x 1", (MLSERVER, "v2 tensor x 1"), 15),
    _speedup("one row, v2, to MLServer's v2", "v2 tensor x 1", (MLSERVER, "v2 tensor x 1"), 15),
    _speedup("one row, v1, to the limit", "v1 named x 1", (LIMIT, "v1 named x 1"), 0.65),
    RatioTarget(
        target=Target(name="one row, p99 to the limit's", at_most=2, unit=" times"),
        ours="v1 named x 1", other=(LIMIT, "v1 named x 1"), metric="p99",
    ),
    _speedup("16 rows, v1, to the limit", "v1 named x 16", (LIMIT, "v1 named x 16"), 0.6),
    _speedup("1,000 rows, v1, to the limit", "v1 named x 1000", (LIMIT, "v1 named x 1000"), 0.6),
    _speedup("1,000 rows, v2 binary to our v1 JSON", "v2 binary x 1000",
             (OURS, "v1 named x 1000"), 5),
    _speedup("one row, gRPC to MLServer's", "gRPC x 1", (MLSERVER, "gRPC x 1"), 2),
)  # fmt: skip
