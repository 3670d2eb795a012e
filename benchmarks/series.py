"""Many series trained, each its own model: how time and memory grow, and what a cluster takes.

Each series has generated prices of its own seed, and shares rain and macro data with the others.
The step of the pipeline many_series takes a shard of them through the whole job, from raw files to
published models, in one registry in a folder. Every model is read back and verified. A cluster's
times are calculated from that, by shards as the pipeline divides them.
"""

from __future__ import annotations

import logging
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
import orjson

from benchmarks import charts
from benchmarks.environment import (
    BenchmarkError,
    count_option,
    describe,
    numbers_option,
    process_pool,
    timed,
)
from benchmarks.job import CACHE, FORECASTER
from benchmarks.report import Cell, Report, Table
from benchmarks.statistics import Rounds, Target, growth_exponent
from milkprice import runtime
from milkprice.data.formats import names
from milkprice.data.sample import generate, generate_prices
from milkprice.data.sources import price_key
from milkprice.files import sha256
from milkprice.registry import Registry
from milkprice.registry.settings import SigningSettings, StoreSettings
from milkprice.registry.store import open_store
from milkprice.steps.shards import divide_series, train_series
from pipelines.many_series import AT_ONCE

POD_SECONDS = 20.0  # that a cluster adds to a step: two pods scheduled and started, files moved
PODS = (1, 10, AT_ONCE)
MANY = (1_000, 10_000)  # series that a cluster's times are calculated for
MODEL = "milk"
COLUMNS = ("series", "seconds", "series/s", "processor s a series", "MiB of a process, at most")


@dataclass(frozen=True, kw_only=True)
class SeriesBatch:
    """Series trained together, by processes that run already.

    Attributes:
        count: Their number.
        seconds: The time until the last was published.
        mebibytes: The peak memory of one process.
        seconds_each: Processor seconds of one series, the median of shards.
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
        train_many(pool, 2 * processes, processes)  # until every process has imported everything
        batches = [train_many(pool, count, processes) for count in counts]
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
        targets=[
            Target(name="exponent of time over series", values=growth(batches), at_most=1.1),
            Target(
                name=f"exponent of a cluster's time over series, calculated to {MANY[-1]:,}",
                values=[cluster_growth(batches[-1].seconds_each)],
                at_most=1.1,
            ),
        ],
        notes=[
            "The times of a cluster are calculated, not measured: "
            f"{POD_SECONDS:.0f} s are added to the work of a step for its pods.",
        ],
        environment=environment,
        measurements=batches,
    ).publish()


def train_many(pool: ProcessPoolExecutor, count: int, processes: int) -> SeriesBatch:
    """Train series into a registry of their own, and read every model back.

    Raises:
        BenchmarkError: A series failed, or a model is not the one that was published.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shards = divide_series(write_source(folder, count), per_pod=0, pods=processes)
        runs, seconds = timed(lambda: list(pool.map(partial(train_shard, folder), shards)))
        registry = Registry(open_store(str(folder / "registry"), StoreSettings()))
        for row in (row for rows, *_ in runs for row in rows):
            if row["promoted"] != "yes":
                raise BenchmarkError(f"{row['model']} was not promoted: {row['reason']}.")
            version = registry.fetch(row["model"], row["version"]).sidecar.version
            if version != row["version"]:
                raise BenchmarkError(f"{row['model']} is {version}; expected {row['version']}.")
    return SeriesBatch(
        count=count,
        seconds=seconds,
        mebibytes=max(peak for *_, peak in runs),
        seconds_each=statistics.median(work / len(rows) for rows, work, _ in runs),
    )


def write_source(folder: Path, count: int) -> list[str]:
    """Write a source of series that share rain and macro data; their names."""
    files = generate().files
    for name in (names.RAINFALL_FILE, names.MACRO_FILE):
        (folder / name).write_bytes(files[name])
    series = [f"{number:05d}" for number in range(count)]
    for number, name in enumerate(series):
        path = folder / price_key(name)
        path.parent.mkdir(parents=True)
        path.write_bytes(generate_prices(seed=number))
    return series


def train_shard(folder: Path, shard: str) -> tuple[list[dict[str, str]], float, float]:
    """Run the pipeline's step for a shard.

    Returns:
        Its rows of the summary, processor seconds, and the peak memory of this process so far in
        mebibytes.
    """
    logging.getLogger("milkprice").setLevel(logging.ERROR)  # each would tell of the same late files
    place = folder / sha256(shard.encode())
    start = time.process_time()
    train_series(
        shard,
        f"{place}.json",
        f"{place}.html",
        source=str(folder),
        model=MODEL,
        features="lagged",
        forecasters=f"{FORECASTER}; ridge, all months",
        registry=str(folder / "registry"),
        alias="champion",
        gate="always",
        cache=CACHE,
        store=StoreSettings(),
        keys=None,
        signing=SigningSettings(),
        now=runtime.now(),
    )
    seconds = time.process_time() - start
    rows = orjson.loads(Path(f"{place}.json").read_bytes())
    return rows, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def growth(batches: Sequence[SeriesBatch]) -> Rounds:
    """The exponent of time; a single series is left out, as it uses one process only."""
    busy = [one for one in batches if one.count > 1]
    if len(busy) < 2:
        return []
    return [growth_exponent([one.count for one in busy], [one.seconds for one in busy])]


def cluster_seconds(series: int, *, pods: int, per_pod: int, work: float) -> float:
    """The time of a cluster that trains series in shards.

    Args:
        series: The number of series.
        pods: The number of pods at a time.
        per_pod: How many series a pod trains; 0 for as many as it takes for all to run at once.
        work: Seconds of the library for one series.
    """
    shards = divide_series([""] * series, per_pod=per_pod, pods=pods)
    largest = per_pod or -(-series // pods)
    waves = -(-len(shards) // pods)
    return waves * (POD_SECONDS + min(largest, series) * work)


def cluster_growth(work: float) -> float:
    """The exponent of a cluster's time from as many series as pods on."""
    counts = [AT_ONCE, *MANY]
    times = [cluster_seconds(one, pods=AT_ONCE, per_pod=0, work=work) for one in counts]
    return growth_exponent(counts, times)


def _cluster_table(batch: SeriesBatch) -> Table:
    ways = {"as many a pod as it takes": 0, "one a pod": 1}
    rows: list[tuple[Cell, ...]] = []
    for way, per_pod in ways.items():
        for count in sorted({batch.count, *MANY}):
            times = (
                cluster_seconds(count, pods=pods, per_pod=per_pod, work=batch.seconds_each)
                for pods in PODS
            )
            rows.append((way, count, *(one / 60 for one in times)))
    columns = ("series_per_pod", "series", *(f"min, {pods} at a time" for pods in PODS))
    return Table.of("On a cluster, calculated", columns, rows)


if __name__ == "__main__":
    main()
