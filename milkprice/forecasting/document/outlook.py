"""The outlook as a value, and how a month is looked up in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from milkprice.forecasting.document.forecasts import Ahead, Past
from milkprice.forecasting.document.standing import Coverage, Standing
from milkprice.forecasting.errors import MonthOutOfReachError
from milkprice.text import pluralize

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """The months to come and the past as it would have been forecast.

    Attributes:
        forecaster: Who forecasts, in words.
        origin: The month at whose end the forecasts are made, YYYY-MM.
        known: The last month that was known of each source, YYYY-MM: ``prices``, ``rainfall``,
            ``macro``.
        start: The first month of ``prices``.
        prices: The price history, CLP per litre, one a month.
        ahead: The months to come, the nearest first.
        past: Past months, by horizon and month.
        standings: How the forecasters did, by horizon, the smallest error first.
        coverage: How well the intervals held.
        recipe: How it was made: horizons, months judged, window, delays, forecasters.
    """

    forecaster: str
    origin: str
    known: Mapping[str, str]
    start: str
    prices: tuple[float, ...] = field(repr=False)
    ahead: tuple[Ahead, ...]
    past: tuple[Past, ...] = field(repr=False)
    standings: tuple[Standing, ...] = field(repr=False)
    coverage: tuple[Coverage, ...] = field(repr=False)
    recipe: Mapping[str, Any] = field(repr=False)

    def next(self, months: int) -> tuple[Ahead, ...]:
        """The next months.

        Raises:
            MonthOutOfReachError: It does not look so far ahead.
        """
        if not 1 <= months <= len(self.ahead):
            raise MonthOutOfReachError(
                wanted=f"{months} months ahead",
                reason=f"forecasts reach 1 to {len(self.ahead)} months ahead, to {self.last}",
            )
        return self.ahead[:months]

    def at(self, month: str, *, horizon: int | None = None) -> Ahead | Past:
        """The forecast of a month.

        Args:
            month: YYYY-MM: one to come, or a past one that the backtest forecast.
            horizon: Of a past month, how many months before it the forecast was made; by default
                the least there is.

        Raises:
            MonthOutOfReachError: There is no forecast of it; says which there are.
        """
        everything: tuple[Ahead | Past, ...] = (*self.ahead, *self.past)
        found = [one for one in everything if one.month == month and horizon in (None, one.horizon)]
        if not found:
            raise MonthOutOfReachError(wanted=_wanted(month, horizon), reason=self._reach(month))
        return min(found, key=lambda one: one.horizon)

    @property
    def first(self) -> str:
        """The first month that has a forecast."""
        return min([self.ahead[0].month, *(one.month for one in self.past)])

    @property
    def last(self) -> str:
        """The last month that has a forecast."""
        return self.ahead[-1].month

    def months(self) -> Iterator[str]:
        """The months of ``prices``, in order."""
        first = number(self.start)
        return (month_of(first + place) for place in range(len(self.prices)))

    def _reach(self, month: str) -> str:
        if not MONTH.fullmatch(month):
            return "it is no month; expected YYYY-MM"
        if month > self.last:
            missing = number(month) - number(self.last)
            return (
                f"forecasts end in {self.last}, since prices are known to {self.known['prices']}; "
                f"train on prices of {pluralize(missing, 'more month')}"
            )
        if month < self.first:
            return f"forecasts of the past begin in {self.first}"
        horizons = sorted({one.horizon for one in self.past if one.month == month})
        if horizons:
            return f"of that month there are forecasts {_listed(horizons)} months before"
        coming = {one.month: one.horizon for one in self.ahead}
        if month in coming:
            return f"it is {pluralize(coming[month], 'month')} ahead; leave the horizon out"
        return f"forecasts of the past are for {self.first} to {self.past[-1].month}"


def number(month: str) -> int:
    """Months since year 0."""
    year, of_year = month.split("-")
    return int(year) * 12 + int(of_year) - 1


def month_of(months: int) -> str:
    """The month so many months after the beginning of year 0, YYYY-MM."""
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def _wanted(month: str, horizon: int | None) -> str:
    return f"{month!r}" if horizon is None else f"{month!r}, {pluralize(horizon, 'month')} before"


def _listed(horizons: list[int]) -> str:
    return ", ".join(map(str, horizons))
