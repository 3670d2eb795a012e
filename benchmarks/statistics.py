"""Measurements of several rounds: their ratios, growth and text, and targets for them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SCIENTIFIC_BELOW = 1e-4

Rounds = Sequence[float]  # a measurement, once for each round; empty if there is none


def ratios(values: Rounds, divisors: Rounds) -> list[float]:
    """Divide round by round, so that what slows down a whole round cancels out."""
    return [value / divisor for value, divisor in zip(values, divisors, strict=False)]


def growth_exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Fit values to a power of sizes; 1 is linear growth.

    Args:
        sizes: At least two different sizes, above 0.
        values: The measurement at each size, above 0.
    """
    exponent, _ = np.polyfit(np.log(sizes), np.log(values), 1)
    return float(exponent)


def format_number(number: float) -> str:
    """Write a number with three significant digits, or all digits before the point."""
    if number == 0:
        return "0"
    if abs(number) < SCIENTIFIC_BELOW:
        return f"{number:.1e}"
    digits = 0
    while abs(number) * 10**digits < 99.95:
        digits += 1
    return f"{number:,.{digits}f}"


def median(values: Rounds) -> str:
    """The median as text."""
    return format_number(statistics.median(values)) if values else "-"


def spread(values: Rounds) -> str:
    """Minimum and maximum as text."""
    return f"{format_number(min(values))} - {format_number(max(values))}" if values else "-"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A measurement and a bound on its median: ``at_least`` or ``at_most``, in ``unit``."""

    name: str
    values: Rounds
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""

    @property
    def result(self) -> str:
        """Whether the bound is met, and whether every round agrees."""
        if not self.values:
            return "not measured"
        result = "met" if self._is_met(statistics.median(self.values)) else "MISSED"
        agree = self._is_met(min(self.values)) == self._is_met(max(self.values))
        return result if agree else f"{result}, not each round"

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of a table."""
        bound = (
            f"at most {self.at_most:g}" if self.at_least is None else f"at least {self.at_least:g}"
        )
        return (
            self.name, f"{bound}{self.unit}", median(self.values), spread(self.values), self.result
        )  # fmt: skip

    def _is_met(self, value: float) -> bool:
        if self.at_least is not None:
            return value >= self.at_least
        return self.at_most is not None and value <= self.at_most
