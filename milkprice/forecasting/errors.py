"""Errors of forecasting: too little data to forecast, or no forecast of a month."""

from __future__ import annotations

from milkprice.errors import MilkpriceError


class ForecastError(MilkpriceError):
    """Base of the errors of forecasting."""


class MonthOutOfRangeError(ForecastError):
    """A month that is too far ahead, too long ago, or no month."""

    def __init__(self, *, request: str, reason: str) -> None:
        super().__init__(f"There is no forecast of {request}: {reason}.")


class NoMonthlyForecastsError(ForecastError):
    """A model that was published without forecasts by month."""

    def __init__(self, *, model: str) -> None:
        super().__init__(
            f"{model} brings no forecasts by month; it answers for rows of features. "
            "Train it again to have them."
        )


class HistoryTooShortError(ForecastError):
    """A forecaster that needs more months than there are, or data that are not published yet."""

    def __init__(self, *, forecaster: str, needed: str, available: str) -> None:
        super().__init__(f"{forecaster} needs {needed}; there are {available}.")
