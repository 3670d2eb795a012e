"""Steps that fan out: batch prediction shard by shard, and a model for each of many series."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import datetime
from html import escape
from pathlib import Path
from typing import cast

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
from milkprice.forecasting.settings import ForecastSettings, forecaster_names
from milkprice.logs import logger
from milkprice.registry.errors import StoreError
from milkprice.registry.settings import SigningSettings, StoreSettings
from milkprice.settings import Gate
from milkprice.steps import Metadata, markdown_table, write_text
from milkprice.text import slug
from milkprice.training.settings import TrainSettings
from milkprice.workflow import Outcome, RunSettings, run

COLUMNS = ("model", "version", "promoted", "next month", "MAE", "reason")
FAILED = "failed"  # instead of yes or no


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
    """Predict a shard of a plan, unless it is done; its name."""
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


def train_series(
    series: str,
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
    signing: SigningSettings,
    now: datetime,
) -> str:
    """Run the whole job for one series in one step: starting a pod costs more than the work.

    An error that would be the same the next time becomes a row too, with its reason, so that the
    step is not tried again and the other series go on.

    Returns:
        A row of the summary as JSON text: a pipeline can collect texts only.

    Raises:
        StoreError: The store could not do what was asked; it may the next time.
    """
    name = f"{model}-{slug(series)}"
    try:
        settings = RunSettings(
            source=source,
            series=series,
            month=month or None,
            price=price or None,
            training=TrainSettings(name=name, features=features),
            forecast=ForecastSettings(forecasters=forecaster_names(forecasters)),
            registry=registry,
            alias=alias,
            gate=cast("Gate", gate),
            cache=cache,
            store=store,
            signing=signing,
        )
        outcome = run(settings, now=now, step=nullcontext)
    except StoreError:
        raise
    except MilkpriceError as error:
        logger.error("%s: %s", name, error)
        page, cells = f"<!doctype html>\n<p>{escape(str(error))}</p>\n", _failed(name, error)
    else:
        page, cells = outcome.report, _trained(outcome)
    write_text(page, report_path)
    return orjson.dumps(dict(zip(COLUMNS, cells, strict=True))).decode()


def collect_series(results: Iterable[str], summary_path: str) -> tuple[Metadata, list[str]]:
    """Write the results of all series as one table; their counts, and why some failed."""
    rows = [orjson.loads(text) for text in results]
    table = markdown_table(COLUMNS, [tuple(row.values()) for row in rows])
    write_text(f"# {len(rows)} series\n\n{table}", summary_path)
    promoted = sum(row["promoted"] == "yes" for row in rows)
    failures = [f"{row['model']}: {row['reason']}" for row in rows if row["promoted"] == FAILED]
    return {"series": len(rows), "promoted": promoted, "failed": len(failures)}, failures


def check_series(failures: Sequence[str]) -> None:
    """Raise ``SeriesFailedError`` where a series failed."""
    if failures:
        raise SeriesFailedError(failures=failures)


def _failed(name: str, error: MilkpriceError) -> tuple[str, ...]:
    return name, "", FAILED, "", "", str(error)


def _trained(outcome: Outcome) -> tuple[str, ...]:
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
