"""Classical forecasts of one series: naive, seasonal naive, with drift, exponential smoothing."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.history import History

YEAR = 12
LEAST_SMOOTHED = 4 * YEAR  # months; the first level, trend and season are averages over years


@dataclass(frozen=True)
class Naive:
    """The last known price, for every month to come."""

    name: str = "naive"

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        return dict.fromkeys(horizons, float(history.prices.iloc[-1]))


@dataclass(frozen=True)
class SeasonalNaive:
    """The newest known price of the same month of a year."""

    name: str = "seasonal naive"

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        prices = _prices(history, YEAR, self.name)
        return {horizon: float(prices[_year_before(horizon)]) for horizon in horizons}


@dataclass(frozen=True)
class SeasonalNaiveDrift:
    """The last price, changed as it changed from that month to this one in the last years.

    The mean is of changes of the logarithm: with inflation, levels of past years do not compare.
    """

    years: int

    @property
    def name(self) -> str:
        """Its name in tables."""
        return f"seasonal drift, {self.years} years"

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        logs = np.log(_prices(history, self._needed(min(horizons)), self.name))
        return {horizon: float(np.exp(logs[-1] + self._change(logs, horizon)))
                for horizon in horizons if self._needed(horizon) <= len(logs)}  # fmt: skip

    def _needed(self, horizon: int) -> int:
        """Months of prices: a year more for each whole year that a horizon is beyond the first."""
        return (self.years + -(-horizon // YEAR) - 1) * YEAR + 1

    def _change(self, logs: np.ndarray, horizon: int) -> float:
        last, nearest = len(logs) - 1, -(-horizon // YEAR)
        years = YEAR * np.arange(nearest, nearest + self.years)
        return float(np.mean(logs[last + horizon - years] - logs[last - years]))


@dataclass(frozen=True)
class ExponentialSmoothing:
    """Level, damped trend and season, additive on logarithms: shares of the price.

    Hyndman, Koehler, Ord and Snyder, Forecasting with Exponential Smoothing (2008), as statsmodels
    has it; the first states are computed from the first years and not searched for.
    """

    name: str = "exponential smoothing"

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        # Here and not above: it takes a second, which only forecasting needs to wait.
        from statsmodels.tools.sm_exceptions import ConvergenceWarning
        from statsmodels.tsa.exponential_smoothing.ets import ETSModel

        if len(history.prices) < LEAST_SMOOTHED:
            raise HistoryTooShortError(
                forecaster=self.name,
                needed=f"{LEAST_SMOOTHED} months of prices",
                available=f"{len(history.prices)}",
            )
        logs = np.log(history.prices.to_numpy(dtype=float))
        model = ETSModel(
            logs,
            error="add",
            trend="add",
            damped_trend=True,
            seasonal="add",
            seasonal_periods=YEAR,
            initialization_method="heuristic",
        )
        with warnings.catch_warnings():
            # Near the optimum is good enough; how good, the backtest shows.
            warnings.simplefilter("ignore", ConvergenceWarning)
            prices = np.exp(model.fit(disp=False).forecast(max(horizons)))
        return {horizon: float(prices[horizon - 1]) for horizon in horizons}


def _year_before(horizon: int) -> int:
    """Index from the end of the newest known price of the calendar month that is so far ahead."""
    return (horizon - 1) % YEAR - YEAR


def _prices(history: History, months: int, name: str) -> np.ndarray:
    prices = history.prices.to_numpy(dtype=float)
    if len(prices) < months:
        raise HistoryTooShortError(
            forecaster=name, needed=f"{months} months of prices", available=f"{len(prices)}"
        )
    return prices
