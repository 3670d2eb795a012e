"""Appraisal: the champion scored again on the candidate's months, and all checks together.

Whether the data of a candidate are fit to learn from, as the gate has it.
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
from milkprice.validation.drift import SIGNIFICANT_SHIFT, Drift
from milkprice.validation.gate import Check, Verdict, judge


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
    """Say whether a candidate may take the champion's place, and why.

    Args:
        candidate: The assembled candidate.
        champion: The version in use; None when there is none.
        evaluation: Its row model on the held-out months.
        tables: What it was made of.
        findings: What was wrong with these.
        drift: What has changed since the champion was trained.
        gate: When it may.
    """
    checks = [
        *data_checks(findings, drift),
        compare_with_baselines(forecast_of(candidate)),
        *(_contest(candidate, champion, evaluation, tables, drift) if champion else ()),
    ]
    against = champion.sidecar.version if champion else None
    return judge(checks, gate=gate, champion=against, warnings=warnings(findings))


def _contest(
    candidate: Bundle,
    champion: Bundle,
    evaluation: Evaluation,
    tables: CleanTables,
    drift: Drift | None,
) -> Iterator[Check]:
    made = forecast_of(candidate)
    before = bundle_forecast(champion.files, where=champion.label)
    mine = errors_of(made, rows=evaluation.scores[MODEL].mae)
    theirs = ModelErrors(
        forecasts=_forecast_errors(made, before, tables) if before else None,
        rows=_row_error(champion, evaluation, tables),
    )
    return compare_with_champion(mine, theirs, news=_news(made, before, drift))


def _forecast_errors(
    made: Forecast, before: Forecast, tables: CleanTables
) -> Mapping[int, float] | None:
    """The champion's way of forecasting, on the candidate's data, months and horizons.

    None where it was made by forecasters that there are no longer.
    """
    mine, recipe = ForecastSettings.of(made.settings), ForecastSettings.of(before.settings)
    if not set(recipe.forecasters) <= {one.name for one in candidates(recipe.delays)}:
        return None
    theirs = replace(
        recipe,
        horizons=mine.horizons,
        months=mine.months,
        selection_months=mine.selection_months,
    )
    again = made if theirs == mine else make_forecast(History.of(tables), theirs)
    return errors_of(again, rows=None).forecasts


def _row_error(champion: Bundle, evaluation: Evaluation, tables: CleanTables) -> float | None:
    """The champion's row model on the candidate's held-out months, if these have what it needs."""
    wanted = [feature.name for feature in champion.sidecar.features]
    months = evaluation.forecasts.index
    table = _features_for(champion, tables) if POLYNOMIAL in champion.files else None
    if table is None or not set(wanted) <= set(table) or not set(months) <= set(table.index):
        return None
    polynomial = Polynomial.from_json(champion.files[POLYNOMIAL], where=champion.label)
    predicted = polynomial.predict(table.loc[months, wanted].to_numpy(dtype=float))
    return float(np.mean(np.abs(predicted - table.loc[months, TARGET].to_numpy(dtype=float))))


def _features_for(champion: Bundle, tables: CleanTables) -> pd.DataFrame | None:
    """The champion's feature set of today's tables; None if no month has all of it."""
    try:
        return build_features(
            tables.prices, tables.rainfall, tables.macro, features=champion.sidecar.feature_set
        )
    except TrainingError:  # the verdict says that it cannot be scored
        return None


def _news(made: Forecast, before: Forecast | None, drift: Drift | None) -> str:
    """What the candidate's data have that the champion's have not."""
    found = []
    if before and made.known["prices"] > before.known["prices"]:
        found.append(f"prices to {made.known['prices']}, the champion to {before.known['prices']}")
    if drift is not None and drift.new_months:
        found.append(f"{pluralize(len(drift.new_months), 'more month')} of features")
    if drift is not None and drift.revised:
        found.append("revised past values")
    return ", ".join(found)


MOST_MOVED = 0.25  # share of features


def data_checks(findings: Sequence[Finding], drift: Drift | None) -> Iterator[Check]:
    """Look at what was found wrong with the source, and at how far the features have shifted.

    Args:
        findings: Of the data checks; one that stops got this far by force alone.
        drift: What has changed since the champion was trained; None where there is none.
    """
    yield _source(findings)
    if drift is not None:
        yield _population(drift)


def _source(findings: Sequence[Finding]) -> Check:
    against = stops(findings)
    said = len(warnings(findings))
    nothing = "nothing wrong with the source" + (
        f" but {pluralize(said, 'warning')}" if said else ""
    )
    return Check("source", passed=not against, reason="; ".join(against) or nothing)


def _population(drift: Drift) -> Check:
    another = [one for one in drift.shifts if one.index > SIGNIFICANT_SHIFT]
    found = f"{len(another)} of {len(drift.shifts)} features are of another population"
    passed = len(another) <= MOST_MOVED * len(drift.shifts)
    return Check(
        "population", passed=passed, reason=found if passed else f"{found}, over {MOST_MOVED:.0%}"
    )
