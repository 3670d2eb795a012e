"""What a forecaster is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from milkprice.forecasting.history import History


class Forecaster(Protocol):
    """Learns from a history and forecasts the months after it."""

    @property
    def name(self) -> str:
        """What it is called in tables."""

    def forecast(self, history: History, horizons: Sequence[int]) -> Mapping[int, float]:
        """Forecast the months so many months after the last known price.

        Args:
            history: What is known.
            horizons: How many months ahead, each at least 1.

        Returns:
            A price for each horizon, CLP per litre.

        Raises:
            HistoryTooShortError: The history is too short for it.
        """
