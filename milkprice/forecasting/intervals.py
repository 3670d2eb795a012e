"""Prediction intervals from the errors of a backtest: split conformal prediction.

Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World (2005). The errors are relative,
since prices grow: an interval is a factor down and a factor up.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from milkprice.forecasting.backtest import ACTUAL, FORECAST, HORIZON, known_targets
from milkprice.forecasting.document import Interval
from milkprice.training.errors import TrainingError


def conformal_factor(forecasts: np.ndarray, actuals: np.ndarray, *, level: float) -> float:
    """The factor within which a share of the prices lay, by the conformal quantile.

    Args:
        forecasts: Of a backtest at one horizon, CLP per litre.
        actuals: The prices of the same months.
        level: Share of prices that are to lie within, below 1.

    Returns:
        At least 1: prices lay between the forecast over it and the forecast times it.

    Raises:
        TrainingError: There are too few months for this level.
    """
    scores = np.sort(np.abs(np.log(actuals / forecasts)))
    rank = int(np.ceil((len(scores) + 1) * level))
    if rank > len(scores):
        raise TrainingError(
            f"An interval of {level:.0%} needs {months_needed(level)} backtest months, "
            f"there are {len(scores)}."
        )
    return float(np.exp(scores[rank - 1]))


def interval_around(forecast: float, factor: float) -> Interval:
    """The interval of a forecast."""
    return Interval(forecast / factor, forecast * factor)


def backtest_intervals(
    rows: pd.DataFrame, *, level: float, least: int | None = None, delay: int = 0
) -> list[Interval | None]:
    """The interval of each forecast of a backtest, made of the errors known at its origin.

    Args:
        rows: One forecaster's rows of a backtest at one horizon, in order of months.
        level: Of the intervals.
        least: Months with known errors before the first interval; by default those it needs.
        delay: Months after which prices were published in the backtest.

    Returns:
        One a row; None where too few errors were known.
    """
    if rows.empty:
        return []
    forecasts, actuals = rows[FORECAST].to_numpy(), rows[ACTUAL].to_numpy()
    horizon = int(rows[HORIZON].iloc[0])
    intervals: list[Interval | None] = []
    for index, forecast in enumerate(forecasts.tolist()):
        known = known_targets(index, horizon=horizon, delay=delay)
        if known < (months_needed(level) if least is None else least):
            intervals.append(None)
        else:
            factor = conformal_factor(forecasts[:known], actuals[:known], level=level)
            intervals.append(interval_around(forecast, factor))
    return intervals


def months_needed(level: float) -> int:
    """The least number of errors that an interval of a level is made of."""
    return int(np.ceil(round(level / (1 - level), 6)))  # 0.8 / (1 - 0.8) is a hair over 4
