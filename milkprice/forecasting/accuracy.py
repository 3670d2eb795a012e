"""Accuracy of forecasters in a backtest: the test of a gain, the leaderboard, and intervals.

Prediction intervals come from the errors of the backtest: split conformal prediction (Vovk,
Gammerman and Shafer, Algorithmic Learning in a Random World, 2005). The errors are relative, since
prices grow: an interval is a factor down and a factor up.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from milkprice.forecasting.backtest import (
    ACTUAL,
    FORECAST,
    FORECASTER,
    HORIZON,
    ORIGIN,
    TARGET,
    known_targets,
)
from milkprice.forecasting.document import Accuracy, Comparison, Interval, LeaderboardRow
from milkprice.training.errors import TrainingError

YEAR = 12


@dataclass(frozen=True)
class ForecastTable:
    """Forecasts of a backtest at one horizon: one row a month, one column a forecaster.

    Attributes:
        horizon: Months ahead.
        names: The forecasters, in the order in which they first took part.
        targets: The months, in order.
        origins: The months at whose ends their forecasts were made.
        forecasts: CLP per litre; NaN where a forecaster took no part.
        actuals: The prices of the months.
    """

    horizon: int
    names: list[str]
    targets: Any
    origins: Any
    forecasts: np.ndarray
    actuals: np.ndarray

    def select(self, names: Sequence[str]) -> np.ndarray:
        """The columns of some of its forecasters, in their order, row by row in memory."""
        columns = [self.names.index(name) for name in names]
        return np.ascontiguousarray(self.forecasts[:, columns])

    def of(self, name: str) -> tuple[Any, np.ndarray, np.ndarray]:
        """Months, forecasts and prices of a forecaster, where it took part."""
        forecasts = self.forecasts[:, self.names.index(name)]
        known = ~np.isnan(forecasts)
        return self.targets[known], forecasts[known], self.actuals[known]


def forecast_tables(results: pd.DataFrame) -> dict[int, ForecastTable]:
    """The forecasts of a backtest by horizon, in the order in which horizons first come."""
    horizons = results[HORIZON].to_numpy()
    columns = {name: results[name].array for name in (FORECASTER, TARGET, ORIGIN)}
    columns |= {name: results[name].to_numpy(dtype=float) for name in (FORECAST, ACTUAL)}
    return {
        horizon: _table(horizon, {name: one[rows] for name, one in columns.items()})
        for horizon in dict.fromkeys(horizons.tolist())
        for rows in (np.flatnonzero(horizons == horizon),)
    }


def _table(horizon: int, columns: dict[str, Any]) -> ForecastTable:
    who, names = pd.factorize(np.asarray(columns[FORECASTER], dtype=object))
    when, targets = pd.factorize(columns[TARGET], sort=True)
    forecasts = np.full((len(targets), len(names)), np.nan)
    forecasts[when, who] = columns[FORECAST]
    _, first = np.unique(when, return_index=True)
    origins, actuals = columns[ORIGIN][first], columns[ACTUAL][first]
    return ForecastTable(horizon, list(names), targets, origins, forecasts, actuals)


def accuracies(results: pd.DataFrame, prices: pd.Series) -> dict[tuple[str, int], Accuracy]:
    """Errors of each forecaster at each horizon.

    Args:
        results: Of a backtest.
        prices: The price history, for the scale of ``mase``: what was known before its first month.
    """
    return _accuracies(forecast_tables(results), prices)


def _accuracies(
    tables: dict[int, ForecastTable], prices: pd.Series
) -> dict[tuple[str, int], Accuracy]:
    first = min(table.targets[0] for table in tables.values())
    before = prices.loc[: first - 1].to_numpy(dtype=float)
    if len(before) <= YEAR:
        raise TrainingError(f"MASE needs more than {YEAR} months of prices before the backtest.")
    scale = float(np.mean(np.abs(before[YEAR:] - before[:-YEAR])))
    return {
        (name, table.horizon): _accuracy(*table.of(name)[1:], scale)
        for table in tables.values()
        for name in table.names
    }


def _accuracy(forecasts: np.ndarray, actuals: np.ndarray, scale: float) -> Accuracy:
    errors = forecasts - actuals
    mae = float(np.mean(np.abs(errors)))
    return Accuracy(
        mae=mae,
        rmse=float(np.sqrt(np.mean(errors**2))),
        mape=float(np.mean(np.abs(errors) / actuals)),
        mase=mae / scale if scale else None,
        months=len(errors),
    )


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
    tables = forecast_tables(results)
    accuracy = _accuracies(tables, prices)
    return [
        row
        for horizon in sorted(tables)
        for row in _ranked(tables[horizon], accuracy, baselines=baselines)
    ]


def _ranked(
    table: ForecastTable,
    accuracy: dict[tuple[str, int], Accuracy],
    *,
    baselines: Collection[str],
) -> Iterator[LeaderboardRow]:
    """The forecasters at one horizon, the best first."""
    horizon = table.horizon
    here = {name: accuracy[name, horizon] for name in table.names}
    base = min(baselines, key=lambda name: here[name].mae)
    errors = table.forecasts - table.actuals[:, None]
    of_base = errors[:, table.names.index(base)]
    for name in sorted(here, key=lambda name: (-here[name].months, here[name].mae)):
        own = errors[:, table.names.index(name)]
        comparison = None if name == base else _comparison(own, of_base, horizon)
        yield LeaderboardRow(name, horizon, here[name], base, comparison)


def _comparison(first: np.ndarray, second: np.ndarray, horizon: int) -> Comparison | None:
    """Compare two forecasters on the months of both; None if those are too few for the test."""
    both = ~(np.isnan(first) | np.isnan(second))
    if both.sum() <= horizon + 1:
        return None
    return compare(first[both], second[both], horizon=horizon)


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
    return _factor(np.sort(_scores(forecasts, actuals)), level)


def _scores(forecasts: np.ndarray, actuals: np.ndarray) -> np.ndarray:
    """How far prices lay from their forecasts, as logarithms of factors."""
    scores: np.ndarray = np.abs(np.log(actuals / forecasts))
    return scores


def _factor(ordered: Sequence[float] | np.ndarray, level: float) -> float:
    """The conformal quantile of scores in order, as a factor."""
    rank = int(np.ceil((len(ordered) + 1) * level))
    if rank > len(ordered):
        raise TrainingError(
            f"An interval of {level:.0%} needs {months_needed(level)} backtest months, "
            f"there are {len(ordered)}."
        )
    return float(np.exp(ordered[rank - 1]))


def interval_around(forecast: float, factor: float) -> Interval:
    """The interval of a forecast."""
    return Interval(forecast / factor, forecast * factor)


def backtest_intervals(
    forecasts: np.ndarray,
    actuals: np.ndarray,
    *,
    horizon: int,
    level: float,
    least: int | None = None,
    delay: int = 0,
) -> list[Interval | None]:
    """The interval of each forecast of a backtest, made of the errors known at its origin.

    Args:
        forecasts: One forecaster's at one horizon, in order of months, CLP per litre.
        actuals: The prices of the same months.
        horizon: Months ahead.
        level: Of the intervals.
        least: Months with known errors before the first interval; by default those it needs.
        delay: Months after which prices were published in the backtest.

    Returns:
        One a forecast; None where too few errors were known.
    """
    scores = _scores(forecasts, actuals).tolist()
    needed = months_needed(level) if least is None else least
    ordered: list[float] = []  # the known ones
    intervals: list[Interval | None] = []
    for index, forecast in enumerate(forecasts.tolist()):
        known = known_targets(index, horizon=horizon, delay=delay)
        for score in scores[len(ordered) : known]:
            insort(ordered, score)
        enough = known >= needed
        intervals.append(interval_around(forecast, _factor(ordered, level)) if enough else None)
    return intervals


def months_needed(level: float) -> int:
    """The least number of errors that an interval of a level is made of."""
    return int(np.ceil(round(level / (1 - level), 6)))  # 0.8 / (1 - 0.8) is a hair over 4
