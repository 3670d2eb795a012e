"""Rows to predictions, shard by shard."""

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
from milkprice.files import write_bytes
from milkprice.registry.settings import StoreSettings
from milkprice.steps.files import Facts


def plan_shards(plan_path: str, *, settings: BatchSettings) -> list[str]:
    """Cut an input into shards, write them all down, and name those that are not done.

    A loop over nothing is nothing that every runner knows, so of a finished plan one shard is
    named; whoever gets it finds it done.

    Args:
        plan_path: File for the shards, one a line.
        settings: What to predict.

    Returns:
        Names, short enough to be parameters.
    """
    made = plan(settings)
    write_bytes("".join(f"{shard.to_text()}\n" for shard in made.shards).encode(), Path(plan_path))
    return [shard.name for shard in made.unfinished or made.shards[:1]]


def predict_shard(
    name: str, plan_path: str, *, output: str, registry: str, settings: StoreSettings
) -> str:
    """Predict a shard of a plan, unless it is done.

    Returns:
        Its name.

    Raises:
        SettingError: The plan has no such shard.
    """
    planned = {shard.name: shard for shard in _read(plan_path)}
    if name not in planned:
        raise SettingError(option="shard", value=name, expected="one of the plan")
    shard = planned[name]
    results = Results.open(output, shard.version, settings)
    if results.counts(shard) is None:
        model = load_model(registry, shard.model, shard.version, settings)
        predict_rows(shard, model, results, settings)
    return name


def collect_shards(
    plan_path: str, done: Sequence[str], summary_path: str, *, output: str, settings: StoreSettings
) -> Facts:
    """Tell what became of all shards of a plan, file by file.

    Args:
        plan_path: The plan.
        done: Names of the shards that this run saw to.
        summary_path: Markdown file.
        output: Where the results are.
        settings: Where S3 is and who asks.

    Returns:
        Counts of shards and rows.

    Raises:
        BatchUnfinishedError: Some shards are not done.
    """
    shards = _read(plan_path)
    results = Results.open(output, shards[0].version, settings)
    counts = finalize(shards, results)
    text = _summary(counts, title=f"{shards[0].model} {shards[0].version}", place=results.uri)
    write_bytes(text.encode(), Path(summary_path))
    return {"shards": len(shards), "seen to": len(done), **_counts(counts)}


def _read(plan_path: str) -> list[Shard]:
    return [parse_shard(line) for line in Path(plan_path).read_text("utf-8").splitlines()]


def _counts(counts: Sequence[ShardCounts]) -> dict[str, int]:
    names = ("rows", "predicted", "rejected", "out_of_range")
    return {name: sum(getattr(one, name) for one in counts) for name in names}


def _summary(counts: Sequence[ShardCounts], *, title: str, place: str) -> str:
    head = f"# Predicted with {title}\n\nResults are in `{place}`.\n\n"
    columns = "| file | shards | rows | predicted | rejected | out of range |\n"
    files = {
        file: [one for one in counts if one.file == file]
        for file in dict.fromkeys(one.file for one in counts)
    }
    lines = [
        " | ".join([name, f"{len(of)}", *(f"{count:,}" for count in _counts(of).values())])
        for name, of in files.items()
    ]
    return head + columns + "|---|---|---|---|---|---|\n" + "".join(f"| {x} |\n" for x in lines)
