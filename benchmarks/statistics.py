"""Measurements of several rounds: their summaries, ratios and growth, and targets for them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

SCIENTIFIC_BELOW = 1e-4
PLAIN_BELOW = 1e5


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A measurement over all rounds."""

    median: float
    minimum: float
    maximum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Summary:
        """Summarize the values of all rounds."""
        return cls(median=statistics.median(values), minimum=min(values), maximum=max(values))

    @property
    def range(self) -> str:
        """Minimum and maximum as text."""
        return f"{format_number(self.minimum)} - {format_number(self.maximum)}"

    def __str__(self) -> str:
        return format_number(self.median)


def ratio(values: Iterable[float], divisors: Iterable[float]) -> Summary | None:
    """Divide round by round, so that what slows down a whole round cancels out."""
    quotients = [value / divisor for value, divisor in zip(values, divisors, strict=False)]
    return Summary.of(quotients) if quotients else None


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


@dataclass(frozen=True, kw_only=True)
class TargetResult:
    """A target and its measurement.

    Attributes:
        name: What is measured.
        bound: The bound as text.
        value: The measurement; None if there is none.
        met: Whether its median is within the bound; None without a measurement.
        is_stable: Whether every round agrees.
    """

    name: str
    bound: str
    value: Summary | None
    met: bool | None
    is_stable: bool = True

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of a table."""
        if self.value is None:
            return (self.name, self.bound, "-", "-", "not measured")
        result = "met" if self.met else "MISSED"
        if not self.is_stable:
            result += ", not each round"
        return (self.name, self.bound, str(self.value), self.value.range, result)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A bound on a measurement, of which there is exactly one.

    Attributes:
        name: What is measured.
        at_least: The lower bound.
        at_most: The upper bound.
        unit: The unit of the bound.
    """

    name: str
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""

    def evaluate(self, value: Summary | None) -> TargetResult:
        """Compare a measurement with the bound."""
        met = None if value is None else self._is_met(value.median)
        is_stable = value is None or self._is_met(value.minimum) == self._is_met(value.maximum)
        return TargetResult(
            name=self.name, bound=self._bound(), value=value, met=met, is_stable=is_stable
        )

    def _is_met(self, value: float) -> bool:
        if self.at_least is not None:
            return value >= self.at_least
        return self.at_most is not None and value <= self.at_most

    def _bound(self) -> str:
        kind, bound = (
            ("at least", self.at_least) if self.at_most is None else ("at most", self.at_most)
        )
        text = (
            f"{bound:g}" if bound is not None and bound < PLAIN_BELOW else format_number(bound or 0)
        )
        return f"{kind} {text}{self.unit}"
