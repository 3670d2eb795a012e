"""Ensembles: forecasters combined at each moment by the errors that were known then."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from milkprice.forecasting.accuracy import ForecastTable, forecast_tables
from milkprice.forecasting.backtest import (
    ACTUAL,
    FORECAST,
    FORECASTER,
    HORIZON,
    ORIGIN,
    TARGET,
    known_targets,
)

ENSEMBLE = "top-3 ensemble"
AVERAGE = "average of all"
MEMBERS = 3  # one alone changes too often, all of them drag the worst along
MOST_MONTHS = 120  # the newest known errors that forecasters are ranked by
LEAST_MONTHS = 24  # known errors that a member must have


def with_ensembles(
    results: pd.DataFrame, candidates: Collection[str], *, delay: int = 0
) -> pd.DataFrame:
    """The rows of a backtest, then those of the average and of the top-3 ensemble."""
    tables = forecast_tables(results[results[FORECASTER].isin(candidates)])
    parts = (
        results,
        _average(tables, candidates, results.columns),
        _top3(tables, candidates, results.columns, delay=delay),
    )
    return pd.concat([part for part in parts if len(part)])


def top3_ensemble(
    results: pd.DataFrame, candidates: Collection[str], *, delay: int = 0
) -> pd.DataFrame:
    """At each moment the mean of the three whose known forecasts at this horizon were best.

    A backtest that picks the best of many by the months it reports flatters it. Here each pick is
    made from months that had passed when the forecast was made.

    Args:
        results: Of a backtest; the first months only serve to select by.
        candidates: Names of the forecasters to select from.
        delay: Months after which prices were published in the backtest.

    Returns:
        Rows as those of the backtest, by ``ENSEMBLE``; none for moments at which no candidate had
        24 known errors.
    """
    return _top3(forecast_tables(results), candidates, results.columns, delay=delay)


def average_ensemble(results: pd.DataFrame, candidates: Collection[str]) -> pd.DataFrame:
    """The mean of all candidates that took part, as rows of a backtest by ``AVERAGE``."""
    return _average(forecast_tables(results), candidates, results.columns)


def top_forecasters(table: ForecastTable, available: Collection[str]) -> list[str]:
    """Members of the ensemble at a table's horizon now, when every price of it is known."""
    names = _sorted(table, available)
    ranked = _ranked(table.select(names), table.actuals, np.array([len(table.targets)]))
    return [names[place] for place in ranked[0] if place >= 0]


def geometric_mean(forecasts: ArrayLike) -> float:
    """The mean of forecasts by their logarithms: twice too high and half too low cancel out."""
    return float(np.exp(np.mean(np.log(forecasts))))


def _top3(
    tables: Mapping[int, ForecastTable],
    candidates: Collection[str],
    columns: pd.Index,
    *,
    delay: int,
) -> pd.DataFrame:
    parts = []
    for horizon, table in tables.items():
        names = _sorted(table, candidates)
        forecasts = table.select(names)
        taking_part = np.flatnonzero(np.isfinite(forecasts).any(axis=1))
        forecasts, actuals = forecasts[taking_part], table.actuals[taking_part]
        known = np.array(
            [known_targets(one, horizon=horizon, delay=delay) for one in range(len(taking_part))],
            dtype=int,
        )
        members = _ranked(forecasts, actuals, known, least=np.isfinite(forecasts))
        prices = _means(np.take_along_axis(forecasts, members, axis=1), members >= 0)
        parts.append(_rows(table, taking_part, prices, ENSEMBLE))
    return _joined(parts, columns)


def _average(
    tables: Mapping[int, ForecastTable], candidates: Collection[str], columns: pd.Index
) -> pd.DataFrame:
    parts = []
    for _, table in sorted(tables.items()):
        forecasts = table.select([name for name in candidates if name in table.names])
        prices = _means(forecasts, np.isfinite(forecasts))
        parts.append(_rows(table, np.arange(len(prices)), prices, AVERAGE))
    return _joined(parts, columns)


def _sorted(table: ForecastTable, candidates: Collection[str]) -> list[str]:
    """The candidates of a table, so that of equals the first of the alphabet is taken."""
    return sorted(set(candidates) & set(table.names))


def _ranked(
    forecasts: np.ndarray,
    actuals: np.ndarray,
    known: np.ndarray,
    *,
    least: np.ndarray | bool = True,
) -> np.ndarray:
    """Columns of the best three by the newest of the known months, for each number of these.

    Args:
        forecasts: One row a month, one column a forecaster; NaN where it took no part.
        actuals: The prices of the months.
        known: How many of the first months had a known price, for each pick.
        least: Who may be picked, one row a pick.

    Returns:
        One row a pick, the best first; -1 where there are fewer than three.
    """
    errors = np.abs(forecasts - actuals[:, None]) / actuals[:, None]
    took_part = np.isfinite(errors)
    first = np.maximum(known - MOST_MONTHS, 0)
    sums = _running(np.where(took_part, errors, 0.0))
    counts = _running(took_part)
    months = counts[known] - counts[first]
    eligible = (months >= LEAST_MONTHS) & least
    means = np.where(eligible, (sums[known] - sums[first]) / np.maximum(months, 1), np.inf)
    order = np.argsort(means, axis=1, kind="stable")[:, :MEMBERS]
    return np.where(np.isfinite(np.take_along_axis(means, order, axis=1)), order, -1)


def _running(values: np.ndarray) -> np.ndarray:
    """Sums of the first rows: of none, of one, and so on."""
    return np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])


def _means(forecasts: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """The geometric mean of those taken of each row; NaN where none is.

    Rows with the same ones taken go together, and each is summed as if it were alone.
    """
    means = np.full(len(forecasts), np.nan)
    patterns, which = np.unique(taken, axis=0, return_inverse=True)
    for place, pattern in enumerate(patterns):
        if pattern.any():
            rows = np.flatnonzero(which == place)
            some = np.ascontiguousarray(forecasts[rows][:, pattern])
            means[rows] = np.exp(np.mean(np.log(some), axis=1))
    return means


def _rows(table: ForecastTable, months: np.ndarray, prices: np.ndarray, name: str) -> pd.DataFrame:
    """Rows of a backtest by an ensemble, for those of some months in which it has a price."""
    known = np.isfinite(prices)
    rows = months[known]
    return pd.DataFrame(
        {
            FORECASTER: name,
            HORIZON: table.horizon,
            ORIGIN: table.origins[rows],
            TARGET: table.targets[rows],
            FORECAST: prices[known],
            ACTUAL: table.actuals[rows],
        }
    )


def _joined(parts: Sequence[pd.DataFrame], columns: pd.Index) -> pd.DataFrame:
    some = [part for part in parts if len(part)]
    return pd.concat(some, ignore_index=True)[columns] if some else pd.DataFrame(columns=columns)
