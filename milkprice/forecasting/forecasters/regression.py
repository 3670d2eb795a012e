"""Regressions on changes of the price, one for each horizon, over the whole price history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
import pandas as pd

from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.history import History

YEAR = 12
LAGS = (1, 2, 3, 4, 6, 9, 12)
MEANS = (3, 6, 12, 24, 36)  # months of the moving averages that the price is compared with
YEARS = 4  # past years whose change from this month to the target's is a feature
HARMONICS = (1, 2)
LEAST_ROWS = 24  # fewer say nothing of a year
CACHED = 512  # histories; a backtest of ten years has some hundred


class Model(Protocol):
    """A fitted regression."""

    def predict(self, row: np.ndarray) -> float:
        """Predict one row."""


T = TypeVar("T", int, "np.ndarray | int")
Fit: TypeAlias = Callable[[Sequence[tuple[np.ndarray, np.ndarray]]], Sequence[Model]]


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
    return _design(_Prices.of(prices), horizon)


def newest_features(prices: pd.Series, horizon: int) -> np.ndarray:
    """The features at the last known month."""
    features: np.ndarray = _newest_features(_Prices.of(prices), (horizon,))[0]
    return features


@dataclass(frozen=True)
class _Prices:
    """A price history as a key of a cache."""

    first: int
    values: bytes

    @classmethod
    def of(cls, prices: pd.Series) -> _Prices:
        return cls(prices.index[0].ordinal, prices.to_numpy(dtype=float).tobytes())

    def before_refit(self, every: int) -> _Prices:
        """Those that a model which is fitted every so many months was last fitted to."""
        months = len(self.logs) - (self.first + len(self.logs)) % every
        return _Prices(self.first, self.values[: months * np.dtype(float).itemsize])

    @cached_property
    def logs(self) -> np.ndarray:
        """Logarithms of the prices."""
        logs: np.ndarray = np.log(np.frombuffer(self.values))
        return logs

    @cached_property
    def months(self) -> np.ndarray:
        """Months of the year, January 1."""
        return (self.first + np.arange(len(self.logs))) % YEAR + 1


@lru_cache(maxsize=CACHED)
def _design(prices: _Prices, horizon: int) -> Design:
    logs = prices.logs
    origins = np.arange(months_before(horizon), len(logs) - horizon)
    return Design(
        features=_features(prices, origins, horizon),
        changes=logs[origins + horizon] - logs[origins],
    )


@lru_cache(maxsize=CACHED)
def _newest_features(prices: _Prices, horizons: tuple[int, ...]) -> np.ndarray:
    """The features at the last month, one row a horizon."""
    origins = np.full(len(horizons), len(prices.logs) - 1)
    return _features(prices, origins, np.array(horizons))


def _features(prices: _Prices, origins: np.ndarray, horizons: np.ndarray | int) -> np.ndarray:
    """Rows of features, one an origin; each at its horizon, or all at one."""
    logs, month = prices.logs, prices.months[origins]
    sums = np.concatenate([[0.0], np.cumsum(logs)])
    past = [logs[origins] - logs[origins - lag] for lag in LAGS]
    distances = [
        logs[origins] - (sums[origins + 1] - sums[origins + 1 - months]) / months
        for months in MEANS
    ]
    before = [YEAR * (_nearest(horizons) + year) for year in range(YEARS)]
    years = [logs[origins + horizons - months] - logs[origins - months] for months in before]
    means = [np.mean(years[:2], axis=0), np.mean(years, axis=0)]
    seasons = [
        wave(2 * np.pi * harmonic * (month + months) / YEAR)
        for months in (0, horizons)
        for harmonic in HARMONICS
        for wave in (np.sin, np.cos)
    ]
    return np.column_stack([*past, *distances, *years, *means, *seasons])


def _nearest(horizon: T) -> T:
    """How many years ago the target's month was last known for sure."""
    return -(-horizon // YEAR)


@dataclass(frozen=True)
class Regression:
    """A regression on changes, one for each horizon.

    Attributes:
        name: Its name in tables.
        fit: Fits regressions to several designs at once.
        months: Newest rows it is fitted to; None for all of them.
        refit: It is fitted again every so many months, at 12 each January to the years before: its
            features are always the newest, its coefficients hardly change within a year, and a
            backtest over years takes a tenth of the time.
    """

    name: str
    fit: Fit
    months: int | None = None
    refit: int = 1

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        prices = _Prices.of(history.prices)
        training = prices.before_refit(self.refit)
        known = [horizon for horizon in horizons if _needed(horizon) <= len(training.logs)]
        if not known:
            nearest = min(horizons)
            raise HistoryTooShortError(
                forecaster=self.name,
                needed=f"{_needed(nearest)} months of prices for {nearest} months ahead",
                available=f"{len(training.logs)}",
            )
        models = _models(self.fit, self.months, training).of(known)
        rows, last = _newest_features(prices, tuple(known)), float(history.prices.iloc[-1])
        return {
            one: last * float(np.exp(models[one].predict(row)))
            for one, row in zip(known, rows, strict=True)
        }


def _needed(horizon: int) -> int:
    """Months of prices for enough rows."""
    return months_before(horizon) + horizon + LEAST_ROWS


def last_refit(month: pd.Period, every: int) -> pd.Period:
    """The last month of the training data of a model that is fitted every so many months."""
    return month - (month.ordinal + 1) % every


@lru_cache(maxsize=CACHED)
def _models(fit: Fit, months: int | None, prices: _Prices) -> _Models:
    """The regressions fitted to a price history; fitted once for the same history."""
    return _Models(fit, months, prices)


@dataclass(frozen=True)
class _Models:
    """The regressions of a history by horizon, fitted when they are first asked for."""

    fit: Fit
    months: int | None
    prices: _Prices
    fitted: dict[int, Model] = field(default_factory=dict)

    def of(self, horizons: Sequence[int]) -> Mapping[int, Model]:
        """Those of some horizons, among others."""
        missing = [horizon for horizon in horizons if horizon not in self.fitted]
        if missing:
            rows = slice(-self.months if self.months else None, None)
            designs = [_design(self.prices, horizon) for horizon in missing]
            models = self.fit([(one.features[rows], one.changes[rows]) for one in designs])
            self.fitted.update(zip(missing, models, strict=True))
        return self.fitted
