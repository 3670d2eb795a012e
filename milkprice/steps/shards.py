"""Steps that fan out: batch prediction shard by shard, and a model for each of many series."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from html import escape
from operator import itemgetter
from pathlib import Path
from typing import TypeAlias, cast

import orjson

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
from milkprice.data.errors import SeriesFailedError
from milkprice.errors import MilkpriceError, SettingError
from milkprice.files import write_bytes
from milkprice.forecasting.settings import ForecastSettings, forecaster_names
from milkprice.logs import logger
from milkprice.registry.bundle import VerifyingKeys
from milkprice.registry.errors import StoreError
from milkprice.registry.settings import SigningSettings, StoreSettings
from milkprice.settings import Gate
from milkprice.steps import Metadata, markdown_table, write_text
from milkprice.text import slug
from milkprice.training.settings import TrainSettings
from milkprice.workflow import Outcome, RunSettings, run

COLUMNS = ("model", "version", "promoted", "next month", "MAE", "reason")
FAILED = "failed"  # instead of yes or no
# A step gets its inputs in one argument, which Linux limits to 128 KiB; a shard's takes 700 bytes.
MAX_SHARDS = 100
DONE = "done"  # of each shard: a few thousand names would be too long for the next step
Row: TypeAlias = dict[str, str]


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
    name: str,
    plan_path: str,
    *,
    output: str,
    registry: str,
    settings: StoreSettings,
    keys: VerifyingKeys | None,
) -> str:
    """Predict a shard of a plan, unless it is done; then says so.

    One of the keys must have signed the model; None looks at no signature.
    """
    shards = {shard.name: shard for shard in _read(plan_path)}
    if name not in shards:
        raise SettingError(option="shard", value=name, expected="one of the plan")
    shard = shards[name]
    results = Results.open(output, shard.version, settings)
    if results.counts(shard) is None:
        model = load_model(registry, shard.model, shard.version, settings, keys=keys)
        predict_rows(shard, model, results, settings)
    return DONE


def collect_shards(
    plan_path: str, done: Sequence[str], summary_path: str, *, output: str, settings: StoreSettings
) -> Metadata:
    """Finalize the results of a plan and count their rows by file."""
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


def divide_series(series: Sequence[str], *, per_pod: int, pods: int) -> list[str]:
    """Divide the series of a source into shards, each for a pod: starting one costs more than some.

    Args:
        series: Their names.
        per_pod: How many a pod trains; 0 for as many as it takes for all pods to run at once.
        pods: How many pods run at once.

    Returns:
        The names of each shard as JSON text: a runner passes texts on as they are.

    Raises:
        SettingError: ``per_pod`` is less than 0, or so small that there are too many shards.
    """
    if per_pod < 0:
        raise SettingError(option="series per pod", value=per_pod, expected="0 or more")
    size = per_pod or -(-len(series) // pods)
    if (least := -(-len(series) // MAX_SHARDS)) > size:
        expected = f"0, or {least} or more: {len(series)} series in at most {MAX_SHARDS} pods"
        raise SettingError(option="series per pod", value=per_pod, expected=expected)
    starts = range(0, len(series), size)
    return [orjson.dumps(series[start : start + size]).decode() for start in starts]


def train_series(
    shard: str,
    rows_path: str,
    report_path: str,
    *,
    source: str,
    model: str,
    features: str,
    forecasters: str,
    registry: str,
    alias: str,
    gate: str,
    month: str = "",
    price: str = "",
    cache: Path,
    store: StoreSettings,
    keys: VerifyingKeys | None,
    signing: SigningSettings,
    now: datetime,
) -> None:
    """Run the whole job for each series of a shard, in one step; rows of the summary are written.

    An error that would be the same the next time becomes a row too, with its reason, so that the
    step is not tried again and the other series go on. The page is the report of a series that is
    alone, else the table of all.

    Raises:
        StoreError: The store could not do what was asked; it may the next time.
    """
    options = RunSettings(
        source=source,
        month=month or None,
        price=price or None,
        forecast=ForecastSettings(forecasters=forecaster_names(forecasters)),
        registry=registry,
        alias=alias,
        gate=cast("Gate", gate),
        cache=cache,
        store=store,
        keys=keys,
        signing=signing,
    )
    results = [
        _train(options, series, name=f"{model}-{slug(series)}", features=features, now=now)
        for series in orjson.loads(shard)
    ]
    rows = [row for row, _ in results]
    write_text(results[0][1] if len(results) == 1 else _page(rows), report_path)
    write_bytes(orjson.dumps(rows), Path(rows_path))


def _train(
    options: RunSettings, series: str, *, name: str, features: str, now: datetime
) -> tuple[Row, str]:
    """The row and the page of a series."""
    try:
        training = TrainSettings(name=name, features=features)
        settings = replace(options, series=series, training=training)
        outcome = run(settings, now=now, step=nullcontext)
    except StoreError:
        raise
    except MilkpriceError as error:
        logger.error("%s: %s", name, error)
        row = dict.fromkeys(COLUMNS, "")
        row |= {"model": name, "promoted": FAILED, "reason": str(error)}
        return row, _page([row])
    return dict(zip(COLUMNS, _cells(outcome), strict=True)), outcome.report


def _page(rows: Sequence[Row]) -> str:
    """A table of series; the report of each is a file of its version."""
    cells = (f"<td>{'<td>'.join(map(escape, row.values()))}" for row in rows)
    heading = f"<tr><th>{'<th>'.join(COLUMNS)}"
    return "\n<tr>".join([f"<!doctype html>\n<table>{heading}", *cells, "</table>"])


def collect_series(rows_paths: Iterable[str], summary_path: str, failures_path: str) -> Metadata:
    """Write the results of all series as one table, and why some failed; their counts."""
    read = [row for path in rows_paths for row in orjson.loads(Path(path).read_bytes())]
    rows = sorted(read, key=itemgetter("model"))
    table = markdown_table(COLUMNS, [tuple(row.values()) for row in rows])
    write_text(f"# {len(rows)} series\n\n{table}", summary_path)
    promoted = sum(row["promoted"] == "yes" for row in rows)
    failures = [f"{row['model']}: {row['reason']}" for row in rows if row["promoted"] == FAILED]
    write_bytes(orjson.dumps(failures), Path(failures_path))
    return {"series": len(rows), "promoted": promoted, "failed": len(failures)}


def check_series(failures_path: str) -> None:
    """Raise ``SeriesFailedError`` where a series failed."""
    if failures := orjson.loads(Path(failures_path).read_bytes()):
        raise SeriesFailedError(failures=failures)


def _cells(outcome: Outcome) -> tuple[str, ...]:
    forecast, places = outcome.forecast, outcome.forecast.decimals(2)
    best = next(one for one in forecast.leaderboard if one.forecaster == forecast.forecaster)
    return (
        outcome.bundle.sidecar.name,
        outcome.version,
        "yes" if outcome.verdict.promote else "no",
        f"{forecast.future[0].price:.{places}f}",
        f"{best.accuracy.mae:.{places}f}",
        outcome.verdict.reason,
    )
