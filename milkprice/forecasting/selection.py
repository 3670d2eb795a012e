"""Ensembles: forecasters combined at each moment by the errors that were known then."""

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
MEMBERS = 3  # one alone changes too often, all of them drag the worst along
MOST_MONTHS = 120  # the newest known errors that forecasters are ranked by
LEAST_MONTHS = 24  # known errors that a member must have


def with_ensembles(
    results: pd.DataFrame, candidates: Collection[str], *, delay: int = 0
) -> pd.DataFrame:
    """The rows of a backtest, then those of the average and of the top-3 ensemble."""
    parts = (
        results,
        average_ensemble(results, candidates),
        top3_ensemble(results, candidates, delay=delay),
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
    rows_of_candidates = results[results[FORECASTER].isin(candidates)]
    rows = [
        row
        for horizon in rows_of_candidates[HORIZON].unique().tolist()
        for row in _ensemble_rows(_Errors.of(rows_of_candidates, horizon), delay)
    ]
    return pd.DataFrame(rows, columns=results.columns)


def average_ensemble(results: pd.DataFrame, candidates: Collection[str]) -> pd.DataFrame:
    """The mean of all candidates that took part, as rows of a backtest by ``AVERAGE``."""
    rows = results[results[FORECASTER].isin(candidates)]
    keys = [HORIZON, ORIGIN, TARGET, ACTUAL]
    means = rows.groupby(keys)[FORECAST].agg(geometric_mean).reset_index()
    means[FORECASTER] = AVERAGE
    return means[list(results.columns)]


def top_forecasters(
    results: pd.DataFrame, available: Collection[str], *, horizon: int
) -> list[str]:
    """Members of the ensemble now, when every price of a backtest is known."""
    errors = _Errors.of(results[results[FORECASTER].isin(available)], horizon)
    return [errors.names[index] for index in errors.top(len(errors.targets))]


def geometric_mean(forecasts: ArrayLike) -> float:
    """The mean of forecasts by their logarithms: twice too high and half too low cancel out."""
    return float(np.exp(np.mean(np.log(forecasts))))


@dataclass(frozen=True)
class _Errors:
    """Forecasts and relative errors at one horizon, one row a month, one column a forecaster.

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
    def of(cls, results: pd.DataFrame, horizon: int) -> _Errors:
        rows = results[results[HORIZON] == horizon]
        forecasts = rows.pivot_table(index=TARGET, columns=FORECASTER, values=FORECAST)
        months = rows.drop_duplicates(TARGET).set_index(TARGET)
        by_month: dict[Any, float] = months[ACTUAL].to_dict()
        origins: dict[Any, pd.Period] = months[ORIGIN].to_dict()
        actuals = np.array([by_month[target] for target in forecasts.index])[:, None]
        values = forecasts.to_numpy()
        return cls(
            horizon=horizon,
            names=list(forecasts.columns),
            targets=list(forecasts.index),
            origins=origins,
            actuals=by_month,
            forecasts=values,
            errors=np.abs(values - actuals) / actuals,
        )

    def top(self, known: int, *, target: int | None = None) -> list[int]:
        """Columns of the best three by the newest of the known months; fewer if there are fewer.

        Args:
            known: Months whose errors are known.
            target: Row of the month to be forecast: who takes no part in it is left out.
        """
        errors = self.errors[max(0, known - MOST_MONTHS) : known]
        eligible = np.isfinite(errors).sum(axis=0) >= LEAST_MONTHS
        if target is not None:
            eligible &= np.isfinite(self.forecasts[target])
        means = np.full(len(self.names), np.inf)
        means[eligible] = np.nanmean(errors[:, eligible], axis=0)
        order = np.argsort(means, kind="stable")[:MEMBERS]
        return [int(index) for index in order if np.isfinite(means[index])]


def _ensemble_rows(errors: _Errors, delay: int) -> Iterator[tuple[object, ...]]:
    for index, target in enumerate(errors.targets):
        known = known_targets(index, horizon=errors.horizon, delay=delay)
        members = errors.top(known, target=index)
        if members:
            price = geometric_mean(errors.forecasts[index, members])
            yield (ENSEMBLE, errors.horizon, errors.origins[target], target, price,
                   errors.actuals[target])  # fmt: skip
