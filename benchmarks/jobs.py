"""Series that go through the whole job, several at a time."""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.faults import BenchmarkError
from benchmarks.spread import Spread
from benchmarks.table import CACHE
from milkprice import runtime
from milkprice.data.sample import generate, write_sample
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry import Registry
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.training.settings import TrainSettings
from milkprice.workflow import RunSettings, run

FORECASTERS = ("seasonal drift, 3 years", "ridge, all months")


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A series that went through.

    Attributes:
        version: Under which its model was published.
        seconds: Of the job alone, its files made before.
        memory: Mebibytes that its process had held at most.
    """

    version: str
    seconds: float
    memory: float


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Series trained together.

    Attributes:
        count: How many.
        seconds: Until the last was published, processes already there.
        memory: Mebibytes that one process held at most.
        each: Median seconds of one job.
    """

    count: int
    seconds: float
    memory: float
    each: float


def model_name(number: int) -> str:
    """What the model of a series is called."""
    return f"series-{number:04d}"


def train_one(number: int, folder: Path) -> Trained:
    """Take one series through the whole job."""
    source = folder / "source" / str(number)
    write_sample(generate(seed=number), source)
    settings = RunSettings(
        source=str(source),
        training=TrainSettings(name=model_name(number)),
        forecast=ForecastSettings(forecasters=FORECASTERS),
        registry=str(folder / "registry"),
        gate="always",
        cache=CACHE,
        store=StoreSettings(),
    )
    began = time.perf_counter()
    outcome = run(settings, now=runtime.now(), step=contextlib.nullcontext)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Trained(version=outcome.version, seconds=seconds, memory=peak)


def train_many(pool: ProcessPoolExecutor, count: int, folder: Path) -> Batch:
    """Train series by a pool of processes and read every model back.

    Raises:
        BenchmarkError: A model is not what was published.
    """
    began = time.perf_counter()
    trained = list(pool.map(partial(train_one, folder=folder), range(count)))
    seconds = time.perf_counter() - began
    registry = Registry(open_store(str(folder / "registry"), StoreSettings()))
    for number, one in enumerate(trained):
        found = registry.fetch(model_name(number), one.version).sidecar.version
        if found != one.version:
            raise BenchmarkError(f"{model_name(number)} is {found}; expected {one.version}.")
    each = Spread.of([one.seconds for one in trained]).median
    memory = max(one.memory for one in trained)
    return Batch(count=count, seconds=seconds, memory=memory, each=each)


def measure(counts: Sequence[int], *, processes: int) -> list[Batch]:
    """Train each number of series in a registry of its own, by processes that were warm before."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        with tempfile.TemporaryDirectory() as folder:
            train_many(pool, 2 * processes, Path(folder))
        batches = []
        for count in counts:
            with tempfile.TemporaryDirectory() as folder:
                batches.append(train_many(pool, count, Path(folder)))
    return batches
