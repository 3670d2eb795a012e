"""Steps from rows to predictions, shard by shard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from milkprice.batch import (
    BatchSettings,
    Results,
    Shard,
    ShardCounts,
    finalize,
    load_model,
    parse_shard,
    plan,
)
from milkprice.batch import predict_shard as predict_rows
from milkprice.errors import SettingError
from milkprice.registry.settings import StoreSettings
from milkprice.steps.files import Metadata, markdown_table, write_text


def plan_shards(plan_path: str, *, settings: BatchSettings) -> list[str]:
    """Divide an input into shards, write all of them, and name those that are not done.

    Not every runner can loop over an empty list, so of a finished plan one shard is named; its
    step finds it done.

    Returns:
        Names, short enough to be parameters.
    """
    planned = plan(settings)
    write_text("".join(f"{shard.to_text()}\n" for shard in planned.shards), plan_path)
    return [shard.name for shard in planned.unfinished or planned.shards[:1]]


def predict_shard(
    name: str, plan_path: str, *, output: str, registry: str, settings: StoreSettings
) -> str:
    """Predict a shard of a plan, unless it is done.

    Returns:
        Its name.

    Raises:
        SettingError: The plan has no such shard.
    """
    shards = {shard.name: shard for shard in _read(plan_path)}
    if name not in shards:
        raise SettingError(option="shard", value=name, expected="one of the plan")
    shard = shards[name]
    results = Results.open(output, shard.version, settings)
    if results.counts(shard) is None:
        model = load_model(registry, shard.model, shard.version, settings)
        predict_rows(shard, model, results, settings)
    return name


def collect_shards(
    plan_path: str, done: Sequence[str], summary_path: str, *, output: str, settings: StoreSettings
) -> Metadata:
    """Finalize the results of a plan and count their rows by file.

    Returns:
        Counts of shards and rows.

    Raises:
        BatchUnfinishedError: Some shards are not done.
    """
    shards = _read(plan_path)
    results = Results.open(output, shards[0].version, settings)
    counts = finalize(shards, results)
    title = f"# Predicted with {shards[0].model} {shards[0].version}"
    write_text(f"{title}\n\nResults are in `{results.uri}`.\n\n{_table(counts)}", summary_path)
    return {"shards": len(shards), "shards of this run": len(done), **_totals(counts)}


def _read(plan_path: str) -> list[Shard]:
    return [parse_shard(line) for line in Path(plan_path).read_text("utf-8").splitlines()]


def _totals(counts: Sequence[ShardCounts]) -> dict[str, int]:
    names = ("rows", "predicted", "rejected", "out_of_range")
    return {name: sum(getattr(one, name) for one in counts) for name in names}


def _table(counts: Sequence[ShardCounts]) -> str:
    """The counts by file, as Markdown."""
    files = {
        file: [one for one in counts if one.file == file]
        for file in dict.fromkeys(one.file for one in counts)
    }
    rows = [
        (file, len(some), *(f"{count:,}" for count in _totals(some).values()))
        for file, some in files.items()
    ]
    return markdown_table(("file", "shards", "rows", "predicted", "rejected", "out of range"), rows)
