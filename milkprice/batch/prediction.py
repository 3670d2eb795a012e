"""The work itself: one shard, or all that are unfinished, and what comes after them."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

import pandas as pd

from milkprice.batch.columns import ColumnMapping
from milkprice.batch.csv import read_csv_chunks
from milkprice.batch.parquet import read_parquet_chunks, to_parquet
from milkprice.batch.plan import Plan
from milkprice.batch.results import Results, ShardCounts
from milkprice.batch.scoring import Chunk, RowModel, score
from milkprice.batch.settings import OUT_OF_RANGE
from milkprice.batch.shard import Shard
from milkprice.registry.settings import StoreSettings

logger = logging.getLogger(__name__)


@dataclass
class _Count:
    """What was counted of a shard so far, with the rejects as CSV."""

    rows: int = 0
    predicted: int = 0
    out_of_range: int = 0
    rejects: io.StringIO = field(default_factory=io.StringIO)


def predict(
    plan: Plan,
    results: Results,
    settings: StoreSettings,
    *,
    workers: int = 1,
    done: Callable[[ShardCounts], None] = lambda _: None,
) -> None:
    """Predict the unfinished shards of a plan; the first error ends it.

    Args:
        plan: What there is to do.
        results: Where it goes.
        settings: Where S3 is and who asks.
        workers: How many shards at a time, each in a thread.
        done: Told of each shard that is done.
    """
    with ThreadPoolExecutor(workers) as pool:
        tasks = [
            pool.submit(predict_shard, shard, plan.model, results, settings)
            for shard in plan.unfinished
        ]
        try:
            for task in as_completed(tasks):
                done(task.result())
        finally:
            pool.shutdown(cancel_futures=True)


def predict_shard(
    shard: Shard, model: RowModel, results: Results, settings: StoreSettings
) -> ShardCounts:
    """Predict the rows of a shard and write what became of them.

    Args:
        shard: Which rows.
        model: The shard's model.
        results: Where it goes.
        settings: Where S3 is and who asks.

    Raises:
        BatchError: The file cannot be read, or is another one by now.
        StoreError: A store fails.
    """
    begun, count = time.perf_counter(), _Count()
    facts = {
        "milkprice.input": f"{shard.folder}/{shard.key}",
        "milkprice.model": f"{shard.model} {shard.version}",
    }
    predictions = to_parquet(_predicted(shard, model, settings, count), facts)
    counts = ShardCounts(
        shard=shard.name,
        file=f"{shard.folder}/{shard.key}",
        model=shard.model,
        version=shard.version,
        rows=count.rows,
        predicted=count.predicted,
        rejected=count.rows - count.predicted,
        out_of_range=count.out_of_range,
        seconds=round(time.perf_counter() - begun, 3),
    )
    results.write(counts, predictions=predictions, rejects=count.rejects.getvalue().encode())
    logger.info("predicted %s: %d rows, %d rejected", counts.shard, counts.rows, counts.rejected)
    return counts


def finalize(shards: Sequence[Shard], results: Results) -> list[ShardCounts]:
    """Say what became of all shards of a plan, and drop what older plans left of its files.

    Raises:
        BatchUnfinishedError: Some shards are not done.
    """
    counts = results.all_counts(shards)
    results.delete_outdated(shards)
    return counts


def _predicted(
    shard: Shard, model: RowModel, settings: StoreSettings, count: _Count
) -> Iterator[pd.DataFrame]:
    """Yield the predictions of a shard chunk by chunk, and count and note the rest."""
    for chunk in _chunks(shard, model, settings):
        scored = score(chunk, model, keep=shard.keep)
        if len(scored.rejected):
            headed = not count.rejects.tell()
            scored.rejected.to_csv(count.rejects, index=False, header=headed, lineterminator="\n")
        count.rows += len(chunk.table)
        count.predicted += len(scored.predicted)
        count.out_of_range += int((scored.predicted[OUT_OF_RANGE] > 0).sum())
        yield scored.predicted


def _chunks(shard: Shard, model: RowModel, settings: StoreSettings) -> Iterator[Chunk]:
    file, wanted = shard.file(settings), ColumnMapping(read=model.columns, keep=shard.keep)
    read = read_parquet_chunks if file.is_parquet else read_csv_chunks
    return read(file, shard.run, wanted)
