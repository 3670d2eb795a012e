"""What anybody could say: the last price, last year's, and last year's with its usual change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.history import History

YEAR = 12


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

    The mean is taken of logarithms: with inflation, levels of other years are another world.

    Attributes:
        years: How many years the mean is taken over.
    """

    years: int

    @property
    def name(self) -> str:
        """What it is called in tables."""
        return f"seasonal drift, {self.years} years"

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        longest = max(horizons)
        back = -(-longest // YEAR) - 1  # whole years that a horizon reaches beyond the first
        logs = np.log(_prices(history, (self.years + back) * YEAR + 1, self.name))
        last = len(logs) - 1
        return {horizon: float(np.exp(logs[last] + self._change(logs, horizon)))
                for horizon in horizons}  # fmt: skip

    def _change(self, logs: np.ndarray, horizon: int) -> float:
        last, nearest = len(logs) - 1, -(-horizon // YEAR)
        years = YEAR * np.arange(nearest, nearest + self.years)
        return float(np.mean(logs[last + horizon - years] - logs[last - years]))


def _year_before(horizon: int) -> int:
    """Place from the end of the newest known price of the month that is so far ahead."""
    return (horizon - 1) % YEAR - YEAR


def _prices(history: History, months: int, name: str) -> np.ndarray:
    prices = history.prices.to_numpy(dtype=float)
    if len(prices) < months:
        raise HistoryTooShortError(
            forecaster=name, needed=f"{months} months of prices", found=f"{len(prices)}"
        )
    return prices
