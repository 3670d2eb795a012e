"""The forecast document: what a model's training says of the months to come, and how it knows.

It is made when a model is trained and published beside it, so that what serves or shows it needs
none of the libraries that made it: forecasts of the next months with their intervals, the same
forecasts as they would have been made in the past, the errors of all forecasters beside those of
the baselines, and the price history they start from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct

from milkprice.data.formats import names
from milkprice.forecasting.errors import MonthOutOfRangeError
from milkprice.text import pluralize, price_decimals

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")

Month = Annotated[str, Meta(pattern=rf"\A{MONTH.pattern}\Z")]
Count = Annotated[int, Meta(ge=0)]


class Interval(Struct, frozen=True):
    """A range of prices."""

    low: float
    high: float

    def __contains__(self, price: float) -> bool:
        return self.low <= price <= self.high


class FutureForecast(Struct, frozen=True, kw_only=True):
    """A month to come.

    Attributes:
        month: The month, YYYY-MM.
        horizon: Months after the origin of the forecast.
        price: The forecast, CLP per litre.
        interval_80: Range in which four of five prices are expected.
        interval_95: Range in which nineteen of twenty are.
        baselines: Forecasts of the baselines, by name, CLP per litre.
        members: The forecasters whose mean the price is.
    """

    month: Month
    horizon: Count
    price: float
    interval_80: Interval
    interval_95: Interval
    baselines: Mapping[str, float]
    members: tuple[str, ...]


class PastForecast(Struct, frozen=True, kw_only=True):
    """A past month, forecast from what was known ``horizon`` months before.

    Attributes:
        month: The month, YYYY-MM.
        horizon: Months between the forecast and the month.
        price: The forecast, CLP per litre.
        interval_80: The 80 % interval by the errors known then; None where they were too few.
        interval_95: The 95 % interval; None where they were too few.
        baselines: Forecasts of the baselines, by name, CLP per litre.
        actual: The price of the month, CLP per litre.
    """

    month: Month
    horizon: Count
    price: float
    interval_80: Interval | None = None
    interval_95: Interval | None = None
    baselines: Mapping[str, float]
    actual: float


class Accuracy(Struct, frozen=True):
    """Errors of a forecaster at one horizon.

    Attributes:
        mae: Mean absolute error, CLP per litre.
        rmse: Root of the mean squared error, CLP per litre.
        mape: Mean absolute error as a share of the price.
        mase: Mean absolute error over that of the seasonal naive forecast within the history, as
            Hyndman and Koehler (2006) scale it; None where that has no errors.
        months: Months forecast.
    """

    mae: float
    rmse: float
    mape: float
    mase: float | None
    months: Count


class Comparison(Struct, frozen=True):
    """The test of Diebold and Mariano (1995), as Harvey, Leybourne and Newbold (1997) correct it.

    Attributes:
        gain: By how much the first's absolute error is smaller on average, CLP per litre.
        low: Lower end of its 95 % confidence interval.
        high: Upper end.
        p_value: Probability of so large a difference, either way, if both were equally good.
    """

    gain: float
    low: float
    high: float
    p_value: float


class LeaderboardRow(Struct, frozen=True):
    """A forecaster at one horizon.

    Attributes:
        forecaster: Its name.
        horizon: Months ahead.
        accuracy: Its errors.
        baseline: The baseline with the smallest mean absolute error at this horizon.
        comparison: With that baseline; None for the baseline itself, and where both have too few
            months for a test.
    """

    forecaster: str
    horizon: Count
    accuracy: Accuracy
    baseline: str
    comparison: Comparison | None = None


class Coverage(Struct, frozen=True):
    """How many past prices were within their interval, each made of the errors known then.

    Attributes:
        horizon: Months ahead.
        level: Share of prices that the intervals were to hold.
        share: Share of prices that they held.
        months: Months counted.
    """

    horizon: Count
    level: float
    share: float
    months: Count


class Forecast(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="format", tag=2):
    """The months to come and the past as it would have been forecast.

    Attributes:
        forecaster: Name of the forecaster.
        origin: The month at whose end the forecasts are made, YYYY-MM.
        known: The last known month of each source, YYYY-MM: ``prices``, ``rainfall``, ``macro``.
        start: The first month of ``prices``.
        prices: The price history, CLP per litre, one a month.
        future: The months to come, the nearest first.
        past: Past months, by horizon and month.
        leaderboard: How the forecasters did, by horizon, the smallest error first.
        coverage: How well the intervals held.
        settings: How it was made: horizons, months, window, delays, forecasters.
        target: The name of the price's column; a document that does not say is of milk.
    """

    forecaster: str
    origin: Month
    known: Mapping[str, Month]
    start: Month
    prices: tuple[float, ...]
    future: Annotated[tuple[FutureForecast, ...], Meta(min_length=1)]
    past: tuple[PastForecast, ...]
    leaderboard: tuple[LeaderboardRow, ...]
    coverage: tuple[Coverage, ...]
    settings: Mapping[str, Any]
    target: str = names.PRICE

    @property
    def title(self) -> str:
        """What people read of the price."""
        return names.price_title(self.target)

    @property
    def unit(self) -> str:
        """Unit of all prices and errors."""
        return names.price_unit(self.target)

    @property
    def heading(self) -> str:
        """Title and unit, each once."""
        return ", ".join(dict.fromkeys((self.title, self.unit)))

    def decimals(self, places: int) -> int:
        """Decimals of its prices and errors, where one in the hundreds has ``places``."""
        return price_decimals(self.prices, places)

    @property
    def first(self) -> str:
        """The first month that has a forecast."""
        return min([self.future[0].month, *(one.month for one in self.past)])

    @property
    def last(self) -> str:
        """The last month that has a forecast."""
        return self.future[-1].month

    def months(self) -> Iterator[str]:
        """The months of ``prices``, in order."""
        first = month_number(self.start)
        return (month_text(first + place) for place in range(len(self.prices)))

    def next(self, months: int) -> tuple[FutureForecast, ...]:
        """The next months."""
        if not 1 <= months <= len(self.future):
            raise MonthOutOfRangeError(
                request=f"{months} months ahead",
                reason=f"forecasts reach 1 to {len(self.future)} months ahead, to {self.last}",
            )
        return self.future[:months]

    def at(self, month: str, *, horizon: int | None = None) -> FutureForecast | PastForecast:
        """The forecast of a month.

        Args:
            month: YYYY-MM: one to come, or a past one that the backtest forecast.
            horizon: Of a past month, how many months before it the forecast was made; by default
                the least there is.

        Raises:
            MonthOutOfRangeError: There is no forecast of it; says which there are.
        """
        forecasts: tuple[FutureForecast | PastForecast, ...] = (*self.future, *self.past)
        matches = [
            one for one in forecasts if one.month == month and horizon in (None, one.horizon)
        ]
        if not matches:
            before = "" if horizon is None else f", {pluralize(horizon, 'month')} before"
            raise MonthOutOfRangeError(request=f"{month!r}{before}", reason=self._range(month))
        return min(matches, key=lambda one: one.horizon)

    def _range(self, month: str) -> str:
        if not MONTH.fullmatch(month):
            return "it is no month; expected YYYY-MM"
        if month > self.last:
            missing = month_number(month) - month_number(self.last)
            return (
                f"forecasts end in {self.last}, since prices are known to {self.known['prices']}; "
                f"train on prices of {pluralize(missing, 'more month')}"
            )
        if month < self.first:
            return f"forecasts of the past begin in {self.first}"
        if horizons := sorted({one.horizon for one in self.past if one.month == month}):
            listed = ", ".join(map(str, horizons))
            return f"of that month there are forecasts {listed} months before"
        future = {one.month: one.horizon for one in self.future}
        if month in future:
            return f"it is {pluralize(future[month], 'month')} ahead; leave the horizon out"
        return f"forecasts of the past are for {self.first} to {self.past[-1].month}"


def month_number(month: str) -> int:
    """Months since year 0."""
    year, of_year = month.split("-")
    return int(year) * 12 + int(of_year) - 1


def month_text(months: int) -> str:
    """The month so many months after the beginning of year 0, YYYY-MM."""
    return f"{months // 12:04d}-{months % 12 + 1:02d}"
