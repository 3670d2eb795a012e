"""Prediction intervals from the errors that a backtest showed: split conformal prediction.

Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World (2005). The errors are relative,
since prices grow: an interval is a factor down and a factor up.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from milkprice.forecasting.backtest import ACTUAL, FORECAST, HORIZON, TARGET, known_targets
from milkprice.forecasting.document import Interval
from milkprice.training.errors import TrainingError


def spread(forecasts: np.ndarray, actuals: np.ndarray, *, level: float) -> float:
    """The factor within which a share of the prices lay, by the quantile that conformal asks for.

    Args:
        forecasts: Of a backtest at one horizon, CLP per litre.
        actuals: What came.
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


def around(forecast: float, factor: float) -> Interval:
    """The interval of a forecast."""
    return Interval(forecast / factor, forecast * factor)


def coverage(
    results: pd.DataFrame, *, level: float, least: int, delay: int = 0
) -> dict[int, float]:
    """The share of prices within their interval, each made of the errors known at its origin.

    Args:
        results: One forecaster's rows of a backtest.
        level: Of the intervals.
        least: Months with known errors before the first interval.
        delay: Months after which prices were published in the backtest.

    Returns:
        The share by horizon; a horizon with no interval is left out.
    """
    shares: dict[int, float] = {}
    for horizon in results[HORIZON].unique().tolist():
        rows = results[results[HORIZON] == horizon].sort_values(TARGET)
        ranges = earlier(rows, level=level, least=least, delay=delay)
        within = [actual in one for actual, one in zip(rows[ACTUAL], ranges, strict=True) if one]
        if within:
            shares[horizon] = float(np.mean(within))
    return shares


def earlier(
    rows: pd.DataFrame, *, level: float, least: int | None = None, delay: int = 0
) -> list[Interval | None]:
    """The interval of each forecast, made of the errors known at its origin.

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
    ranges: list[Interval | None] = []
    for place, forecast in enumerate(forecasts.tolist()):
        known = known_targets(place, horizon=horizon, delay=delay)
        if known < (months_needed(level) if least is None else least):
            ranges.append(None)
        else:
            factor = spread(forecasts[:known], actuals[:known], level=level)
            ranges.append(around(forecast, factor))
    return ranges


def months_needed(level: float) -> int:
    """How many errors an interval of a level is made of at least."""
    return int(np.ceil(round(level / (1 - level), 6)))  # 0.8 / (1 - 0.8) is a hair over 4
