"""Many series: each trained, judged and published as a model of its own."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import orjson

from milkprice.files import write_bytes
from milkprice.forecasting.settings import ForecastSettings, forecaster_names
from milkprice.registry.settings import SigningSettings, StoreSettings
from milkprice.settings import Gate
from milkprice.steps.files import Facts
from milkprice.training.settings import TrainSettings
from milkprice.workflow import Outcome, RunSettings, run


@dataclass(frozen=True, kw_only=True)
class SeriesSettings:
    """How each of many series is trained.

    Attributes:
        source: Where they lie, as ``milkprice.data.sources`` has them.
        model: The beginning of each model's name; the series' name follows.
        features: Name of the feature set.
        forecast: How the months to come are forecast.
        registry: Where models are published.
        alias: The alias a promoted model gets.
        gate: When it is promoted.
    """

    source: str
    model: str
    features: str
    forecast: ForecastSettings
    registry: str
    alias: str
    gate: Gate


def series_settings(
    *,
    source: str,
    model: str,
    features: str,
    forecasters: str,
    registry: str,
    alias: str,
    gate: str,
) -> SeriesSettings:
    """The options of training many series, as a pipeline has them, as one value.

    Raises:
        SettingError: An option means nothing.
    """
    return SeriesSettings(
        source=source,
        model=model,
        features=features,
        forecast=ForecastSettings(by=forecaster_names(forecasters)),
        registry=registry,
        alias=alias,
        gate=cast("Gate", gate),
    )


def train_series(
    series: str,
    report_path: str,
    *,
    settings: SeriesSettings,
    cache: Path,
    store: StoreSettings,
    signing: SigningSettings,
    now: datetime,
) -> str:
    """Do the whole job for one series, in one step: a pod that starts costs more than the work.

    Returns:
        What became of it, as JSON in a text: what a pipeline collects are texts.
    """
    name = f"{settings.model}-{series}"
    job = RunSettings(
        source=settings.source,
        series=series,
        training=TrainSettings(name=name, features=settings.features),
        forecast=settings.forecast,
        registry=settings.registry,
        alias=settings.alias,
        gate=settings.gate,
        cache=cache,
        store=store,
        signing=signing,
    )
    outcome = run(job, now=now, step=nullcontext)
    write_bytes(outcome.report.encode(), Path(report_path))
    return orjson.dumps(_facts(name, outcome)).decode()


def collect_series(results: Iterable[str], summary_path: str) -> Facts:
    """Write what became of all series as one table, and count them."""
    rows = [orjson.loads(text) for text in results]
    columns = ("model", "version", "promoted", "next month", "MAE", "reason")
    lines = [_line(columns), _line(["---"] * len(columns)), *(_line(row.values()) for row in rows)]
    text = f"# {len(rows)} series\n\n" + "".join(lines)
    write_bytes(text.encode(), Path(summary_path))
    promoted = sum(row["promoted"] == "yes" for row in rows)
    return {"series": len(rows), "promoted": promoted}


def _facts(name: str, outcome: Outcome) -> dict[str, str]:
    """One row of the table, as texts."""
    made, verdict = outcome.forecast, outcome.verdict
    mine = next(one for one in made.standings if one.forecaster == made.forecaster)
    return {
        "model": name,
        "version": outcome.version,
        "promoted": "yes" if verdict.promote else "no",
        "next month": f"{made.ahead[0].price:.2f}",
        "MAE": f"{mine.accuracy.mae:.2f}",
        "reason": verdict.reason,
    }


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
