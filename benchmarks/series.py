"""Many series trained, each its own model: how time and memory grow, and what a cluster takes.

    python -m benchmarks.series [--counts 1,10,100] [--processes 2]

Each series is a generated sample with its own seed. It goes through the whole job, from raw files
to a published model, into one registry in a folder. Every model is read back and verified.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benchmarks import charts
from benchmarks.environment import CACHE, BenchmarkError, describe, numbers, parser, positive
from benchmarks.report import Report, Table
from benchmarks.statistics import Summary, Target, TargetResult, format_number, growth_exponent
from milkprice import runtime
from milkprice.data.sample import generate, write_sample
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry import Registry
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.training.settings import TrainSettings
from milkprice.workflow import RunSettings, run

COUNTS = (1, 10, 100)
PROCESSES = 2
FORECASTERS = ("seasonal drift, 3 years", "ridge, all months")
# Steps of each series, by the way in which the pipeline runs many.
STEPS = {"pipeline many_series, one step a series": 1, "a run of the pipeline a series": 15}
POD_SECONDS = 20.0  # that a cluster adds to a step: two pods scheduled and started, files moved
PODS = (1, 10, 50)
COLUMNS = ("series", "seconds", "series/s", "s a series", "MiB of a process, at most")
LINEAR = Target(name="exponent of time over series", at_most=1.1)


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    """One series.

    Attributes:
        version: The version of its model.
        seconds: The time of the job, without that of making its files.
        mebibytes: The peak memory of its process so far.
    """

    version: str
    seconds: float
    mebibytes: float


@dataclass(frozen=True, kw_only=True)
class SeriesBatch:
    """Series trained together.

    Attributes:
        count: Their number.
        seconds: The time until the last was published, by processes that run already.
        mebibytes: The peak memory of one process.
        seconds_each: The median time of one job.
    """

    count: int
    seconds: float
    mebibytes: float
    seconds_each: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report."""
    options = _parser().parse_args(arguments)
    environment = describe()
    batches = measure(options.counts, processes=options.processes)
    curve = ([one.count for one in batches], [one.seconds for one in batches])
    Report(
        part="series",
        title=f"Many series trained, {options.processes} processes",
        tables=[_table(batches), _cluster_table(batches[-1])],
        targets=targets(batches),
        notes=[
            "The times of a cluster are calculated, not measured: "
            f"{POD_SECONDS:.0f} s are added to the work of a step for its pods.",
        ],
        environment=environment,
        charts=[
            charts.lines(
                "series", {"whole jobs": curve}, title="Series trained", x="series", y="seconds"
            )
        ],
        measurements=[asdict(one) for one in batches],
    ).publish()
    return 0


def measure(counts: Sequence[int], *, processes: int) -> list[SeriesBatch]:
    """Train each number of series in its own registry, after a first batch that is not counted."""
    context = multiprocessing.get_context("spawn")
    batches = []
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        for count in (2 * processes, *counts):
            with tempfile.TemporaryDirectory() as folder:
                batches.append(train_many(pool, count, Path(folder)))
    return batches[1:]


def train_many(pool: ProcessPoolExecutor, count: int, folder: Path) -> SeriesBatch:
    """Train series by a pool of processes and read every model back.

    Raises:
        BenchmarkError: A model is not the one that was published.
    """
    start = time.perf_counter()
    runs = list(pool.map(partial(train_one, folder=folder), range(count)))
    seconds = time.perf_counter() - start
    registry = Registry(open_store(str(folder / "registry"), StoreSettings()))
    for number, one in enumerate(runs):
        version = registry.fetch(_model_name(number), one.version).sidecar.version
        if version != one.version:
            raise BenchmarkError(f"{_model_name(number)} is {version}; expected {one.version}.")
    return SeriesBatch(
        count=count,
        seconds=seconds,
        mebibytes=max(one.mebibytes for one in runs),
        seconds_each=Summary.of([one.seconds for one in runs]).median,
    )


def train_one(number: int, folder: Path) -> TrainingRun:
    """Run the whole job for one series."""
    source = folder / "source" / str(number)
    write_sample(generate(seed=number), source)
    settings = RunSettings(
        source=str(source),
        training=TrainSettings(name=_model_name(number)),
        forecast=ForecastSettings(forecasters=FORECASTERS),
        registry=str(folder / "registry"),
        gate="always",
        cache=CACHE,
        store=StoreSettings(),
    )
    start = time.perf_counter()
    outcome = run(settings, now=runtime.now(), step=contextlib.nullcontext)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return TrainingRun(version=outcome.version, seconds=seconds, mebibytes=peak)


def targets(batches: Sequence[SeriesBatch]) -> list[TargetResult]:
    """Whether time grows linearly; a single series is left out, as it uses one process only."""
    busy = [one for one in batches if one.count > 1]
    if len(busy) < 2:
        return [LINEAR.evaluate(None)]
    exponent = growth_exponent([one.count for one in busy], [one.seconds for one in busy])
    return [LINEAR.evaluate(Summary.of([exponent]))]


def cluster_seconds(series: int, *, pods: int, steps: int, work: float) -> float:
    """The time of a cluster that runs one series in each pod.

    Args:
        series: The number of series.
        pods: The number of pods at a time.
        steps: The number of steps of each series, one after the other.
        work: Seconds of the library for one series.
    """
    waves = -(-series // pods)
    return waves * (steps * POD_SECONDS + work)


def _table(batches: Sequence[SeriesBatch]) -> Table:
    rows = tuple(
        (
            f"{one.count:,}",
            format_number(one.seconds),
            format_number(one.count / one.seconds),
            format_number(one.seconds_each),
            f"{one.mebibytes:.0f}",
        )
        for one in batches
    )
    return Table(title="On this machine", columns=COLUMNS, rows=rows)


def _cluster_table(batch: SeriesBatch) -> Table:
    rows = tuple(
        (name, f"{count:,}", *_minutes(count, steps, batch.seconds_each))
        for name, steps in STEPS.items()
        for count in sorted({batch.count, 1000})
    )
    columns = ("way", "series", *(f"min, {pods} at a time" for pods in PODS))
    return Table(title="On a cluster, calculated", columns=columns, rows=rows)


def _minutes(count: int, steps: int, work: float) -> list[str]:
    times = (cluster_seconds(count, pods=pods, steps=steps, work=work) for pods in PODS)
    return [f"{seconds / 60:,.0f}" for seconds in times]


def _model_name(number: int) -> str:
    return f"series-{number:04d}"


def _parser() -> argparse.ArgumentParser:
    result = parser("series", __doc__)
    result.add_argument("--counts", type=numbers, default=COUNTS, help="1,10,100")
    result.add_argument("--processes", type=positive, default=PROCESSES, help="at a time (2)")
    return result


if __name__ == "__main__":
    sys.exit(main())
