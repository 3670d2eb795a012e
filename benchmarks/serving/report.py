"""The tables, notes, charts and targets of a run."""

from __future__ import annotations

import statistics

from benchmarks import charts
from benchmarks.report import Cell, Table
from benchmarks.serving.measurement import SHARES, Results
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
from benchmarks.statistics import Target, ratios, spread

CLOSED_LOOP = ("server", "protocol", "req/s", "min - max", "ours, v1, is", "p50 ms", "p99 ms")
OPEN_LOOP = ("server", "of its closed-loop rate", "offered /s", "achieved /s", "p50 ms", "p99 ms",
             "maximum ms", "client delay, p99 ms")  # fmt: skip
OPEN_LOOP_METRICS = ("offered", "achieved", "p50", "p99", "maximum", "client_delay")
# The limit does nothing that varies: if its throughput does by more, the machine was busy.
STABLE = 1.3
# What is compared, our workload, the other server and its workload, the least ratio of throughput.
SPEEDUPS = (
    ("one row, v1, to KServe custom", "v1 named x 1", KSERVE_NAMED, "v1 named x 1", 15),
    ("one row, v1, to KServe sklearn", "v1 named x 1", KSERVE_POSITIONAL, "v1 positional x 1", 15),
    ("one row, v1, to MLServer's v2", "v1 named x 1", MLSERVER, "v2 tensor x 1", 15),
    ("one row, v2, to MLServer's v2", "v2 tensor x 1", MLSERVER, "v2 tensor x 1", 15),
    ("one row, v1, to the limit", "v1 named x 1", LIMIT, "v1 named x 1", 0.65),
    ("16 rows, v1, to the limit", "v1 named x 16", LIMIT, "v1 named x 16", 0.8),
    ("1,000 rows, v1, to the limit", "v1 named x 1000", LIMIT, "v1 named x 1000", 0.6),
    ("1,000 rows, v2 binary to our v1 JSON", "v2 binary x 1000", OURS, "v1 named x 1000", 5),
    ("one row, gRPC to MLServer's", "gRPC x 1", MLSERVER, "gRPC x 1", 2),
)


def targets(results: Results) -> list[Target]:
    """All targets, each a ratio of ours to another server's."""
    speedups = [
        Target(
            name=name,
            values=ratios(
                results.of(OURS, ours, "throughput"), results.of(server, workload, "throughput")
            ),
            at_least=bound,
            unit=" times",
        )
        for name, ours, server, workload, bound in SPEEDUPS
    ]
    latency = Target(
        name="one row, p99 to the limit's",
        values=ratios(
            results.of(OURS, "v1 named x 1", "p99"), results.of(LIMIT, "v1 named x 1", "p99")
        ),
        at_most=2,
        unit=" times",
    )
    return [*speedups, latency]


def tables(results: Results) -> list[Table]:
    """A table of closed-loop results for each number of rows, and one of open-loop results."""
    closed_loop = [
        Table.of(
            f"As fast as they answer, {size:,} row{'s' if size > 1 else ''} a request",
            CLOSED_LOOP,
            [
                _closed_loop_row(results, server, workload)
                for server in results.servers
                for workload in server.workloads
                if workload.rows == size
            ],
        )
        for size in SIZES
    ]
    open_loop: list[tuple[Cell, ...]] = [
        (
            server.title,
            f"{share} %",
            *(results.of(server.name, share, metric) for metric in OPEN_LOOP_METRICS),
        )
        for server in results.servers
        for share in SHARES
        if (server.name, share) in results.open_loop
    ]
    return [*closed_loop, Table.of("At fixed rates, one row a request", OPEN_LOOP, open_loop)]


def notes(results: Results) -> list[str]:
    """What each server is, why one is missing, and whether the machine was busy."""
    lines = [
        f"{one.title}: {f'ABSENT, {one.unavailable}' if one.unavailable else one.description}"
        for one in results.servers
    ]
    lines.append(
        "At fixed rates a latency counts from when a request was due, so that queueing is seen."
    )
    limit = results.of(LIMIT, "v1 named x 1", "throughput")
    if limit and max(limit) > STABLE * min(limit):
        lines.append(
            f"UNSTABLE: the limit ranged over {spread(limit)} req/s; something else was running too"
        )
    return lines


def draw_charts(results: Results) -> None:
    """Draw throughput, and latency at fixed rates."""
    throughput = {
        f"{server.title}, {workload.protocol.name}": values
        for server in results.servers
        for workload in server.workloads
        if workload.rows == 1 and (values := results.of(server.name, workload.name, "throughput"))
    }
    latency = {
        server.title: [statistics.median(results.of(server.name, one, "p99")) for one in SHARES]
        for server in results.servers
        if (server.name, SHARES[0]) in results.open_loop
    }
    curves = {title: (SHARES, values) for title, values in latency.items()}
    charts.bars("serving-one-row", throughput, title="One row a request", unit="requests/s")
    charts.lines("serving-fixed-rates", curves, title="Latency at fixed rates, from when due",
                 x="% of the closed-loop rate", y="p99, ms", x_scale="linear")  # fmt: skip


def _closed_loop_row(results: Results, server: ServerSpec, workload: Workload) -> tuple[Cell, ...]:
    throughput = results.of(server.name, workload.name, "throughput")
    ours = results.of(OURS, f"v1 named x {workload.rows}", "throughput")
    return (
        server.title,
        workload.protocol.name,
        throughput,
        spread(throughput),
        ratios(ours, throughput),
        results.of(server.name, workload.name, "p50"),
        results.of(server.name, workload.name, "p99"),
    )
