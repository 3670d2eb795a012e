"""Choice: who is asked at each moment, by the errors that were known then."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

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
TOGETHER = 3  # one alone changes too often, all of them drag the worst along
JUDGED = 120  # the newest known errors are looked at
LEAST = 24  # of each that may be chosen


def choose(results: pd.DataFrame, candidates: Collection[str], *, delay: int = 0) -> pd.DataFrame:
    """At each moment the mean of the three whose known forecasts at this horizon were best.

    A backtest that picks the best of many by the months it reports flatters it. Here each pick is
    made from months that had passed when the forecast was made.

    Args:
        results: Of a backtest; the first months only serve to choose by.
        candidates: Names of those that may be chosen.
        delay: Months after which prices were published in the backtest.

    Returns:
        Rows as those of the backtest, by ``ENSEMBLE``; none for moments at which fewer than 24
        months were known of anybody.
    """
    mine = results[results[FORECASTER].isin(candidates)]
    rows = [
        row
        for horizon in mine[HORIZON].unique().tolist()
        for row in _choices(_Record.of(mine, horizon), delay)
    ]
    return pd.DataFrame(rows, columns=results.columns)


def average(results: pd.DataFrame, candidates: Collection[str]) -> pd.DataFrame:
    """The mean of all who took part, as rows of a backtest by ``AVERAGE``."""
    mine = results[results[FORECASTER].isin(candidates)]
    keys = [HORIZON, ORIGIN, TARGET, ACTUAL]
    made = mine.groupby(keys)[FORECAST].agg(mean).reset_index()
    made[FORECASTER] = AVERAGE
    return made[list(results.columns)]


def together(results: pd.DataFrame, candidates: Collection[str], *, delay: int = 0) -> pd.DataFrame:
    """The rows of a backtest, and those by ``AVERAGE`` and by ``ENSEMBLE`` after them."""
    parts = (results, average(results, candidates), choose(results, candidates, delay=delay))
    return pd.concat([part for part in parts if len(part)])


def best(results: pd.DataFrame, available: Collection[str], *, horizon: int) -> list[str]:
    """Who would be asked now, when every price of a backtest is known.

    Args:
        results: Of a backtest.
        available: Names of those that can forecast now.
        horizon: Months ahead.

    Returns:
        Their names, the best first; as many as there are, at most three.
    """
    mine = results[results[FORECASTER].isin(available)]
    record = _Record.of(mine, horizon)
    return [record.names[place] for place in record.ranked(len(record.targets))]


@dataclass(frozen=True)
class _Record:
    """Forecasts and errors at one horizon, one row a month, one column a forecaster.

    Where a forecaster took no part, both are NaN.
    """

    horizon: int
    names: list[str]
    targets: list[pd.Period]
    origins: dict[pd.Period, pd.Period]
    actuals: dict[pd.Period, float]
    forecasts: np.ndarray
    errors: np.ndarray

    @classmethod
    def of(cls, results: pd.DataFrame, horizon: int) -> _Record:
        rows = results[results[HORIZON] == horizon]
        forecasts = rows.pivot_table(index=TARGET, columns=FORECASTER, values=FORECAST)
        months = rows.drop_duplicates(TARGET).set_index(TARGET)
        actuals: dict[Any, float] = months[ACTUAL].to_dict()
        origins: dict[Any, pd.Period] = months[ORIGIN].to_dict()
        came = np.array([actuals[target] for target in forecasts.index])[:, None]
        values = forecasts.to_numpy()
        return cls(
            horizon=horizon,
            names=list(forecasts.columns),
            targets=list(forecasts.index),
            origins=origins,
            actuals=actuals,
            forecasts=values,
            errors=np.abs(values - came) / came,
        )

    def ranked(self, known: int, *, of: int | None = None) -> list[int]:
        """Places of the best three by the newest of so many known months; fewer if there are.

        Args:
            known: Months whose errors are known.
            of: The month to be forecast, by its place: who takes no part in it is not asked.
        """
        errors = self.errors[max(0, known - JUDGED) : known]
        counted = np.isfinite(errors).sum(axis=0)
        may = counted >= LEAST
        if of is not None:
            may &= np.isfinite(self.forecasts[of])
        means = np.full(len(self.names), np.inf)
        means[may] = np.nanmean(errors[:, may], axis=0)
        order = np.argsort(means, kind="stable")[:TOGETHER]
        return [int(place) for place in order if np.isfinite(means[place])]


def mean(forecasts: ArrayLike) -> float:
    """The mean of forecasts by their logarithms: twice too high and half too low cancel out."""
    return float(np.exp(np.mean(np.log(forecasts))))


def _choices(record: _Record, delay: int) -> Iterator[tuple[object, ...]]:
    for place, target in enumerate(record.targets):
        known = known_targets(place, horizon=record.horizon, delay=delay)
        asked = record.ranked(known, of=place)
        if asked:
            price = mean(record.forecasts[place, asked])
            yield (ENSEMBLE, record.horizon, record.origins[target], target, price,
                   record.actuals[target])  # fmt: skip
