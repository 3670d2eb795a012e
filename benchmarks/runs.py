"""The pipeline run step by step, and the same work in one process."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from benchmarks.faults import BenchmarkError
from benchmarks.runlog import Ran, read_log
from benchmarks.table import CACHE
from milkprice import runtime
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry.settings import StoreSettings
from milkprice.workflow import RunSettings, run

FORECASTER = "seasonal drift, 3 years"
COMMAND = Path(sys.executable).with_name("milkprice")
INSIDE = "--inside"


@dataclass(frozen=True, kw_only=True)
class Round:
    """One run of each kind.

    Attributes:
        local: Seconds of ``run-local``, from its start to its end.
        ran: What its log says of each step.
        library: Seconds of each part in one process, imports done.
        cold: Seconds of the same as the first work of a process, imports included.
    """

    local: float
    ran: Sequence[Ran]
    library: dict[str, float] = field(default_factory=dict)
    cold: float

    @property
    def whole(self) -> float:
        """Seconds a step that all of the command takes beyond the library."""
        return (self.local - sum(self.library.values())) / len(self.ran)

    @property
    def steps(self) -> float:
        """Seconds a step that the steps take beyond the library."""
        taken = sum(one.seconds for one in self.ran)
        return (taken - sum(self.library.values())) / len(self.ran)

    @property
    def runner(self) -> float:
        """Seconds a step that the runner takes to start and end a body."""
        return sum(one.seconds - one.body for one in self.ran) / len(self.ran)


def measure(*, rounds: int, folder: Path) -> list[Round]:
    """Go round."""
    return [_round(folder / str(number)) for number in range(rounds)]


def run_local(folder: Path) -> tuple[float, list[Ran]]:
    """Run the compiled pipeline; seconds, and what its log says of the steps.

    Raises:
        BenchmarkError: It failed.
    """
    command = [
        str(COMMAND), "pipeline", "run-local", "-p", f"forecasters={FORECASTER}",
        "-p", f"registry={folder / 'registry'}", "--folder", str(folder / "compiled"),
        "--root", str(folder / "runs"), "--json",
    ]  # fmt: skip
    began = time.perf_counter()
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if ended.returncode:
        raise BenchmarkError(f"run-local failed: {ended.stderr[-500:]}")
    log = Path(orjson.loads(ended.stdout)["log"])
    return seconds, read_log(log.read_text("utf-8"))


def inside(folder: Path) -> dict[str, float]:
    """Do the same work in this process; seconds of each part."""
    seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def timed(name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        seconds[name] = time.perf_counter() - began

    settings = RunSettings(
        forecast=ForecastSettings(forecasters=(FORECASTER,)),
        registry=str(folder),
        cache=CACHE,
        store=StoreSettings(),
    )
    run(settings, now=runtime.now(), step=timed)
    return seconds


def _round(folder: Path) -> Round:
    folder.mkdir(parents=True)
    local, ran = run_local(folder)
    command = [sys.executable, "-m", "benchmarks.pipeline", INSIDE, str(folder / "inside")]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode:
        raise BenchmarkError(f"the work in one process failed: {told.stderr[-500:]}")
    library = orjson.loads(told.stdout)
    shutil.rmtree(folder)
    return Round(local=local, ran=ran, library=library["warm"], cold=library["cold"])
