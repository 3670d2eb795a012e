"""Whether a candidate is better than what anybody could say, and than the champion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from milkprice.forecasting.document import Forecast
from milkprice.validation.gate import Check

# The row model answers what-if questions and is scored on a dozen months, where chance alone moves
# its error by more than this; new forecasts must not wait for it.
ROWS_TOLERANCE = 0.10
SAME = 1e-6  # of an error; what the arrays of a model differ by from the model itself


@dataclass(frozen=True, kw_only=True)
class ModelErrors:
    """How well a model does, on given months.

    Attributes:
        forecasts: Mean absolute error of its forecasts by horizon, CLP per litre; None where it
            makes none.
        rows: Mean absolute error of its row model on the held-out months, CLP per litre; None where
            those lack what it needs.
    """

    forecasts: Mapping[int, float] | None
    rows: float | None


def errors_of(made: Forecast, *, rows: float | None) -> ModelErrors:
    """The form of a model by its forecast."""
    forecasts = {
        one.horizon: one.accuracy.mae
        for one in made.leaderboard
        if one.forecaster == made.forecaster
    }
    return ModelErrors(forecasts=forecasts, rows=rows)


def relative_error(first: Mapping[int, float], second: Mapping[int, float]) -> float:
    """The mean over horizons of how large the first's errors are beside the second's.

    The geometric mean of the ratios (Davydenko and Fildes, 2013): a horizon twice as good and one
    half as good cancel out, whatever their errors are.
    """
    ratios = [_ratio(first[horizon], second[horizon]) for horizon in first if horizon in second]
    with np.errstate(divide="ignore"):  # no error at all is 0 times any
        return float(np.exp(np.mean(np.log(ratios))))


def compare_with_baselines(made: Forecast) -> Check:
    """Whether the forecasts beat the best that anybody could say at each horizon, on average."""
    mine = errors_of(made, rows=None).forecasts or {}
    least = {
        one.horizon: one.accuracy.mae for one in made.leaderboard if one.forecaster == one.baseline
    }
    ratio = relative_error(mine, least)
    months = min(
        one.accuracy.months for one in made.leaderboard if one.forecaster == made.forecaster
    )
    return Check(
        "baselines",
        passed=ratio < 1,
        reason=f"the forecasts' errors are {ratio:.2f} times those of the best baselines over "
        f"{months} months",
    )


def compare_with_champion(
    mine: ModelErrors, champion: ModelErrors, *, news: str
) -> Iterator[Check]:
    """Whether a candidate may take the champion's place.

    Its forecasts may not be worse. The same way of forecasting makes the same errors on the same
    months, so a candidate must also bring something: newer or revised data, or a smaller error.

    Args:
        mine: The candidate's form.
        champion: The champion's, on the same months.
        news: What its data have that the champion's have not, in words; empty for nothing.
    """
    forecasts = _ratio_of_forecasts(mine, champion)
    rows = _ratio_of_rows(mine, champion)
    yield _forecasts(forecasts)
    yield _rows(rows, mine, champion)
    better = [
        *([f"it has {news}"] if news else []),
        *(["its forecasts are better"] if forecasts is not None and forecasts < 1 else []),
        *(["it makes forecasts"] if forecasts is None else []),
        *(["its row model is better"] if rows is not None and rows < 1 else []),
    ]
    if better:
        yield Check("progress", passed=True, reason=" and ".join(better))
    else:
        yield Check(
            "progress", passed=False, reason="neither its data nor its errors are any better"
        )


def _ratio_of_forecasts(mine: ModelErrors, champion: ModelErrors) -> float | None:
    if not mine.forecasts or not champion.forecasts:
        return None
    return relative_error(mine.forecasts, champion.forecasts)


def _ratio_of_rows(mine: ModelErrors, champion: ModelErrors) -> float | None:
    if mine.rows is None or champion.rows is None:
        return None
    return _ratio(mine.rows, champion.rows)


def _ratio(first: float, second: float) -> float:
    """How many times the second the first is; 1 if they are the same."""
    if abs(first - second) <= SAME * second:
        return 1.0
    return first / second if second else np.inf


def _forecasts(ratio: float | None) -> Check:
    if ratio is None:
        reason = "the champion brings no forecasts that could be made again"
        return Check("champion's forecasts", passed=True, reason=reason)
    if ratio == 1:
        return Check(
            "champion's forecasts",
            passed=True,
            reason="the forecasts are as good as the champion's",
        )
    said = f"the forecasts' errors are {ratio:.2f} times the champion's on the same months"
    return Check("champion's forecasts", passed=ratio < 1, reason=said)


def _rows(ratio: float | None, mine: ModelErrors, champion: ModelErrors) -> Check:
    if ratio is None:
        reason = "the champion's row model cannot be scored on the held-out months"
        return Check("champion's row model", passed=True, reason=reason)
    said = (
        f"the row model's error is {mine.rows:.2f}, the champion's on the same months "
        f"{champion.rows:.2f}"
    )
    return Check("champion's row model", passed=ratio <= 1 + ROWS_TOLERANCE, reason=said)
