"""``milkprice predict``: batch prediction, files in and files out."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from milkprice import runtime
from milkprice.cli import options
from milkprice.cli.output import emit, print_facts, print_labels, progress, stderr

if TYPE_CHECKING:
    from milkprice.batch import BatchSettings, Plan, Results, ShardCounts

MAX_WORKERS = 4  # each holds a row group in memory; the pipeline spreads over more machines
ROWS_PER_SHARD = 500_000

# Scripts read the JSON by these names.
JSON_NAMES = {"output": "place", "shards_predicted": "ran", "shards_skipped": "skipped"}


class Summary(msgspec.Struct, frozen=True, kw_only=True, rename=JSON_NAMES):
    """What a run did, and the state of the output."""

    model: str
    output: str
    shards_predicted: int
    shards_skipped: int
    rows: int
    predicted: int
    rejected: int
    out_of_range: int
    seconds: float
    rows_per_second: float | None


def predict(
    source: Annotated[
        str,
        typer.Option("--input", help="A Parquet or CSV file, or a folder or s3:// prefix of them."),
    ],
    output: Annotated[str, typer.Option(help="Folder or s3://bucket/prefix for the results.")],
    model: options.Name = "milk-price",
    version: options.Version = "champion",
    registry: options.RegistryUri = "registry",
    keep: Annotated[
        str, typer.Option(help="Columns to copy into the results, comma-separated.")
    ] = "",
    rows_per_shard: Annotated[
        int, typer.Option(help="Target number of rows of a shard, the unit of work.")
    ] = ROWS_PER_SHARD,
    workers: Annotated[
        int | None,
        typer.Option(help="Number of threads [one per processor, at most 4].", min=1),
    ] = None,
    verify_key_file: options.VerifyKeyFile = None,
    as_json: options.Json = False,
) -> None:
    """Predict all rows of Parquet or CSV files.

    Rows that cannot be predicted are written to rejects, each with a reason. Run again, it
    continues where it stopped.
    """
    from milkprice.batch import BatchSettings, Results, finalize, plan
    from milkprice.batch.settings import parse_columns

    settings = BatchSettings(
        input=source,
        output=output,
        registry=registry,
        model=model,
        version=version,
        keep=parse_columns(keep),
        rows_per_shard=rows_per_shard,
        store=runtime.store_settings(),
        keys=runtime.verifying_keys(verify_key_file),
    )
    start = time.perf_counter()
    with progress() as step, step("reading the input"):
        shards = plan(settings)
    results = Results.open(output, shards.model.version, settings.store)
    threads = workers or min(os.cpu_count() or 1, MAX_WORKERS)
    predicted = _predict(shards, results, settings, threads)
    counts = finalize(shards.shards, results)
    summary = _summarize(shards, results.uri, predicted, counts, time.perf_counter() - start)
    emit(summary, as_json=as_json, show=lambda: _show(summary))


def _predict(
    shards: Plan, results: Results, settings: BatchSettings, workers: int
) -> list[ShardCounts]:
    from milkprice.batch import predict as predict_plan

    columns = (TextColumn("predicting"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    predicted: list[ShardCounts] = []
    with Progress(*columns, console=stderr) as bar:
        task = bar.add_task("", total=len(shards.unfinished))

        def on_shard(counts: ShardCounts) -> None:
            predicted.append(counts)
            bar.advance(task)

        predict_plan(shards, results, settings.store, workers=workers, on_shard=on_shard)
    return predicted


def _summarize(
    shards: Plan,
    output: str,
    predicted: list[ShardCounts],
    counts: list[ShardCounts],
    seconds: float,
) -> Summary:
    rows = sum(one.rows for one in predicted)
    return Summary(
        model=f"{shards.model.name} {shards.model.version}",
        output=output,
        shards_predicted=len(predicted),
        shards_skipped=len(counts) - len(predicted),
        rows=sum(one.rows for one in counts),
        predicted=sum(one.predicted for one in counts),
        rejected=sum(one.rejected for one in counts),
        out_of_range=sum(one.out_of_range for one in counts),
        seconds=round(seconds, 3),
        rows_per_second=round(rows / seconds) if rows else None,
    )


def _show(summary: Summary) -> None:
    speed = summary.rows_per_second
    facts = {
        "model": summary.model,
        "shards predicted": f"{summary.shards_predicted:,}",
        "shards skipped": f"{summary.shards_skipped:,}",
        "rows": f"{summary.rows:,}",
        "predicted": f"{summary.predicted:,}",
        "rejected": f"{summary.rejected:,}",
        "out of range": f"{summary.out_of_range:,}",
        "seconds": f"{summary.seconds:.1f}",
        "rows per second": "-" if speed is None else f"{speed:,.0f}",
    }
    print_facts("Predicted", facts)
    folders = ("predictions", "rejects") if summary.rejected else ("predictions",)
    print_labels({folder: f"{summary.output}/{folder}" for folder in folders}, width=13)
