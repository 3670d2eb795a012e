"""What there is to do, cut into shards."""

from __future__ import annotations

from dataclasses import dataclass

from milkprice.batch.columns import ColumnMapping
from milkprice.batch.csv import csv_ranges
from milkprice.batch.files import InputFile, RowRange, list_inputs
from milkprice.batch.parquet import parquet_ranges
from milkprice.batch.results import Results
from milkprice.batch.scoring import RowModel, load_model
from milkprice.batch.settings import BatchSettings
from milkprice.batch.shard import Shard


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All shards of an input, and those of them that are not done yet.

    Attributes:
        model: The model.
        shards: All shards, file by file.
        unfinished: Those to be done, in the same order.
    """

    model: RowModel
    shards: tuple[Shard, ...]
    unfinished: tuple[Shard, ...]


def plan(settings: BatchSettings) -> Plan:
    """Look at every file, and at what is done already.

    An alias is followed once, here, so that a promotion meanwhile does not mix two versions.

    Raises:
        BatchError: There is no file, or one that cannot be read or lacks a column.
        RegistryError: There is no such model or version.
        BundleError: The model cannot be used, or is not signed as it must be.
        StoreError: A store cannot be read.
    """
    model = load_model(
        settings.registry, settings.model, settings.version, settings.store, keys=settings.keys
    )
    shards = tuple(
        shard
        for file in list_inputs(settings.input, settings.store)
        for shard in _shards(file, model, settings)
    )
    done = Results.open(settings.output, model.version, settings.store).shard_names()
    unfinished = tuple(shard for shard in shards if shard.name not in done)
    return Plan(model=model, shards=shards, unfinished=unfinished)


def _shards(file: InputFile, model: RowModel, settings: BatchSettings) -> list[Shard]:
    return [
        Shard(
            folder=file.folder,
            key=file.key,
            size=file.size,
            stamp=file.stamp,
            run=run,
            model=model.name,
            version=model.version,
            keep=settings.keep,
        )
        for run in _runs(
            file, ColumnMapping(read=model.columns, keep=settings.keep), settings.rows_per_shard
        )
    ]


def _runs(file: InputFile, wanted: ColumnMapping, rows: int) -> list[RowRange]:
    cut = parquet_ranges if file.is_parquet else csv_ranges
    return cut(file, rows=rows, wanted=wanted)
