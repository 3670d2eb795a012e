"""Many series trained, each its own model: how time and memory grow, and what a cluster takes.

Each series is a generated sample with its own seed. It goes through the whole job, from raw files
to a published model, into one registry in a folder. Every model is read back and verified.
"""

from __future__ import annotations

import resource
import statistics
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from benchmarks import charts
from benchmarks.environment import (
    BenchmarkError,
    count_option,
    describe,
    numbers_option,
    process_pool,
    timed,
)
from benchmarks.job import FORECASTER, run_job
from benchmarks.report import Cell, Report, Table
from benchmarks.statistics import Rounds, Target, growth_exponent
from milkprice.data.sample import generate, write_sample
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry import Registry
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.training.settings import TrainSettings

# Steps of each series, by the way in which the pipeline runs many.
STEPS = {"pipeline many_series, one step a series": 1, "a run of the pipeline a series": 15}
POD_SECONDS = 20.0  # that a cluster adds to a step: two pods scheduled and started, files moved
PODS = (1, 10, 50)
COLUMNS = ("series", "seconds", "series/s", "s a series", "MiB of a process, at most")


@dataclass(frozen=True, kw_only=True)
class SeriesBatch:
    """Series trained together, by processes that run already.

    Attributes:
        count: Their number.
        seconds: The time until the last was published.
        mebibytes: The peak memory of one process.
        seconds_each: The median time of one job, without that of making its files.
    """

    count: int
    seconds: float
    mebibytes: float
    seconds_each: float


@click.command(help=__doc__)
@numbers_option("--counts", "1,10,100", "Numbers of series.")
@count_option("--processes", 2, "Processes at a time.")
def main(counts: list[int], processes: int) -> None:
    """Measure and report."""
    environment = describe()
    with process_pool(processes) as pool:
        train_many(pool, 2 * processes)  # until every process has imported everything
        batches = [train_many(pool, count) for count in counts]
    curve = ([one.count for one in batches], [one.seconds for one in batches])
    charts.lines("series", {"whole jobs": curve}, title="Series trained", x="series", y="seconds")
    rows = [
        (one.count, one.seconds, one.count / one.seconds, one.seconds_each, one.mebibytes)
        for one in batches
    ]
    Report(
        part="series",
        title=f"Many series trained, {processes} processes",
        tables=[Table.of("On this machine", COLUMNS, rows), _cluster_table(batches[-1])],
        targets=[Target(name="exponent of time over series", values=growth(batches), at_most=1.1)],
        notes=[
            "The times of a cluster are calculated, not measured: "
            f"{POD_SECONDS:.0f} s are added to the work of a step for its pods.",
        ],
        environment=environment,
        measurements=batches,
    ).publish()


def train_many(pool: ProcessPoolExecutor, count: int) -> SeriesBatch:
    """Train series into a registry of their own and read every model back.

    Raises:
        BenchmarkError: A model is not the one that was published.
    """
    with tempfile.TemporaryDirectory() as folder:
        runs, seconds = timed(lambda: list(pool.map(partial(train_one, folder), range(count))))
        registry = Registry(open_store(f"{folder}/registry", StoreSettings()))
        versions, times, peaks = zip(*runs, strict=True)
        for number, published in enumerate(versions):
            version = registry.fetch(_model_name(number), published).sidecar.version
            if version != published:
                raise BenchmarkError(f"{_model_name(number)} is {version}; expected {published}.")
    return SeriesBatch(
        count=count,
        seconds=seconds,
        mebibytes=max(peaks),
        seconds_each=statistics.median(times),
    )


def train_one(folder: str, number: int) -> tuple[str, float, float]:
    """Run the whole job for one series.

    Returns:
        The version of its model, seconds, and the peak memory of this process so far in mebibytes.
    """
    source = Path(folder) / "source" / str(number)
    write_sample(generate(seed=number), source)
    outcome, seconds = timed(
        run_job,
        Path(folder) / "registry",
        source=str(source),
        training=TrainSettings(name=_model_name(number)),
        forecast=ForecastSettings(forecasters=(FORECASTER, "ridge, all months")),
        gate="always",
    )
    return outcome.version, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def growth(batches: Sequence[SeriesBatch]) -> Rounds:
    """The exponent of time; a single series is left out, as it uses one process only."""
    busy = [one for one in batches if one.count > 1]
    if len(busy) < 2:
        return []
    return [growth_exponent([one.count for one in busy], [one.seconds for one in busy])]


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


def _cluster_table(batch: SeriesBatch) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for way, steps in STEPS.items():
        for count in sorted({batch.count, 1000}):
            seconds = (
                cluster_seconds(count, pods=pods, steps=steps, work=batch.seconds_each)
                for pods in PODS
            )
            rows.append((way, count, *(round(one / 60) for one in seconds)))
    columns = ("way", "series", *(f"min, {pods} at a time" for pods in PODS))
    return Table.of("On a cluster, calculated", columns, rows)


def _model_name(number: int) -> str:
    return f"series-{number:04d}"


if __name__ == "__main__":
    main()
