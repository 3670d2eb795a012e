"""Many series trained, each its own model: how time and memory grow, and what a cluster takes.

    python -m benchmarks.series [--counts 1,10,100] [--processes 2]

Each series is a generated sample with a seed of its own and goes through the whole job, from raw
files to a published model, into one folder registry. Every model is read back and verified.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict

from benchmarks import charts, machine, options
from benchmarks.document import Document
from benchmarks.jobs import Batch, measure
from benchmarks.sheet import Sheet
from benchmarks.slope import slope
from benchmarks.spread import Spread, shown
from benchmarks.target import Target, Verdict

COUNTS = (1, 10, 100)
PROCESSES = 2
WAYS = {"pipeline many_series, one step a series": 1, "a run of the pipeline a series": 15}
POD_SECONDS = 20.0  # added by a cluster to a step: two pods scheduled and started, files moved
PODS = (1, 10, 50)
HEADINGS = ("series", "seconds", "series/s", "s a series", "MiB of a process, at most")
LINEAR = Target(sentence="power of time in the number of series", bound=1.1, least=False)


def cluster_seconds(series: int, *, pods: int, steps: int, work: float) -> float:
    """What a cluster takes that runs so many pods at a time, one series in each.

    Args:
        series: How many.
        pods: How many at a time.
        steps: Of each series, one after the other.
        work: Seconds of the library for one series.
    """
    waves = -(-series // pods)
    return waves * (steps * POD_SECONDS + work)


def verdicts(batches: Sequence[Batch]) -> list[Verdict]:
    """Whether time grows in proportion; of one series alone all but one process stands idle."""
    busy = [one for one in batches if one.count > 1]
    enough = len(busy) > 1
    power = slope([one.count for one in busy], [one.seconds for one in busy]) if enough else None
    return [LINEAR.verdict(Spread.of([power]) if power is not None else None)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    chosen = _parser().parse_args(arguments)
    facts = machine.facts()
    batches = measure(chosen.counts, processes=chosen.processes)
    Document(
        part="series",
        title=f"Many series trained, {chosen.processes} processes",
        sheets=[_sheet(batches), _cluster(batches[-1])],
        verdicts=verdicts(batches),
        notes=[
            "The cluster's times are reckoned, not measured: to a step's work "
            f"{POD_SECONDS:.0f} s are added for its pods.",
        ],
        facts=facts,
        charts=[_chart(batches)],
        measured=[asdict(one) for one in batches],
    ).publish()
    return 0


def _sheet(batches: Sequence[Batch]) -> Sheet:
    rows = tuple(
        (
            f"{one.count:,}",
            shown(one.seconds),
            shown(one.count / one.seconds),
            shown(one.each),
            f"{one.memory:.0f}",
        )
        for one in batches
    )
    return Sheet(title="On this machine", headings=HEADINGS, rows=rows)


def _cluster(batch: Batch) -> Sheet:
    rows = tuple(
        (way, f"{count:,}", *_minutes(count, steps, batch.each))
        for way, steps in WAYS.items()
        for count in sorted({batch.count, 1000})
    )
    headings = ("way", "series", *(f"min, {pods} at a time" for pods in PODS))
    return Sheet(title="On a cluster, reckoned", headings=headings, rows=rows)


def _minutes(count: int, steps: int, work: float) -> list[str]:
    reckoned = (cluster_seconds(count, pods=pods, steps=steps, work=work) for pods in PODS)
    return [f"{seconds / 60:,.0f}" for seconds in reckoned]


def _chart(batches: Sequence[Batch]) -> str:
    curve = ([one.count for one in batches], [one.seconds for one in batches])
    return charts.lines(
        "series", {"whole jobs": curve}, title="Series trained", across="series", up="seconds"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.series",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--counts", type=options.numbers, default=COUNTS, help="1,10,100")
    parser.add_argument(
        "--processes", type=options.positive, default=PROCESSES, help="at a time (2)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
