"""The results as tables."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.serving.contender import Contender, Load
from benchmarks.serving.measuring import SHARES
from benchmarks.serving.results import Results
from benchmarks.serving.servers import LIMIT, OURS
from benchmarks.sheet import Sheet
from benchmarks.spread import Spread

LOADS = ("server", "asked", "req/s", "least - most", "ours, v1, is", "p50 ms", "p99 ms")
PACED = ("server", "of its closed-loop rate", "due /s", "answered /s", "p50 ms", "p99 ms",
         "longest ms", "client late, p99 ms")  # fmt: skip
NOTHING = "-"
STEADY = 1.3  # the limit does nothing that varies: where it does by more, the machine does


def sheets(results: Results, *, sizes: Sequence[int]) -> list[Sheet]:
    """A table for each number of rows, one of fixed rates."""
    return [*(_of_size(results, rows) for rows in sizes), _of_rates(results)]


def notes(results: Results) -> list[str]:
    """Say what each server is, why one is not there, and whether the machine was busy."""
    limit = results.spread(LIMIT, "v1 named x 1", "requests")
    unsteady = "UNSTEADY: the limit ranged over {} req/s; something else ran too"
    return [
        *(
            f"{one.title}: {f'ABSENT, {one.absent}' if one.absent else one.about}"
            for one in results.contenders
        ),
        "Under fixed rates a latency counts from when a request was due, so that waiting shows.",
        *([unsteady.format(limit.range)] if limit and limit.most > STEADY * limit.least else []),
    ]


def _of_size(results: Results, rows: int) -> Sheet:
    lines = [
        _loaded(results, one, load)
        for one in results.contenders
        for load in one.loads
        if load.rows == rows
    ]
    title = f"As fast as they answer, {rows:,} row{'s' if rows > 1 else ''} a request"
    return Sheet(title=title, headings=LOADS, rows=tuple(lines))


def _loaded(results: Results, one: Contender, load: Load) -> tuple[str, ...]:
    requests = results.spread(one.name, load.name, "requests")
    if not requests:
        return (one.title, load.protocol.name, *[NOTHING] * 5)
    times = results.ratio((OURS, f"v1 named x {load.rows}"), (one.name, load.name), "requests")
    return (
        one.title,
        load.protocol.name,
        str(requests),
        requests.range,
        f"{times} x" if times else NOTHING,
        _text(results.spread(one.name, load.name, "p50")),
        _text(results.spread(one.name, load.name, "p99")),
    )


def _of_rates(results: Results) -> Sheet:
    lines = [
        (
            one.title,
            f"{share} %",
            _text(results.paced(one.name, share, "rate")),
            _text(results.paced(one.name, share, "reached")),
            _text(results.paced(one.name, share, "p50")),
            _text(results.paced(one.name, share, "p99")),
            _text(results.paced(one.name, share, "most")),
            _text(results.paced(one.name, share, "late")),
        )
        for one in results.contenders
        for share in SHARES
        if results.paced(one.name, share, "rate")
    ]
    return Sheet(title="At fixed rates, one row a request", headings=PACED, rows=tuple(lines))


def _text(spread: Spread | None) -> str:
    return str(spread) if spread else NOTHING
