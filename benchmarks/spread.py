"""A number measured several times: its median and its range."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TINY = 1e-4  # below which zeros would have to be counted


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A number measured in every round."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Sum up rounds."""
        return cls(median=statistics.median(values), least=min(values), most=max(values))

    @property
    def range(self) -> str:
        """The least and the most, for people."""
        return f"{shown(self.least)} - {shown(self.most)}"

    def __str__(self) -> str:
        return shown(self.median)


def ratio(values: Iterable[float], divisors: Iterable[float]) -> Spread | None:
    """Divide round by round, so that what slows down a whole round cancels out."""
    quotients = [value / divisor for value, divisor in zip(values, divisors, strict=False)]
    return Spread.of(quotients) if quotients else None


def shown(number: float) -> str:
    """Write a number with three figures that count, or all those before the point."""
    if number == 0:
        return "0"
    if abs(number) < TINY:
        return f"{number:.1e}"
    places = 0
    while abs(number) * 10**places < 99.95:
        places += 1
    return f"{number:,.{places}f}"
