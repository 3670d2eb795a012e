"""Predictions of many rows at once: files in, files out, a shard at a time.

    <output>/<version>/predictions/<shard>.parquet   row, kept columns, prediction, out_of_range
    <output>/<version>/rejects/<shard>.csv           rows without a prediction, each with why
    <output>/<version>/shards/<shard>.json           written last: with it, the shard is done

A shard is a run of rows of one file: row groups of Parquet, lines of CSV. Its name tells which
rows of which content it holds and what was made of them, so whoever begins again knows what is
done, however often it was interrupted and wherever it ran; the same shard is always the same
bytes. Shards know nothing of each other, so as many can be predicted side by side as there are
machines. Only the columns that the model reads are read, by the polynomial in the bundle: nothing
is unpickled.
"""

from __future__ import annotations

from milkprice.batch.plan import Plan, plan
from milkprice.batch.prediction import finalize, predict, predict_shard
from milkprice.batch.results import Results, ShardCounts
from milkprice.batch.scoring import RowModel, load_model
from milkprice.batch.settings import BatchSettings
from milkprice.batch.shard import Shard, parse_shard

__all__ = [
    "BatchSettings",
    "Plan",
    "Results",
    "RowModel",
    "Shard",
    "ShardCounts",
    "finalize",
    "load_model",
    "parse_shard",
    "plan",
    "predict",
    "predict_shard",
]
