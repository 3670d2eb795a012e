"""What Kubeflow's local runner adds to the work of the library.

    python -m benchmarks.pipeline [--rounds N]

Each round runs the compiled pipeline step by step, as ``milkprice pipeline run-local`` does, and
the same work in one process, which measures each of its parts. Both publish into a new registry.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import orjson

from benchmarks import charts
from benchmarks.environment import describe, parser
from benchmarks.pipeline_runs import INSIDE, Round, import_times, measure, run_inside
from benchmarks.report import Report, Table
from benchmarks.statistics import Summary, Target

OVERHEAD = 0.15  # seconds
COMMAND, STEPS, RUNNER = (
    Target(name=name, at_most=OVERHEAD, unit=" s")
    for name in (
        "run-local beyond the library's own time, a step",
        "its steps alone beyond the library's own time, a step",
        "its steps beyond their bodies (which import and work), a step",
    )
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report."""
    options = _parser().parse_args(arguments)
    if options.inside:
        cold, warm = (run_inside(options.inside / name) for name in ("cold", "warm"))
        print(orjson.dumps({"cold": sum(cold.values()), "warm": warm}).decode())
        return 0
    environment = describe("kfp")
    with tempfile.TemporaryDirectory() as folder:
        rounds = measure(rounds=options.rounds, folder=Path(folder))
    totals = {
        "run-local, all steps": Summary.of([one.local for one in rounds]),
        "one process, its first work": Summary.of([one.cold for one in rounds]),
        "one process, imports done": Summary.of([sum(one.library.values()) for one in rounds]),
    }
    imports = {
        f"import {name}": Summary.of(seconds)
        for name, seconds in import_times(rounds=options.rounds).items()
    }
    Report(
        part="pipeline",
        title=f"The pipeline on one machine: {options.rounds} rounds",
        tables=[
            _times("The whole job", "way", totals),
            _steps(rounds[-1]),
            _library(rounds[-1]),
            _times("A process that imports and ends", "process", imports),
        ],
        targets=[
            COMMAND.evaluate(Summary.of([one.command_overhead for one in rounds])),
            STEPS.evaluate(Summary.of([one.step_overhead for one in rounds])),
            RUNNER.evaluate(Summary.of([one.runner_overhead for one in rounds])),
        ],
        notes=[
            "The library's own time is that of one process, imports done. A body is from the "
            "first line of the executor in a step to its last, its imports included.",
            f"A run has {len(rounds[-1].steps)} steps, each a process forked from one that has "
            "imported everything; while it still imports, the first steps wait or import too.",
        ],
        environment=environment,
        charts=[charts.bars("pipeline", totals, title="One run", unit="s")],
        measurements=[asdict(one) for one in rounds],
    ).publish()
    return 0


def _times(title: str, heading: str, times: dict[str, Summary]) -> Table:
    rows = tuple((name, str(time), time.range) for name, time in times.items())
    return Table(title=title, columns=(heading, "seconds", "min - max"), rows=rows)


def _steps(last: Round) -> Table:
    rows = tuple((one.step, f"{one.seconds:.2f}", f"{one.body:.2f}") for one in last.steps)
    title = "Steps of the last run-local"
    return Table(title=title, columns=("step", "seconds", "of these its body"), rows=rows)


def _library(last: Round) -> Table:
    rows = tuple((name, f"{seconds:.3f}") for name, seconds in last.library.items())
    return Table(title="The same in one process", columns=("part", "seconds"), rows=rows)


def _parser() -> argparse.ArgumentParser:
    result = parser("pipeline", __doc__, rounds=2)
    result.add_argument(INSIDE, type=Path, metavar="FOLDER", help="only the work, in this process")
    return result


if __name__ == "__main__":
    sys.exit(main())
