"""``milkprice predict``: predictions of many rows, files in and files out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from milkprice import runtime
from milkprice.cli.options import JsonOption, RegistryOption, VerifyKeyOption, trusted
from milkprice.cli.output import emit, print_table, progress, stderr, stdout

if TYPE_CHECKING:
    from milkprice.batch import BatchSettings, Plan, Results, ShardCounts

MOST_WORKERS = 4  # each holds a row group; more machines are what the pipeline is for
ROWS_PER_SHARD = 500_000


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What a run did, and what there is now.

    Attributes:
        model: Name and version of the model.
        place: Where the results are.
        ran: Shards that were predicted now.
        skipped: Shards that were done before.
        rows: Rows of all shards.
        predicted: Those of them with a prediction.
        rejected: Those without.
        out_of_range: Those predicted from values outside the range learnt from.
        seconds: How long it took now.
        rows_per_second: How fast the rows of now were; None if there were none.
    """

    model: str
    place: str
    ran: int
    skipped: int
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
    model: Annotated[str, typer.Option(help="Name of the model.")] = "milk-price",
    version: Annotated[str, typer.Option(help="A version, or an alias of it.")] = "champion",
    registry: RegistryOption = "registry",
    keep: Annotated[
        str, typer.Option(help="Columns to carry over to the results, with commas between.")
    ] = "",
    rows_per_shard: Annotated[
        int, typer.Option(help="About how many rows are done, or done again, together.")
    ] = ROWS_PER_SHARD,
    workers: Annotated[
        int | None, typer.Option(help="Shards at a time [one a processor, at most 4].", min=1)
    ] = None,
    verify_key_file: VerifyKeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Predict every row of Parquet or CSV files; run again, it does only what is unfinished.

    Rows that cannot be predicted go to a file of rejects, each with its reason.
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
        keys=trusted(verify_key_file),
    )
    begun = time.perf_counter()
    with progress() as step, step("looking at the input"):
        todo = plan(settings)
    results = Results.open(output, todo.model.version, settings.store)
    ran = _work(todo, results, settings, workers or min(os.cpu_count() or 1, MOST_WORKERS))
    counts = finalize(todo.shards, results)
    done = _finished(todo, results.uri, ran, counts, time.perf_counter() - begun)
    emit(asdict(done), as_json=as_json, show=lambda: _show(done))


def _work(todo: Plan, results: Results, settings: BatchSettings, workers: int) -> list[ShardCounts]:
    from milkprice.batch import predict as predict_plan

    ran: list[ShardCounts] = []
    with _counting(len(todo.unfinished)) as advance:

        def done(counts: ShardCounts) -> None:
            ran.append(counts)
            advance()

        predict_plan(todo, results, settings.store, workers=workers, on_shard=done)
    return ran


@contextmanager
def _counting(shards: int) -> Iterator[Callable[[], None]]:
    """Show how many shards are done."""
    columns = (TextColumn("predicting"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr) as bar:
        task = bar.add_task("", total=shards)
        yield lambda: bar.advance(task)


def _finished(
    todo: Plan, place: str, ran: list[ShardCounts], counts: list[ShardCounts], seconds: float
) -> Finished:
    rows = sum(one.rows for one in ran)
    return Finished(
        model=f"{todo.model.name} {todo.model.version}",
        place=place,
        ran=len(ran),
        skipped=len(counts) - len(ran),
        rows=sum(one.rows for one in counts),
        predicted=sum(one.predicted for one in counts),
        rejected=sum(one.rejected for one in counts),
        out_of_range=sum(one.out_of_range for one in counts),
        seconds=round(seconds, 3),
        rows_per_second=round(rows / seconds) if rows else None,
    )


def _show(done: Finished) -> None:
    speed = "-" if done.rows_per_second is None else f"{done.rows_per_second:,.0f}"
    facts = (
        ("model", done.model),
        ("shards done now", f"{done.ran:,}"),
        ("shards done before", f"{done.skipped:,}"),
        ("rows", f"{done.rows:,}"),
        ("predicted", f"{done.predicted:,}"),
        ("rejected", f"{done.rejected:,}"),
        ("out of range", f"{done.out_of_range:,}"),
        ("seconds", f"{done.seconds:.1f}"),
        ("rows per second", speed),
    )
    print_table("Predicted", ("fact", "value"), facts)
    for fact, folder in (("predictions", "predictions"), ("rejects", "rejects")):
        if fact == "predictions" or done.rejected:
            told = escape(f"{done.place}/{folder}")
            stdout.print(f"{fact + ':':13}[bold]{told}[/]", soft_wrap=True, highlight=False)
