"""All checks of a candidate: of its data, against the baselines, and against the champion.

The champion is scored again on the candidate's months, so that both are compared on the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from milkprice.data.checks.finding import Finding, Findings, stops, warnings
from milkprice.data.cleaning import CleanTables
from milkprice.features.sets import TARGET, build_features
from milkprice.forecasting.codec import bundle_forecast
from milkprice.forecasting.document import Forecast
from milkprice.forecasting.forecast import make_forecast
from milkprice.forecasting.forecasters import candidates
from milkprice.forecasting.history import History
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry.bundle import Bundle
from milkprice.settings import Gate
from milkprice.text import pluralize
from milkprice.training.errors import TrainingError
from milkprice.training.polynomial import POLYNOMIAL, Polynomial
from milkprice.training.scores import MODEL, Evaluation
from milkprice.validation.candidate import forecast_of
from milkprice.validation.comparison import (
    ModelErrors,
    compare_with_baselines,
    compare_with_champion,
    errors_of,
)
from milkprice.validation.drift import Drift
from milkprice.validation.gate import Check, Verdict, judge

MAX_SHIFTED = 0.25  # share of features


def validate(
    candidate: Bundle,
    champion: Bundle | None,
    *,
    evaluation: Evaluation,
    tables: CleanTables,
    findings: Findings,
    drift: Drift | None,
    gate: Gate,
) -> Verdict:
    """Decide whether a candidate may take the champion's place, and why.

    Args:
        candidate: The candidate with its files.
        champion: The version in use; None when there is none.
        evaluation: The candidate's row model on the held-out months.
        tables: The data it was trained on.
        findings: What was wrong with these.
        drift: What has changed since the champion was trained.
        gate: When it may.
    """
    checks = [*data_checks(findings, drift), compare_with_baselines(forecast_of(candidate))]
    if champion is not None:
        checks += _champion_checks(candidate, champion, evaluation, tables, drift)
    version = champion.sidecar.version if champion else None
    return judge(checks, gate=gate, champion=version, warnings=warnings(findings))


def data_checks(findings: Sequence[Finding], drift: Drift | None) -> Iterator[Check]:
    """Check the findings about the source, and how far the features have shifted.

    Args:
        findings: Those of the source; one that stops a run got this far by force alone.
        drift: What has changed since the champion was trained; None where there is none.
    """
    yield _source_check(findings)
    if drift is not None:
        yield _drift_check(drift)


def _source_check(findings: Sequence[Finding]) -> Check:
    warned = len(warnings(findings))
    good = "nothing wrong with the source"
    if warned:
        good += f" but {pluralize(warned, 'warning')}"
    reasons = stops(findings)
    return Check("source", passed=not reasons, reason="; ".join(reasons) or good)


def _drift_check(drift: Drift) -> Check:
    shifted = sum(shift.is_significant for shift in drift.shifts)
    passed = shifted <= MAX_SHIFTED * len(drift.shifts)
    reason = f"{shifted} of {len(drift.shifts)} features have shifted significantly"
    return Check("drift", passed, reason if passed else f"{reason}, over {MAX_SHIFTED:.0%}")


def _champion_checks(
    candidate: Bundle,
    champion: Bundle,
    evaluation: Evaluation,
    tables: CleanTables,
    drift: Drift | None,
) -> Iterator[Check]:
    forecast = forecast_of(candidate)
    before = bundle_forecast(champion.files, where=champion.label)
    candidate_errors = ModelErrors(
        forecast_mae=errors_of(forecast), row_mae=evaluation.scores[MODEL].mae
    )
    champion_errors = ModelErrors(
        forecast_mae=_forecast_mae(forecast, before, tables) if before else None,
        row_mae=_row_mae(champion, evaluation, tables),
    )
    new_data = ", ".join(_new_data(forecast, before, drift))
    return compare_with_champion(candidate_errors, champion_errors, new_data=new_data)


def _forecast_mae(
    forecast: Forecast, before: Forecast, tables: CleanTables
) -> Mapping[int, float] | None:
    """Errors of the champion's way of forecasting on the candidate's data, months and horizons.

    None where one of its forecasters does not exist any more.
    """
    settings, champion = map(ForecastSettings.of, (forecast.settings, before.settings))
    if not set(champion.forecasters) <= {one.name for one in candidates(champion.delays)}:
        return None
    champion = replace(
        champion,
        horizons=settings.horizons,
        months=settings.months,
        selection_months=settings.selection_months,
    )
    if champion == settings:
        return errors_of(forecast)
    return errors_of(make_forecast(History.of(tables), champion))


def _row_mae(champion: Bundle, evaluation: Evaluation, tables: CleanTables) -> float | None:
    """The champion's row model on the candidate's held-out months, if these have what it needs."""
    columns = [feature.name for feature in champion.sidecar.features]
    months = evaluation.forecasts.index
    table = _champion_features(champion, tables) if POLYNOMIAL in champion.files else None
    if table is None or not set(columns) <= set(table) or not set(months) <= set(table.index):
        return None
    polynomial = Polynomial.from_json(champion.files[POLYNOMIAL], where=champion.label)
    predicted = polynomial.predict(table.loc[months, columns].to_numpy(dtype=float))
    return float(np.mean(np.abs(predicted - table.loc[months, TARGET].to_numpy(dtype=float))))


def _champion_features(champion: Bundle, tables: CleanTables) -> pd.DataFrame | None:
    """The champion's feature set of today's tables; None if no month has all of it."""
    try:
        return build_features(
            tables.prices, tables.rainfall, tables.macro, features=champion.sidecar.feature_set
        )
    except TrainingError:  # the verdict says that it cannot be scored
        return None


def _new_data(forecast: Forecast, before: Forecast | None, drift: Drift | None) -> Iterator[str]:
    """What the candidate's data have that the champion's have not, in words."""
    if before and forecast.known["prices"] > before.known["prices"]:
        yield f"prices to {forecast.known['prices']}, the champion to {before.known['prices']}"
    if drift is not None and drift.new_months:
        yield f"{pluralize(len(drift.new_months), 'more month')} of features"
    if drift is not None and drift.revised:
        yield "revised past values"
