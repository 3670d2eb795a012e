"""Accuracy of forecasters in a backtest: the test of a gain, the leaderboard, and intervals.

Prediction intervals come from the errors of the backtest: split conformal prediction (Vovk,
Gammerman and Shafer, Algorithmic Learning in a Random World, 2005). The errors are relative, since
prices grow: an interval is a factor down and a factor up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from milkprice.forecasting.backtest import (
    ACTUAL,
    FORECAST,
    FORECASTER,
    HORIZON,
    TARGET,
    known_targets,
)
from milkprice.forecasting.document import Accuracy, Comparison, Interval, LeaderboardRow
from milkprice.training.errors import TrainingError

YEAR = 12


def accuracies(results: pd.DataFrame, prices: pd.Series) -> dict[tuple[str, int], Accuracy]:
    """Errors of each forecaster at each horizon.

    Args:
        results: Of a backtest.
        prices: The price history, for the scale of ``mase``: what was known before its first month.
    """
    before = prices.loc[: results[TARGET].min() - 1].to_numpy(dtype=float)
    if len(before) <= YEAR:
        raise TrainingError(f"MASE needs more than {YEAR} months of prices before the backtest.")
    scale = float(np.mean(np.abs(before[YEAR:] - before[:-YEAR])))
    accuracy: dict[tuple[str, int], Accuracy] = {}
    keys: Iterable[Any] = results.groupby([FORECASTER, HORIZON], sort=False)
    for (name, horizon), rows in keys:
        errors = (rows[FORECAST] - rows[ACTUAL]).to_numpy()
        mae = float(np.mean(np.abs(errors)))
        accuracy[name, int(horizon)] = Accuracy(
            mae=mae,
            rmse=float(np.sqrt(np.mean(errors**2))),
            mape=float(np.mean(np.abs(errors) / rows[ACTUAL].to_numpy())),
            mase=mae / scale if scale else None,
            months=len(rows),
        )
    return accuracy


def compare(first: np.ndarray, second: np.ndarray, *, horizon: int) -> Comparison:
    """Test whether one forecaster's absolute errors are smaller than another's.

    Forecasts ``horizon`` months ahead made month after month share what happened in between, so
    their errors go together over ``horizon - 1`` months; the variance takes that in, with the
    weights of Bartlett (Newey and West, 1987), which keep it positive. It finds a difference too
    often still: of equals, with 40 to 60 months and 3 to 12 ahead, 8 to 10 % at the level of 5 %.
    """
    months = len(first)
    if months != len(second) or months <= horizon + 1:
        raise TrainingError(
            f"To compare forecasts {horizon} months ahead, more than {horizon + 1} months are "
            f"needed, the same for both; there are {months} and {len(second)}."
        )
    difference = np.abs(second) - np.abs(first)
    gain = float(difference.mean())
    error = np.sqrt(_long_run_variance(difference - gain, horizon) / months)
    error *= np.sqrt(months / _effective_months(months, horizon))
    if error == 0:
        return Comparison(gain, gain, gain, 1.0 if gain == 0 else 0.0)
    spread = float(stdtrit(months - 1, 0.975) * error)
    p_value = float(2 * stdtr(months - 1, -abs(gain) / error))
    return Comparison(gain, gain - spread, gain + spread, p_value)


def _long_run_variance(centred: np.ndarray, horizon: int) -> float:
    """Long-run variance of a series around its mean."""
    months = len(centred)
    total = float(centred @ centred) / months
    for lag in range(1, horizon):
        weight = 1 - lag / horizon
        total += 2 * weight * float(centred[lag:] @ centred[:-lag]) / months
    return total


def _effective_months(months: int, horizon: int) -> float:
    """The effective number of months, after Harvey, Leybourne and Newbold."""
    return months + 1 - 2 * horizon + horizon * (horizon - 1) / months


def leaderboard(
    results: pd.DataFrame, prices: pd.Series, *, baselines: Collection[str]
) -> list[LeaderboardRow]:
    """Rank the forecasters of a backtest, the horizons in order, the smallest error first.

    Who took part in fewer months than the baselines comes after those who took part in all: its
    errors are of other months. It is compared on its own months, if they are enough for a test.
    """
    accuracy = accuracies(results, prices)
    ranked = []
    for horizon in sorted({horizon for _, horizon in accuracy}):
        here = {name: one for (name, other), one in accuracy.items() if other == horizon}
        base = min(baselines, key=lambda name: here[name].mae)
        errors = _errors(results[results[HORIZON] == horizon])
        for name in sorted(here, key=lambda name: (-here[name].months, here[name].mae)):
            comparison = None if name == base else _comparison(errors[[name, base]], horizon)
            ranked.append(LeaderboardRow(name, horizon, here[name], base, comparison))
    return ranked


def _comparison(errors: pd.DataFrame, horizon: int) -> Comparison | None:
    """Compare two forecasters on the months of both; None if those are too few for the test."""
    both = errors.dropna()
    if len(both) <= horizon + 1:
        return None
    return compare(both.iloc[:, 0].to_numpy(), both.iloc[:, 1].to_numpy(), horizon=horizon)


def _errors(rows: pd.DataFrame) -> pd.DataFrame:
    """Errors by month and forecaster, in order of months."""
    errors = rows.assign(error=rows[FORECAST] - rows[ACTUAL])
    return errors.pivot_table(index=TARGET, columns=FORECASTER, values="error")


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
