"""Plan a batch, predict its shards, finalize its results."""

from __future__ import annotations

import csv
import io
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from milkprice.batch.columns import ColumnMapping
from milkprice.batch.csv import csv_ranges, read_csv_chunks
from milkprice.batch.files import InputFile, list_inputs
from milkprice.batch.parquet import parquet_ranges, read_parquet_chunks, to_parquet
from milkprice.batch.scoring import RowModel, ScoredRows, load_model, score
from milkprice.batch.settings import OUT_OF_RANGE, BatchSettings
from milkprice.batch.shards import Results, Shard, ShardCounts
from milkprice.registry.settings import StoreSettings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The shards of an input.

    Attributes:
        model: The model.
        shards: All shards, file by file.
        unfinished: Those that are not complete, in the same order.
    """

    model: RowModel
    shards: tuple[Shard, ...]
    unfinished: tuple[Shard, ...]


def plan(settings: BatchSettings) -> Plan:
    """Split the input into shards and look up which of them are complete.

    An alias is resolved once, here, so that a promotion meanwhile does not mix two versions.

    Raises:
        BatchError: There is no file, or one that is corrupt or lacks a column.
        RegistryError: There is no such model or version.
        BundleError: The model cannot be used, or has no valid signature.
        StoreError: A store cannot be read.
    """
    model = load_model(
        settings.registry, settings.model, settings.version, settings.store, keys=settings.keys
    )
    shards = tuple(
        shard
        for file in list_inputs(settings.input, settings.store)
        for shard in _split(file, model, settings)
    )
    complete = Results.open(settings.output, model.version, settings.store).shard_names()
    unfinished = tuple(shard for shard in shards if shard.name not in complete)
    return Plan(model=model, shards=shards, unfinished=unfinished)


def predict(
    plan: Plan,
    results: Results,
    settings: StoreSettings,
    *,
    workers: int = 1,
    on_shard: Callable[[ShardCounts], None] = lambda _: None,
) -> None:
    """Predict the unfinished shards of a plan; the first error ends it.

    Args:
        plan: The plan.
        results: Where to write.
        settings: S3 endpoint and credentials.
        workers: Number of threads, each with a shard of its own.
        on_shard: Called for each shard that completes.
    """
    with ThreadPoolExecutor(workers) as pool:
        tasks = [
            pool.submit(predict_shard, shard, plan.model, results, settings)
            for shard in plan.unfinished
        ]
        try:
            for task in as_completed(tasks):
                on_shard(task.result())
        finally:
            pool.shutdown(cancel_futures=True)


def predict_shard(
    shard: Shard, model: RowModel, results: Results, settings: StoreSettings
) -> ShardCounts:
    """Predict the rows of a shard and write its results.

    Args:
        shard: The rows.
        model: The shard's model.
        results: Where to write.
        settings: S3 endpoint and credentials.

    Raises:
        BatchError: The file is corrupt, or was changed since.
        StoreError: A store fails.
    """
    start = time.perf_counter()
    scores = _Scores(shard, model, settings)
    metadata = {
        "milkprice.input": shard.address,
        "milkprice.model": f"{shard.model} {shard.version}",
    }
    predictions = to_parquet(scores.predictions(), metadata)
    counts = ShardCounts(
        shard=shard.name,
        file=shard.address,
        model=shard.model,
        version=shard.version,
        rows=scores.rows,
        predicted=scores.predicted,
        rejected=scores.rows - scores.predicted,
        out_of_range=scores.out_of_range,
        seconds=round(time.perf_counter() - start, 3),
    )
    results.write(counts, predictions=predictions, rejects=scores.rejects.getvalue().encode())
    logger.info("predicted %s: %d rows, %d rejected", counts.shard, counts.rows, counts.rejected)
    return counts


def finalize(shards: Sequence[Shard], results: Results) -> list[ShardCounts]:
    """Row counts of all shards of a plan; results of older plans for its files are deleted.

    Raises:
        BatchUnfinishedError: Some shards are not complete.
    """
    counts = results.all_counts(shards)
    results.delete_outdated(shards)
    return counts


def _split(file: InputFile, model: RowModel, settings: BatchSettings) -> list[Shard]:
    split = parquet_ranges if file.is_parquet else csv_ranges
    columns = ColumnMapping(features=model.columns, keep=settings.keep)
    return [
        Shard(
            folder=file.folder,
            key=file.key,
            size=file.size,
            stamp=file.stamp,
            rows=rows,
            model=model.name,
            version=model.version,
            keep=settings.keep,
        )
        for rows in split(file, rows=settings.rows_per_shard, columns=columns)
    ]


class _Scores:
    """The predictions of a shard, chunk by chunk, with counts and rejects (CSV) so far."""

    def __init__(self, shard: Shard, model: RowModel, settings: StoreSettings) -> None:
        self._shard = shard
        self._model = model
        self._settings = settings
        self.rows = self.predicted = self.out_of_range = 0
        self.rejects = io.StringIO()

    def predictions(self) -> Iterator[pa.RecordBatch]:
        """Read, score and count."""
        shard, file = self._shard, self._shard.open(self._settings)
        columns = ColumnMapping(features=self._model.columns, keep=shard.keep)
        read = read_parquet_chunks if file.is_parquet else read_csv_chunks
        for chunk in read(file, shard.rows, columns):
            scored = score(chunk, self._model, file=file.name)
            self._count(scored)
            yield scored.predictions

    def _count(self, scored: ScoredRows) -> None:
        predictions, rejects = scored.predictions, scored.rejects
        if len(rejects):
            writer = csv.writer(self.rejects, lineterminator="\n")
            if not self.rejects.tell():
                writer.writerow(rejects.schema.names)
            writer.writerows(zip(*rejects.to_pydict().values(), strict=True))
        self.rows += len(predictions) + len(rejects)
        self.predicted += len(predictions)
        self.out_of_range += int(np.count_nonzero(predictions[OUT_OF_RANGE].to_numpy()))
