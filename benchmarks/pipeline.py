"""What Kubeflow's local runner adds to the work of the library.

Each round runs the compiled pipeline step by step, as ``milkprice pipeline run-local`` does, and
the same work in one process, which measures each of its parts. Both publish into a new registry.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
import orjson

from benchmarks import charts
from benchmarks.environment import COMMAND, BenchmarkError, count_option, describe, timed
from benchmarks.job import FORECASTER, run_job
from benchmarks.report import Report, Table
from benchmarks.statistics import Rounds, Target, spread

MODULES = (
    "sys",
    "kfp.dsl",
    "pandas",
    "sklearn.pipeline",
    "milkprice.steps.data",
    "milkprice.steps.training",
    "milkprice.steps.validation",
)
# Lines of the log of Kubeflow's local runner.
CLOCK = r"(\d\d:\d\d:\d\d\.\d{3})"
STARTED = re.compile(rf"{CLOCK} - INFO - Executing task '([^']+)'")
FINISHED = re.compile(rf"{CLOCK} - INFO - Task '([^']+)' finished with status")
EXECUTOR = re.compile(r"\[KFP Executor \S+ (\d\d:\d\d:\d\d),(\d{3}) INFO\]")
DAY = 24 * 3600
OVERHEAD = 0.1  # seconds a step


@dataclass(frozen=True, kw_only=True)
class StepRun:
    """Seconds of a step, and of these from the first line of the executor to its last."""

    step: str
    seconds: float
    body: float


@dataclass(frozen=True, kw_only=True)
class Round:
    """One run of each kind.

    Attributes:
        local: Seconds of ``run-local``.
        steps: The steps of that run.
        library: Seconds of each part of the work in one process, imports done.
        cold: Seconds of the same as the first work of a process, imports included.
    """

    local: float
    steps: Sequence[StepRun]
    library: Mapping[str, float]
    cold: float

    @property
    def warm(self) -> float:
        """Seconds of all parts in one process."""
        return sum(self.library.values())

    @property
    def all_steps(self) -> float:
        """Seconds of all steps of ``run-local``."""
        return sum(one.seconds for one in self.steps)


@click.command(help=__doc__)
@count_option("--rounds", 2, "Rounds.")
@click.option("--inside", metavar="FOLDER", type=Path, help="Only the work, in this process.")
def main(rounds: int, inside: Path | None) -> None:
    """Measure and report."""
    if inside:
        cold, warm = (run_inside(inside / name) for name in ("cold", "warm"))
        print(orjson.dumps({"cold": sum(cold.values()), "library": warm}).decode())
        return
    environment = describe("kfp")
    runs = [_run_round() for _ in range(rounds)]
    last = runs[-1]
    totals = {
        "run-local, all steps": [one.local for one in runs],
        "one process, its first work": [one.cold for one in runs],
        "one process, imports done": [one.warm for one in runs],
    }
    overheads = {
        "run-local beyond the library's own time, a step": [one.local - one.warm for one in runs],
        "its steps alone beyond the library's own time, a step": [
            one.all_steps - one.warm for one in runs
        ],
        "its steps beyond their bodies (which import and work), a step": [
            one.all_steps - sum(step.body for step in one.steps) for one in runs
        ],
    }
    charts.bars("pipeline", totals, title="One run", unit="s")
    Report(
        part="pipeline",
        title=f"The pipeline on one machine: {rounds} rounds",
        tables=[
            _times("The whole job", "way", totals),
            Table.of("Steps of the last run-local", ("step", "seconds", "of these its body"),
                     [(one.step, one.seconds, one.body) for one in last.steps]),
            Table.of("The same in one process", ("part", "seconds"), list(last.library.items())),
            _times("A process that imports and ends", "process", import_times(rounds)),
        ],
        targets=[
            Target(name=name, values=[seconds / len(last.steps) for seconds in values],
                   at_most=OVERHEAD, unit=" s")
            for name, values in overheads.items()
        ],
        notes=[
            "The library's own time is that of one process, imports done. A body is from the "
            "first line of the executor in a step to its last, its imports included.",
            f"A run has {len(last.steps)} steps, each a process forked from one that has "
            "imported everything; while it still imports, the first steps wait or import too.",
        ],
        environment=environment,
        measurements=runs,
    ).publish()  # fmt: skip


def run_inside(folder: Path) -> dict[str, float]:
    """Do the work of the pipeline in this process; returns the seconds of each part."""
    seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def measured(name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        seconds[name] = time.perf_counter() - start

    run_job(folder, step=measured)
    return seconds


def read_log(text: str) -> list[StepRun]:
    """Read the steps of a run from the log of the local runner, one after the other."""
    steps: list[StepRun] = []
    start, lines = 0.0, list[float]()
    for line in text.splitlines():
        if match := STARTED.search(line):
            start, lines = _seconds(match[1]), []
        elif match := EXECUTOR.search(line):
            lines.append(_seconds(f"{match[1]}.{match[2]}"))
        elif match := FINISHED.search(line):
            body = (lines[-1] - lines[0]) % DAY if lines else 0.0
            seconds = (_seconds(match[1]) - start) % DAY
            steps.append(StepRun(step=match[2], seconds=seconds, body=body))
    return steps


def import_times(rounds: int) -> dict[str, list[float]]:
    """Seconds of processes that import a module, after a round that only reads the disk."""
    times: dict[str, list[float]] = {f"import {module}": [] for module in MODULES}
    for number in range(rounds + 1):
        for statement, seconds in times.items():
            elapsed = timed(_run, [sys.executable, "-c", statement])[1]
            if number:
                seconds.append(elapsed)
    return times


def _run_round() -> Round:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        local = [
            str(COMMAND), "pipeline", "run-local", "-p", f"forecasters={FORECASTER}",
            "-p", f"registry={folder / 'registry'}", "--folder", str(folder / "compiled"),
            "--root", str(folder / "runs"), "--json",
        ]  # fmt: skip
        output, seconds = timed(_run, local)
        steps = read_log(Path(orjson.loads(output)["log"]).read_text("utf-8"))
        inside = [sys.executable, "-m", "benchmarks.pipeline", "--inside", str(folder / "inside")]
        return Round(local=seconds, steps=steps, **orjson.loads(_run(inside)))


def _run(command: Sequence[str]) -> str:
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        raise BenchmarkError(f"{' '.join(command[:4])} failed: {process.stderr[-500:]}")
    return process.stdout


def _seconds(clock: str) -> float:
    time = datetime.strptime(clock, "%H:%M:%S.%f")  # noqa: DTZ007  a time of day
    return time.hour * 3600 + time.minute * 60 + time.second + time.microsecond / 1e6


def _times(title: str, heading: str, times: Mapping[str, Rounds]) -> Table:
    rows = [(name, seconds, spread(seconds)) for name, seconds in times.items()]
    return Table.of(title, (heading, "seconds", "min - max"), rows)


if __name__ == "__main__":
    main()
