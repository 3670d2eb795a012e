"""Runs of the pipeline on this machine, of the same work in one process, and of imports alone."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import orjson

from benchmarks.environment import CACHE, BenchmarkError
from milkprice import runtime
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry.settings import StoreSettings
from milkprice.workflow import RunSettings, run

FORECASTER = "seasonal drift, 3 years"
COMMAND = Path(sys.executable).with_name("milkprice")
INSIDE = "--inside"
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


@dataclass(frozen=True, kw_only=True)
class StepRun:
    """A step of a run.

    Attributes:
        step: Its name.
        seconds: From its start to its end.
        body: Of these, from the first line of the executor to its last; 0 without any.
    """

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
    library: dict[str, float] = field(default_factory=dict)
    cold: float

    @property
    def command_overhead(self) -> float:
        """Seconds a step that the command takes beyond the library."""
        return (self.local - self._library) / len(self.steps)

    @property
    def step_overhead(self) -> float:
        """Seconds a step that the steps take beyond the library."""
        return (sum(one.seconds for one in self.steps) - self._library) / len(self.steps)

    @property
    def runner_overhead(self) -> float:
        """Seconds a step that the runner takes to start and end a body."""
        return sum(one.seconds - one.body for one in self.steps) / len(self.steps)

    @property
    def _library(self) -> float:
        return sum(self.library.values())


def measure(*, rounds: int, folder: Path) -> list[Round]:
    """Run every kind once in each round.

    Raises:
        BenchmarkError: A run failed.
    """
    return [_round(folder / str(number)) for number in range(rounds)]


def run_inside(folder: Path) -> dict[str, float]:
    """Do the work of the pipeline in this process; returns the seconds of each part."""
    seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def timed(name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        seconds[name] = time.perf_counter() - start

    settings = RunSettings(
        forecast=ForecastSettings(forecasters=(FORECASTER,)),
        registry=str(folder),
        cache=CACHE,
        store=StoreSettings(),
    )
    run(settings, now=runtime.now(), step=timed)
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


def import_times(*, rounds: int, modules: Sequence[str] = MODULES) -> dict[str, list[float]]:
    """Seconds of processes that import a module, after a round that only reads the disk."""
    times: dict[str, list[float]] = {module: [] for module in modules}
    for number in range(rounds + 1):
        for module, seconds in times.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
            if number:
                seconds.append(time.perf_counter() - start)
    return times


def _round(folder: Path) -> Round:
    folder.mkdir(parents=True)
    local, steps = _run_local(folder)
    command = [sys.executable, "-m", "benchmarks.pipeline", INSIDE, str(folder / "inside")]
    library = orjson.loads(_run(command).stdout)
    shutil.rmtree(folder)
    return Round(local=local, steps=steps, library=library["warm"], cold=library["cold"])


def _run_local(folder: Path) -> tuple[float, list[StepRun]]:
    """Run the compiled pipeline; returns seconds and the steps of its log."""
    command = [
        str(COMMAND), "pipeline", "run-local", "-p", f"forecasters={FORECASTER}",
        "-p", f"registry={folder / 'registry'}", "--folder", str(folder / "compiled"),
        "--root", str(folder / "runs"), "--json",
    ]  # fmt: skip
    start = time.perf_counter()
    output = _run(command).stdout
    seconds = time.perf_counter() - start
    return seconds, read_log(Path(orjson.loads(output)["log"]).read_text("utf-8"))


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        raise BenchmarkError(f"{' '.join(command[:4])} failed: {process.stderr[-500:]}")
    return process


def _seconds(clock: str) -> float:
    time = datetime.strptime(clock, "%H:%M:%S.%f")  # noqa: DTZ007  a time of day
    return time.hour * 3600 + time.minute * 60 + time.second + time.microsecond / 1e6
