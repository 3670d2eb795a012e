"""Whether a candidate's errors are smaller than the baselines', and than the champion's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from milkprice.forecasting.document import Forecast
from milkprice.validation.gate import Check

# The row model answers what-if questions and is scored on a dozen months, where chance alone moves
# its error by more than this; new forecasts must not wait for it.
ROW_TOLERANCE = 0.10
EQUAL = 1e-6  # of an error; what the arrays of a model differ by from the model itself


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
        row.horizon: row.accuracy.mae
        for row in forecast.leaderboard
        if row.forecaster == forecast.forecaster
    }


def relative_error(first: Mapping[int, float], second: Mapping[int, float]) -> float:
    """The mean over horizons of how large the first's errors are beside the second's.

    The geometric mean of the ratios (Davydenko and Fildes, 2013): a horizon twice as good and one
    half as good cancel out, whatever their errors are.
    """
    ratios = [_ratio(first[horizon], second[horizon]) for horizon in first if horizon in second]
    with np.errstate(divide="ignore"):  # no error at all is 0 times any
        return float(np.exp(np.mean(np.log(ratios))))


def _ratio(first: float, second: float) -> float:
    """How many times the second the first is; 1 if they are the same."""
    if abs(first - second) <= EQUAL * second:
        return 1.0
    return first / second if second else np.inf


def compare_with_baselines(forecast: Forecast) -> Check:
    """Whether the forecasts beat the best baseline of each horizon, on average."""
    rows = [row for row in forecast.leaderboard if row.forecaster == forecast.forecaster]
    best = {
        row.horizon: row.accuracy.mae
        for row in forecast.leaderboard
        if row.forecaster == row.baseline
    }
    ratio = relative_error(errors_of(forecast), best)
    months = min(row.accuracy.months for row in rows)
    reason = (
        f"the forecasts' errors are {ratio:.2f} times those of the best baselines over "
        f"{months} months"
    )
    return Check("baselines", passed=ratio < 1, reason=reason)


def compare_with_champion(
    candidate: ModelErrors, champion: ModelErrors, *, new_data: str
) -> Iterator[Check]:
    """Whether a candidate may take the champion's place.

    Its forecasts may not be worse. The same way of forecasting makes the same errors on the same
    months, so a candidate must also bring something: newer or revised data, or a smaller error.

    Args:
        candidate: The candidate's errors.
        champion: The champion's, on the same months.
        new_data: What its data have that the champion's have not, in words; empty for nothing.
    """
    forecasts, rows = _forecast_ratio(candidate, champion), _row_ratio(candidate, champion)
    yield _forecast_check(forecasts)
    yield _row_check(rows, candidate, champion)
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
        reason = f"the forecasts' errors are {ratio:.2f} times the champion's on the same months"
    return Check("champion's forecasts", passed=ratio is None or ratio <= 1, reason=reason)


def _row_check(ratio: float | None, candidate: ModelErrors, champion: ModelErrors) -> Check:
    reason = "the champion's row model cannot be scored on the held-out months"
    if ratio is not None:
        reason = (
            f"the row model's error is {candidate.row_mae:.2f}, the champion's on the same months "
            f"{champion.row_mae:.2f}"
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
