"""A forecast of one month, to come or past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A range of prices.

    Attributes:
        low: Lower end, CLP per litre.
        high: Upper end.
    """

    low: float
    high: float

    def __contains__(self, price: float) -> bool:
        return self.low <= price <= self.high


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """A month to come.

    Attributes:
        month: The month, YYYY-MM.
        horizon: Months after the outlook's origin.
        price: The forecast, CLP per litre.
        likely: Range in which four of five prices are expected.
        wide: Range in which nineteen of twenty are.
        baselines: What anybody could say, by name, CLP per litre.
        members: Whose forecasts the price is the mean of.
    """

    month: str
    horizon: int
    price: float
    likely: Interval
    wide: Interval
    baselines: Mapping[str, float]
    members: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Past:
    """A past month, forecast from what was known ``horizon`` months before.

    Attributes:
        month: The month, YYYY-MM.
        horizon: Months between the forecast and the month.
        price: The forecast, CLP per litre.
        likely: The 80 % interval by the errors known then; None where they were too few.
        wide: The 95 % interval; None where they were too few.
        baselines: What anybody could have said then, by name, CLP per litre.
        actual: What came, CLP per litre.
    """

    month: str
    horizon: int
    price: float
    likely: Interval | None
    wide: Interval | None
    baselines: Mapping[str, float]
    actual: float
