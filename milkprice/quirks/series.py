"""The central bank's series: unit, typical level, first month.

The level settles the one thing continuity cannot: the power of ten of a whole series. The levels
of the national accounts and of employment follow from their own sums (sectors add up to the
product, branches to the employed), to within a per cent in every month.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources

from milkprice.quirks import names


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
def catalogue() -> dict[str, Series]:
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
    """The series the models look at: product, activity, retail sales of non-durables."""
    return [*national_accounts(columns), *activity_indices(columns), names.RETAIL_SALES]
