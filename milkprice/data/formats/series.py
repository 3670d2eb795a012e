"""The raw series: unit, usual level, first month.

The level settles the one thing continuity cannot, the power of ten of a whole series, and tells
another unit. The levels of the national accounts and of employment follow from their own sums
(sectors add up to the product, branches to the employed), to within a per cent in every month.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources

from milkprice.data.formats import names

# The price rose from 4 to 295 since 1979, so its newest year counts, with room for tenfold.
PRICE_LEVEL, PRICE_MONTHS, PRICE_FACTOR = 300.0, 12, 10.0
PRICE_JUMP = 8.0  # a power of ten, less what a price may change by itself meanwhile
# Means of 1979 to 2020, mm a month. Ten years even out wet and dry ones: the driest ten that are
# known had three quarters of these.
RAIN_LEVELS = (16.0, 33.0, 50.0, 72.0, 99.0, 128.0, 152.0, 200.0)
RAIN_MONTHS = 120
MACRO_MONTHS = 12
FACTOR = 5.0  # of rain, product and activity, which do not grow so much in a generation


@dataclass(frozen=True)
class Series:
    """One column of the central bank's file.

    Attributes:
        name: Column name, as in the file.
        unit: Unit of its values.
        level: Typical value of recent years, good to half a power of ten.
        first: First month with a value, ``YYYY-MM``.
    """

    name: str
    unit: str
    level: float
    first: str


@functools.cache
def macro_series() -> dict[str, Series]:
    """All 84 series by name, in the file's order."""
    text = resources.files(__package__).joinpath("macro_series.csv").read_text("utf-8")
    return {
        row["name"]: Series(row["name"], row["unit"], float(row["level"]), row["first"])
        for row in csv.DictReader(text.splitlines())
    }


def national_accounts(columns: Iterable[str]) -> list[str]:
    """The product and its parts: the columns with PIB in their name."""
    return [column for column in columns if "PIB" in column]


def activity_indices(columns: Iterable[str]) -> list[str]:
    """The monthly indices of economic activity: the columns with Imacec in their name."""
    return [column for column in columns if "Imacec" in column]


def model_series(columns: Sequence[str]) -> list[str]:
    """The series that models use: product, activity, retail sales of non-durables."""
    return [*national_accounts(columns), *activity_indices(columns), names.RETAIL_SALES]


@dataclass(frozen=True)
class Level:
    """The usual level of a series, enough to tell another unit by.

    Attributes:
        unit: Unit of its values.
        typical: Their usual mean.
        months: Number of newest months of which the mean is taken.
        factor: How many times more or less the mean may be in this unit.
    """

    unit: str
    typical: float
    months: int
    factor: float

    def fits(self, mean: float) -> bool:
        """Whether a mean can be of this unit."""
        return self.typical / self.factor <= mean <= self.typical * self.factor


def price_levels() -> dict[str, Level]:
    """The usual level of the price."""
    return {names.PRICE: Level(names.PRICE_UNIT, PRICE_LEVEL, PRICE_MONTHS, PRICE_FACTOR)}


def rain_levels() -> dict[str, Level]:
    """The usual level of each region's rain."""
    return {
        region: Level(names.RAIN_UNIT, level, RAIN_MONTHS, FACTOR)
        for region, level in zip(names.REGIONS, RAIN_LEVELS, strict=True)
    }


def macro_levels(columns: Sequence[str]) -> dict[str, Level]:
    """The usual values of those series that models use and that are known."""
    known = {name: one for name, one in macro_series().items() if name in columns}
    return {
        name: Level(known[name].unit, known[name].level, MACRO_MONTHS, FACTOR)
        for name in model_series(columns)
        if name in known
    }
