"""What Kubeflow's local runner adds to the work of the library.

    python -m benchmarks.pipeline [--rounds N]

Each round runs the compiled pipeline step by step, as ``milkprice pipeline run-local`` does, and
the same work in one process, which tells how long each of its parts took. Both publish into a
registry of their own, made anew.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import orjson

from benchmarks import charts, imports, machine, options
from benchmarks.document import Document
from benchmarks.runs import INSIDE, Round, inside, measure
from benchmarks.sheet import Sheet
from benchmarks.spread import Spread
from benchmarks.target import Target, Verdict

MOST = 0.15  # seconds
WHOLE, STEPS, RUNNER = (
    Target(sentence=sentence, bound=MOST, least=False, unit=" s")
    for sentence in (
        "run-local over the library's own time, a step",
        "its steps alone over the library's own time, a step",
        "its steps over their bodies (which import and work), a step",
    )
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    chosen = _parser().parse_args(arguments)
    if chosen.inside:
        cold, warm = (inside(chosen.inside / name) for name in ("cold", "warm"))
        print(orjson.dumps({"cold": sum(cold.values()), "warm": warm}).decode())
        return 0
    facts = machine.facts("kfp")
    with tempfile.TemporaryDirectory() as folder:
        rounds = measure(rounds=chosen.rounds, folder=Path(folder))
    totals = {
        "run-local, all steps": Spread.of([one.local for one in rounds]),
        "one process, its first work": Spread.of([one.cold for one in rounds]),
        "one process, imports done": Spread.of([sum(one.library.values()) for one in rounds]),
    }
    Document(
        part="pipeline",
        title=f"The pipeline on one machine: {chosen.rounds} rounds",
        sheets=[
            _totals(totals),
            _steps(rounds[-1]),
            _library(rounds[-1]),
            imports.sheet(rounds=chosen.rounds),
        ],
        verdicts=verdicts(rounds),
        notes=[
            "The library's own time is that of one process, imports done. A body is from the "
            "runner's first line in a step to its last, its imports included.",
            f"A run has {len(rounds[-1].ran)} steps, each a process forked from one that has "
            "imported everything; while it still imports, the first steps wait or import too.",
        ],
        facts=facts,
        charts=[charts.bars("pipeline", totals, title="One run", unit="s")],
        measured=[asdict(one) for one in rounds],
    ).publish()
    return 0


def verdicts(rounds: Sequence[Round]) -> list[Verdict]:
    """Hold what is added to a step against what is wanted."""
    return [
        WHOLE.verdict(Spread.of([one.whole for one in rounds])),
        STEPS.verdict(Spread.of([one.steps for one in rounds])),
        RUNNER.verdict(Spread.of([one.runner for one in rounds])),
    ]


def _totals(totals: dict[str, Spread]) -> Sheet:
    rows = tuple((name, str(spread), spread.range) for name, spread in totals.items())
    return Sheet(title="The whole job", headings=("way", "seconds", "least - most"), rows=rows)


def _steps(one: Round) -> Sheet:
    rows = tuple((ran.step, f"{ran.seconds:.2f}", f"{ran.body:.2f}") for ran in one.ran)
    title = "Steps of the last run-local"
    return Sheet(title=title, headings=("step", "seconds", "of these its body"), rows=rows)


def _library(one: Round) -> Sheet:
    rows = tuple((name, f"{seconds:.3f}") for name, seconds in one.library.items())
    return Sheet(title="The same in one process", headings=("part", "seconds"), rows=rows)


def _parser() -> argparse.ArgumentParser:
    parser = options.parser("pipeline", __doc__, rounds=2)
    parser.add_argument(INSIDE, type=Path, metavar="FOLDER", help="only the work, in this process")
    return parser


if __name__ == "__main__":
    sys.exit(main())
