"""Regressions on changes of the price, one for each horizon, over the whole price history."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNetCV, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.history import History

YEAR = 12
LAGS = (1, 2, 3, 4, 6, 9, 12)
MEANS = (3, 6, 12, 24, 36)  # months of the moving averages that the price is compared with
YEARS = 4  # past years whose change from this month to the target's is a feature
HARMONICS = (1, 2)
ALPHAS = np.logspace(-1, 3, 9)
LEAST_ROWS = 24  # fewer say nothing of a year
CACHED = 4096  # regressions; a backtest of ten years by four of them fits some five hundred


@dataclass(frozen=True)
class Design:
    """Rows to fit a regression to.

    Attributes:
        features: One row an origin, in order of time.
        changes: Logarithm of the price ``horizon`` months later over that at the origin.
    """

    features: np.ndarray
    changes: np.ndarray


def months_before(horizon: int) -> int:
    """Months that a row needs before it."""
    return YEAR * (_nearest(horizon) + YEARS - 1)


def design(prices: pd.Series, horizon: int) -> Design:
    """Features and changes over a horizon, of a price history.

    All features are differences of logarithms, known at their origin: the changes up to it, its
    distance to moving averages, and how the price went from that month to the target's in past
    years; besides the seasons of both months.

    Args:
        prices: CLP per litre, one a month without holes, the last one known.
        horizon: Months ahead, at least 1.
    """
    logs, month = _logs(prices)
    origins = np.arange(months_before(horizon), len(logs) - horizon)
    return Design(
        features=_features(logs, month, origins, horizon),
        changes=logs[origins + horizon] - logs[origins],
    )


def newest_features(prices: pd.Series, horizon: int) -> np.ndarray:
    """The features at the last known month."""
    logs, month = _logs(prices)
    features: np.ndarray = _features(logs, month, np.array([len(logs) - 1]), horizon)[0]
    return features


def _logs(prices: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of the prices, and their months of the year."""
    return np.log(prices.to_numpy(dtype=float)), pd.PeriodIndex(prices.index).month.to_numpy()


def _features(logs: np.ndarray, month: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
    sums = np.concatenate([[0.0], np.cumsum(logs)])
    past = [logs[origins] - logs[origins - lag] for lag in LAGS]
    distances = [
        logs[origins] - (sums[origins + 1] - sums[origins + 1 - months]) / months
        for months in MEANS
    ]
    nearest = _nearest(horizon)
    years = [
        logs[origins + horizon - YEAR * year] - logs[origins - YEAR * year]
        for year in range(nearest, nearest + YEARS)
    ]
    means = [np.mean(years[:2], axis=0), np.mean(years, axis=0)]
    seasons = [
        wave(2 * np.pi * harmonic * (month[origins] + months) / YEAR)
        for months in (0, horizon)
        for harmonic in HARMONICS
        for wave in (np.sin, np.cos)
    ]
    return np.column_stack([*past, *distances, *years, *means, *seasons])


def _nearest(horizon: int) -> int:
    """How many years ago the target's month was last known for sure."""
    return -(-horizon // YEAR)


def ridge() -> Any:
    """Ridge regression; its penalty by leave-one-out on its training rows."""
    return make_pipeline(StandardScaler(), RidgeCV(alphas=ALPHAS))


def elastic_net() -> Any:
    """Elastic net; its penalty by cross-validation on its training rows."""
    return make_pipeline(
        StandardScaler(), ElasticNetCV(l1_ratio=0.5, alphas=20, cv=5, tol=1e-3, max_iter=20_000)
    )


def boosted_trees() -> Any:
    """Gradient-boosted trees, small and many: months are few.

    Not the histogram kind: its threads wait for each other longer than so few rows take.
    """
    return GradientBoostingRegressor(
        n_estimators=100,
        learning_rate=0.05,
        max_depth=3,
        min_samples_leaf=10,
        subsample=0.5,
        max_features=0.4,
        random_state=0,
    )


@dataclass(frozen=True)
class Regression:
    """A regression on changes, one for each horizon.

    Attributes:
        name: Its name in tables.
        estimator: Makes the unfitted regression.
        months: Newest rows it is fitted to; None for all of them.
        refit: It is fitted again every so many months, at 12 each January to the years before: its
            features are always the newest, its coefficients hardly change within a year, and a
            backtest over years takes a tenth of the time.
    """

    name: str
    estimator: Callable[[], Any]
    months: int | None = None
    refit: int = 1

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        known = history.prices
        training = known.loc[: last_refit(history.last, self.refit)]
        return {horizon: self._forecast(known, training, horizon) for horizon in horizons}

    def _forecast(self, known: pd.Series, training: pd.Series, horizon: int) -> float:
        needed = months_before(horizon) + horizon + LEAST_ROWS
        if len(training) < needed:
            raise HistoryTooShortError(
                forecaster=self.name,
                needed=f"{needed} months of prices for {horizon} months ahead",
                available=f"{len(training)}",
            )
        model = _fit(self.estimator, self.months, horizon, _Prices.of(training))
        change = model.predict(newest_features(known, horizon)[None, :])[0]
        return float(known.iloc[-1] * np.exp(change))


def last_refit(month: pd.Period, every: int) -> pd.Period:
    """The last month of the training data of a model that is fitted every so many months."""
    return month - (month.ordinal + 1) % every


@dataclass(frozen=True)
class _Prices:
    """A price history as a key of a cache."""

    first: pd.Period
    values: bytes

    @classmethod
    def of(cls, prices: pd.Series) -> _Prices:
        return cls(prices.index[0], prices.to_numpy(dtype=float).tobytes())

    def series(self) -> pd.Series:
        values = np.frombuffer(self.values)
        return pd.Series(values, pd.period_range(self.first, periods=len(values)))


@lru_cache(maxsize=CACHED)
def _fit(estimator: Callable[[], Any], months: int | None, horizon: int, prices: _Prices) -> Any:
    """The regression fitted to a price history; fitted once for the same history."""
    data = design(prices.series(), horizon)
    rows = slice(-months if months else None, None)
    with warnings.catch_warnings():
        # An elastic net of few rows stops a hair above its tolerance, far below what a price shows.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator().fit(data.features[rows], data.changes[rows])
