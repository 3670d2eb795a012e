"""What else belongs into a candidate's bundle, and how it is read back.

A candidate to a version.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pandas as pd
from msgspec.structs import asdict

from milkprice.data.tables.monthly import MONTH
from milkprice.features.sets import TARGET, labelled_rows
from milkprice.forecasting.codec import FORECAST_FILE, bundle_forecast, encode_forecast
from milkprice.forecasting.document import Forecast
from milkprice.registry import Registry
from milkprice.registry.bundle import Bundle, with_extra_files, with_metrics, without_files
from milkprice.registry.errors import BundleIncompleteError
from milkprice.text import pluralize
from milkprice.validation.drift import DRIFT, Drift, measure_drift
from milkprice.validation.gate import VERDICT

FEATURES = "features.csv"
REPORT = "report.html"
RESULTS = frozenset({DRIFT, VERDICT, REPORT})  # what was said of a model, and is not the model
FORECAST = "forecast"


def with_files(
    bundle: Bundle,
    *,
    metrics: Mapping[str, Any],
    table: pd.DataFrame,
    made: Forecast,
) -> Bundle:
    """Give a packed model its scores, the table it comes from and its forecast.

    Args:
        bundle: The row model, as it was packed.
        metrics: Its scores and those of the baselines on the held-out months.
        table: The feature table; months whose price is not known are left out.
        made: The months to come.
    """
    scored = with_metrics(
        bundle, {**metrics, **forecast_metrics(made)}, parameters={FORECAST: made.settings}
    )
    return with_extra_files(
        scored, {FEATURES: feature_bytes(table), FORECAST_FILE: encode_forecast(made)}
    )


def with_results(bundle: Bundle, *, drift: bytes, verdict: bytes, report: bytes) -> Bundle:
    """Give an assembled model what was said of it, as files.

    Args:
        bundle: The model.
        drift: What moved since the champion learnt, as ``drift.to_json`` writes it.
        verdict: What the gate says, as ``gate.to_json`` writes it.
        report: The page.
    """
    return with_extra_files(bundle, {DRIFT: drift, VERDICT: verdict, REPORT: report})


def same_model(one: Bundle, other: Bundle) -> bool:
    """Whether two bundles are the same model, whatever was said of them and whenever."""
    first, second = (without_files(bundle, RESULTS).sidecar.version for bundle in (one, other))
    return first.rpartition("-")[2] == second.rpartition("-")[2]


def forecast_metrics(made: Forecast) -> dict[str, dict[str, float | int]]:
    """The errors of the forecasts by horizon, under names such as ``forecast, 3 months``."""
    return {
        f"{FORECAST}, {pluralize(one.horizon, 'month')}": asdict(one.accuracy)
        for one in made.leaderboard
        if one.forecaster == made.forecaster
    }


def feature_bytes(table: pd.DataFrame) -> bytes:
    """A feature table as a file, the target last."""
    known = labelled_rows(table).rename_axis(MONTH).reset_index()
    ordered = [*(name for name in known.columns if name != TARGET), TARGET]
    return known[ordered].to_csv(index=False, lineterminator="\n").encode()


def forecast_of(bundle: Bundle) -> Forecast:
    """The forecast of a bundle.

    Raises:
        BundleIncompleteError: It brings none.
        ModelFormatError: It cannot be understood.
    """
    made = bundle_forecast(bundle.files, where=bundle.label)
    if made is None:
        raise BundleIncompleteError(bundle=bundle.label, file=FORECAST_FILE)
    return made


def feature_rows(bundle: Bundle) -> pd.DataFrame:
    """The feature table of a bundle.

    Raises:
        BundleIncompleteError: It brings none.
    """
    if FEATURES not in bundle.files:
        raise BundleIncompleteError(bundle=bundle.label, file=FEATURES)
    data = io.BytesIO(bundle.files[FEATURES])
    table = pd.read_csv(data, float_precision="round_trip", index_col=MONTH)
    return table.set_axis(pd.PeriodIndex(table.index, freq="M", name=MONTH))


def drift_since(table: pd.DataFrame, champion: Bundle | None) -> Drift | None:
    """What moved since a champion learnt; None where there is none, or it brings no table."""
    if champion is None or FEATURES not in champion.files:
        return None
    before = feature_rows(champion)
    return measure_drift(labelled_rows(table), before, champion=champion.sidecar.version)


def publish(registry: Registry, candidate: Bundle, champion: Bundle | None) -> str:
    """Publish a candidate; its version, which is the champion's where it is that very model."""
    if champion is not None and same_model(candidate, champion):
        return champion.sidecar.version
    return registry.publish(candidate)
