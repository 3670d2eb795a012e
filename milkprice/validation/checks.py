"""All checks of a candidate: of its data, against the baselines, and against the champion.

The champion is scored again on the candidate's months, so that both are compared on the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from milkprice.data.checks import Finding, Findings, stops, warnings
from milkprice.data.cleaning import CleanTables
from milkprice.features import build_features, target_of
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
from milkprice.validation.drift import Drift
from milkprice.validation.gate import Check, Verdict, decide

# The row model answers what-if questions and is scored on a dozen months, where chance alone moves
# its error by more than this; new forecasts must not wait for it.
ROW_TOLERANCE = 0.10
LEAST_ERROR = 1e-9  # share of the price; what is less is rounding, and no error counts as much
MOST_TIMES = 1000  # an error that is so many times another is written as more than that
EQUAL = 1e-6  # of an error; what the arrays of a model differ by from the model itself

MAX_SHIFTED = 0.25  # share of features


@dataclass(frozen=True, kw_only=True)
class ModelErrors:
    """The errors of a model on given months.

    Attributes:
        forecast_mae: Mean absolute error of its forecasts by horizon, CLP per litre; None where it
            makes none.
        row_mae: Mean absolute error of its row model on the held-out months, CLP per litre; None
            where these lack what it needs.
    """

    forecast_mae: Mapping[int, float] | None
    row_mae: float | None


def errors_of(forecast: Forecast) -> dict[int, float]:
    """Mean absolute error of a model's own forecasts by horizon, CLP per litre."""
    return {
        row.horizon: _error(row.accuracy.mae, forecast)
        for row in forecast.leaderboard
        if row.forecaster == forecast.forecaster
    }


def relative_error(first: Mapping[int, float], second: Mapping[int, float]) -> float:
    """The mean over horizons of how large the first's errors are beside the second's.

    The geometric mean of the ratios (Davydenko and Fildes, 2013): a horizon twice as good and one
    half as good cancel out, whatever their errors are. None of these is 0.
    """
    ratios = [_ratio(first[horizon], second[horizon]) for horizon in first if horizon in second]
    return float(np.exp(np.mean(np.log(ratios))))


def _error(mae: float, forecast: Forecast) -> float:
    """An error that others can be divided by: never 0, as on a price that rises evenly."""
    return max(mae, LEAST_ERROR * forecast.prices[-1])


def _ratio(first: float, second: float) -> float:
    """How many times the second the first is; 1 if they are the same."""
    return 1.0 if abs(first - second) <= EQUAL * second else first / second


def _times(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < MOST_TIMES else f"over {MOST_TIMES:,}"


def compare_with_baselines(forecast: Forecast) -> Check:
    """Whether the forecasts beat the best baseline of each horizon, on average."""
    rows = [row for row in forecast.leaderboard if row.forecaster == forecast.forecaster]
    best = {
        row.horizon: _error(row.accuracy.mae, forecast)
        for row in forecast.leaderboard
        if row.forecaster == row.baseline
    }
    ratio = relative_error(errors_of(forecast), best)
    months = min(row.accuracy.months for row in rows)
    reason = (
        f"the forecasts' errors are {_times(ratio)} times those of the best baselines over "
        f"{months} months"
    )
    return Check("baselines", passed=ratio < 1, reason=reason)


def compare_with_champion(
    candidate: ModelErrors, champion: ModelErrors, *, new_data: str, decimals: int = 2
) -> Iterator[Check]:
    """Whether a candidate may take the champion's place.

    Its forecasts may not be worse. The same way of forecasting makes the same errors on the same
    months, so a candidate must also bring something: newer or revised data, or a smaller error.

    Args:
        candidate: The candidate's errors.
        champion: The champion's, on the same months.
        new_data: What its data have that the champion's have not, in words; empty for nothing.
        decimals: Of errors in the words of the checks.
    """
    forecasts, rows = _forecast_ratio(candidate, champion), _row_ratio(candidate, champion)
    yield _forecast_check(forecasts)
    yield _row_check(rows, candidate, champion, decimals)
    yield _progress_check(forecasts, rows, new_data)


def _forecast_ratio(candidate: ModelErrors, champion: ModelErrors) -> float | None:
    if not candidate.forecast_mae or not champion.forecast_mae:
        return None
    return relative_error(candidate.forecast_mae, champion.forecast_mae)


def _row_ratio(candidate: ModelErrors, champion: ModelErrors) -> float | None:
    if candidate.row_mae is None or champion.row_mae is None:
        return None
    return _ratio(candidate.row_mae, champion.row_mae)


def _forecast_check(ratio: float | None) -> Check:
    if ratio is None:
        reason = "the champion has no forecasts that could be made again"
    elif ratio == 1:
        reason = "the forecasts are as good as the champion's"
    else:
        reason = (
            f"the forecasts' errors are {_times(ratio)} times the champion's on the same months"
        )
    return Check("champion's forecasts", passed=ratio is None or ratio <= 1, reason=reason)


def _row_check(
    ratio: float | None, candidate: ModelErrors, champion: ModelErrors, decimals: int
) -> Check:
    reason = "the champion's row model cannot be scored on the held-out months"
    if ratio is not None:
        reason = (
            f"the row model's error is {candidate.row_mae:.{decimals}f}, the champion's on the "
            f"same months {champion.row_mae:.{decimals}f}"
        )
    passed = ratio is None or ratio <= 1 + ROW_TOLERANCE
    return Check("champion's row model", passed=passed, reason=reason)


def _progress_check(forecasts: float | None, rows: float | None, new_data: str) -> Check:
    progress = [
        *([f"it has {new_data}"] if new_data else []),
        *(["its forecasts are better"] if forecasts is not None and forecasts < 1 else []),
        *(["it makes forecasts"] if forecasts is None else []),
        *(["its row model is better"] if rows is not None and rows < 1 else []),
    ]
    nothing = "neither its data nor its errors are any better"
    return Check("progress", passed=bool(progress), reason=" and ".join(progress) or nothing)


def judge(
    candidate: Bundle,
    champion: Bundle | None,
    *,
    evaluation: Evaluation,
    tables: CleanTables,
    findings: Findings,
    drift: Drift | None,
    gate: Gate,
) -> Verdict:
    """Decide whether a candidate may take the champion's place, and why."""
    checks = [*data_checks(findings, drift), compare_with_baselines(forecast_of(candidate))]
    if champion is not None:
        checks += _champion_checks(candidate, champion, evaluation, tables, drift)
    version = champion.sidecar.version if champion else None
    return decide(checks, gate=gate, champion=version, warnings=warnings(findings))


def data_checks(findings: Sequence[Finding], drift: Drift | None) -> Iterator[Check]:
    """Check the findings about the source, and how far the features have shifted."""
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
        forecast_mae=errors_of(forecast),
        row_mae=_error(evaluation.scores[MODEL].mae, forecast),
    )
    row_mae = _row_mae(champion, evaluation, tables)
    champion_errors = ModelErrors(
        forecast_mae=_forecast_mae(forecast, before, tables) if before else None,
        row_mae=None if row_mae is None else _error(row_mae, forecast),
    )
    new_data = ", ".join(_new_data(forecast, before, drift))
    return compare_with_champion(
        candidate_errors, champion_errors, new_data=new_data, decimals=forecast.decimals(2)
    )


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
    actual = table.loc[months, target_of(table)].to_numpy(dtype=float)
    return float(np.mean(np.abs(predicted - actual)))


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
