"""What a candidate's bundle holds beside its row model, and how that is read back."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pandas as pd
from msgspec.structs import asdict

from milkprice.data.checks.snapshot import TABLE, Reference, ends_of
from milkprice.data.formats import names
from milkprice.data.tables import MONTH
from milkprice.features import (
    CALENDAR,
    LAG_1,
    LAG_12,
    MEAN_3,
    RETAIL_COLUMN,
    labelled_rows,
    target_of,
)
from milkprice.forecasting.codec import FORECAST_FILE, bundle_forecast, encode_forecast
from milkprice.forecasting.document import Forecast
from milkprice.registry import Registry
from milkprice.registry.bundle import Bundle, with_extra_files, with_metrics, without_files
from milkprice.registry.errors import BundleIncompleteError
from milkprice.text import pluralize
from milkprice.validation import drift as drifts
from milkprice.validation import gate
from milkprice.validation.drift import DRIFT, Drift, measure_drift
from milkprice.validation.gate import VERDICT, Verdict

FEATURES = "features.csv"
REPORT = "report.html"
RESULTS = frozenset({DRIFT, VERDICT, REPORT})  # of its validation; they are not the model
FORECAST = "forecast"

LAGS = {LAG_12: 12, LAG_1: 1, "": 0}  # a suffix, and how many months before its row it looks


def with_files(
    bundle: Bundle,
    *,
    metrics: Mapping[str, Any],
    features: pd.DataFrame,
    forecast: Forecast,
) -> Bundle:
    """Add to a packed model its scores, its feature table and its forecast."""
    scored = with_metrics(
        bundle, {**metrics, **forecast_metrics(forecast)}, parameters={FORECAST: forecast.settings}
    )
    return with_extra_files(
        scored, {FEATURES: feature_bytes(features), FORECAST_FILE: encode_forecast(forecast)}
    )


def with_results(bundle: Bundle, *, drift: Drift | None, verdict: Verdict, report: str) -> Bundle:
    """Add to a candidate the results of its validation."""
    files = {
        DRIFT: drifts.to_json(drift),
        VERDICT: gate.to_json(verdict),
        REPORT: report.encode(),
    }
    return with_extra_files(bundle, files)


def same_model(one: Bundle, other: Bundle) -> bool:
    """Whether two bundles are the same model, whatever their validation and dates."""
    first, second = (without_files(bundle, RESULTS).sidecar.version for bundle in (one, other))
    return first.rpartition("-")[2] == second.rpartition("-")[2]


def forecast_metrics(forecast: Forecast) -> dict[str, dict[str, float | int]]:
    """The errors of the forecasts by horizon, under names such as ``forecast, 3 months``."""
    return {
        f"{FORECAST}, {pluralize(row.horizon, 'month')}": asdict(row.accuracy)
        for row in forecast.leaderboard
        if row.forecaster == forecast.forecaster
    }


def feature_bytes(table: pd.DataFrame) -> bytes:
    """A feature table as a CSV file, the target last."""
    rows = labelled_rows(table).rename_axis(MONTH).reset_index()
    target = target_of(table)
    ordered = [*(name for name in rows.columns if name != target), target]
    return rows[ordered].to_csv(index=False, lineterminator="\n").encode()


def forecast_of(bundle: Bundle) -> Forecast:
    """The forecast of a bundle."""
    forecast = bundle_forecast(bundle.files, where=bundle.label)
    if forecast is None:
        raise BundleIncompleteError(bundle=bundle.label, file=FORECAST_FILE)
    return forecast


def feature_rows(bundle: Bundle) -> pd.DataFrame:
    """The feature table of a bundle."""
    if FEATURES not in bundle.files:
        raise BundleIncompleteError(bundle=bundle.label, file=FEATURES)
    data = io.BytesIO(bundle.files[FEATURES])
    table = pd.read_csv(data, float_precision="round_trip", index_col=MONTH)
    return table.set_axis(pd.PeriodIndex(table.index, freq="M", name=MONTH))


def drift_since(table: pd.DataFrame, champion: Bundle | None) -> Drift | None:
    """What has changed since a champion was trained; None without one, or its table."""
    if champion is None or FEATURES not in champion.files:
        return None
    before = feature_rows(champion)
    return measure_drift(labelled_rows(table), before, champion=champion.sidecar.version)


def publish(registry: Registry, candidate: Bundle, champion: Bundle | None) -> str:
    """Publish a candidate; its version, which is the champion's where both are the same model."""
    if champion is not None and same_model(candidate, champion):
        return champion.sidecar.version
    return registry.publish(candidate)


def reference_of(champion: Bundle | None) -> Reference | None:
    """What a champion knew; None where there is none, or no feature table in its bundle."""
    if champion is None or FEATURES not in champion.files:
        return None
    values = raw_values(feature_rows(champion))
    forecast = bundle_forecast(champion.files, where=champion.label)
    if forecast is None:
        return Reference(values, ends_of(values))
    others = values.drop(columns=forecast.target, errors="ignore")
    series = pd.concat([_prices(forecast), others], axis=1)
    if "rainfall" not in forecast.known:
        end = max(pd.Period(month, "M") for month in forecast.known.values())
        return Reference(series, {TABLE: end}, file=TABLE)
    files = dict(zip(("prices", "rainfall", "macro"), names.RAW_FILES, strict=True))
    ends = {files[source]: pd.Period(month, "M") for source, month in forecast.known.items()}
    return Reference(series, ends)


def raw_values(features: pd.DataFrame) -> pd.DataFrame:
    """Raw values from a feature table, each put back to its own month.

    A value stands in several columns, one month and a year after its own, so that a table of 60
    months gives back 71.
    """
    target = target_of(features)
    series: dict[str, pd.Series] = {target: features[target]}
    for column in map(str, features.columns.drop(target)):
        if column in CALENDAR or column.endswith(MEAN_3):
            continue
        suffix, lag = next(one for one in LAGS.items() if column.endswith(one[0]))
        values = features[column].set_axis(pd.PeriodIndex(features.index) - lag)
        name = names.RETAIL_SALES if column == RETAIL_COLUMN else column.removesuffix(suffix)
        series[name] = series[name].combine_first(values) if name in series else values
    return pd.concat(series, axis=1).sort_index()


def _prices(forecast: Forecast) -> pd.Series:
    months = pd.PeriodIndex(list(forecast.months()), freq="M")
    return pd.Series(forecast.prices, months, name=forecast.target)
