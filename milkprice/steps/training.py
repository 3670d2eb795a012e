"""Steps from tables to forecasts, and from a feature table to a scored candidate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import orjson

from milkprice import stages
from milkprice.data.tables import PRICE_TABLE, read_table, write_months
from milkprice.features import read_features, write_features
from milkprice.files import write_bytes
from milkprice.forecasting.codec import decode_forecast, encode_forecast
from milkprice.forecasting.document import Forecast
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry.bundle import read, write
from milkprice.steps import (
    Metadata,
    escape_markdown,
    file_metadata,
    frame_table,
    markdown_table,
    read_tables,
    table_metadata,
    write_hashes,
    write_text,
)
from milkprice.training.settings import SplitSettings, TrainSettings
from milkprice.validation.candidate import forecast_metrics

BEST_POINTS = 20  # points of the grid in the summary

Scores = Mapping[str, Mapping[str, float | int | None]]


def forecast(
    prices_path: str,
    rainfall_path: str,
    macro_path: str,
    forecast_path: str,
    summary_path: str,
    *,
    settings: ForecastSettings,
) -> dict[str, float]:
    """Forecast the next months, backtest such forecasts and write both; the errors, flat."""
    tables = read_tables(prices_path, rainfall_path, macro_path)
    document = stages.forecast(*tables, settings)
    write_bytes(encode_forecast(document), Path(forecast_path))
    write_text(_leaderboard(document), summary_path)
    return _flat(forecast_metrics(document))


def split(
    table_path: str, train_path: str, test_path: str, hashes_path: str, *, settings: SplitSettings
) -> tuple[Metadata, Metadata]:
    """Hold rows out; metadata of both parts. The table's hash is written as ``ingest`` does."""
    rows = stages.split(read_features(Path(table_path)), settings)
    write_features(rows.train, Path(train_path))
    write_features(rows.test, Path(test_path))
    write_hashes({"features.csv": file_metadata(Path(table_path))["sha256"]}, hashes_path)
    return (
        table_metadata(rows.train, Path(train_path)),
        table_metadata(rows.test, Path(test_path)),
    )


def train(
    train_path: str,
    hashes_path: str,
    model_path: str,
    summary_path: str,
    *,
    settings: TrainSettings,
    now: datetime,
) -> Metadata:
    """Search on the training rows, write the winner as a bundle without scores; its metadata."""
    from milkprice.training.grid import results_table

    sources = orjson.loads(Path(hashes_path).read_bytes())
    rows = read_features(Path(train_path))
    bundle, search = stages.train(rows, settings, sources=sources, now=now)
    write(bundle, Path(model_path))
    grid = results_table(search.cv_results_)
    write_text(
        f"# The best of {len(grid)} models\n\n{frame_table(grid.head(BEST_POINTS))}", summary_path
    )
    file = bundle.sidecar.files[bundle.sidecar.model_file]
    return {"name": settings.name, "sha256": file.sha256, "bytes": file.size, **search.best_params_}


def evaluate(
    model_path: str,
    test_path: str,
    prices_path: str,
    table_path: str,
    forecast_path: str,
    candidate_path: str,
    forecasts_path: str,
    scores_path: str,
) -> dict[str, float]:
    """Score a model on the held-out rows and write the candidate with its scores; these, flat."""
    model = read(Path(model_path))
    candidate, evaluation = stages.evaluate(
        model,
        read_features(Path(test_path)),
        read_table(Path(prices_path), PRICE_TABLE),
        read_features(Path(table_path)),
        decode_forecast(Path(forecast_path).read_bytes(), where=model.label),
    )
    write_months(evaluation.forecasts, Path(forecasts_path))
    write_bytes(orjson.dumps(evaluation.metrics()), Path(scores_path))
    write(candidate, Path(candidate_path))
    return _flat(evaluation.metrics())


def _flat(metrics: Scores) -> dict[str, float]:
    """Scores as a flat list: ``mae`` of the model, ``mae (naive)`` of a baseline.

    Only finite ones: Kubeflow cannot read others, and fails the step after its work is done.
    """
    return {
        measure if forecaster == "model" else f"{measure} ({forecaster})": value
        for forecaster, scores in metrics.items()
        for measure, value in scores.items()
        if value is not None and math.isfinite(value)
    }


def _leaderboard(forecast: Forecast) -> str:
    """The errors of each forecaster at each horizon, as Markdown."""
    columns = ("months ahead", "forecaster", "MAE", "gain", "months")
    places = forecast.decimals(2)
    rows = [
        (
            one.horizon,
            one.forecaster,
            f"{one.accuracy.mae:,.{places}f}",
            f"{one.comparison.gain:+,.{places}f}" if one.comparison else "",
            one.accuracy.months,
        )
        for one in forecast.leaderboard
    ]
    note = f"Errors in {escape_markdown(forecast.unit)}; the gain is over the best baseline."
    return f"# Forecasters\n\n{note}\n\n{markdown_table(columns, rows)}"
