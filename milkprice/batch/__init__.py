"""Batch prediction: files of rows in, files of predictions out, one shard at a time.

    <output>/<version>/predictions/<shard>.parquet   a row and its prediction, kept columns, file
    <output>/<version>/rejects/<shard>.csv           rows without a prediction, each with a reason
    <output>/<version>/shards/<shard>.json           counts; written last, so it marks completion

A shard is a range of rows of one file: row groups of Parquet, lines of CSV. Its name is a hash of
the rows, the file's content and the model version, so a repeated run skips completed shards, on
whatever machine they ran, and the same shard always gives the same bytes. Shards are independent
and can run in parallel. Only the columns that the model reads are decoded. The model is the
polynomial in the bundle; nothing is unpickled.
"""

from __future__ import annotations

from milkprice.batch.prediction import Plan, finalize, plan, predict, predict_shard
from milkprice.batch.scoring import RowModel, load_model
from milkprice.batch.settings import BatchSettings
from milkprice.batch.shards import Results, Shard, ShardCounts, parse_shard

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
