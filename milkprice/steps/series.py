"""Steps that train, validate and publish a model for each of many price series."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import cast

import orjson

from milkprice.forecasting.settings import ForecastSettings, forecaster_names
from milkprice.registry.settings import SigningSettings, StoreSettings
from milkprice.settings import Gate
from milkprice.steps.files import Metadata, markdown_table, write_text
from milkprice.training.settings import TrainSettings
from milkprice.workflow import Outcome, RunSettings, run

COLUMNS = ("model", "version", "promoted", "next month", "MAE", "reason")


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
    cache: Path,
    store: StoreSettings,
    signing: SigningSettings,
    now: datetime,
) -> str:
    """Run the whole job for one series in one step: starting a pod costs more than the work.

    Returns:
        A row of the summary as JSON text: a pipeline can collect texts only.
    """
    settings = RunSettings(
        source=source,
        series=series,
        training=TrainSettings(name=f"{model}-{series}", features=features),
        forecast=ForecastSettings(forecasters=forecaster_names(forecasters)),
        registry=registry,
        alias=alias,
        gate=cast("Gate", gate),
        cache=cache,
        store=store,
        signing=signing,
    )
    outcome = run(settings, now=now, step=nullcontext)
    write_text(outcome.report, report_path)
    return orjson.dumps(_row(outcome)).decode()


def collect_series(results: Iterable[str], summary_path: str) -> Metadata:
    """Write the results of all series as one table, and count them."""
    rows = [orjson.loads(text) for text in results]
    table = markdown_table(COLUMNS, [tuple(row.values()) for row in rows])
    write_text(f"# {len(rows)} series\n\n{table}", summary_path)
    promoted = sum(row["promoted"] == "yes" for row in rows)
    return {"series": len(rows), "promoted": promoted}


def _row(outcome: Outcome) -> dict[str, str]:
    forecast = outcome.forecast
    best = next(one for one in forecast.leaderboard if one.forecaster == forecast.forecaster)
    cells = (
        outcome.bundle.sidecar.name,
        outcome.version,
        "yes" if outcome.verdict.promote else "no",
        f"{forecast.future[0].price:.2f}",
        f"{best.accuracy.mae:.2f}",
        outcome.verdict.reason,
    )
    return dict(zip(COLUMNS, cells, strict=True))
