"""A bound on what is measured, and whether it was kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.spread import Spread, shown


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A target beside its figure.

    Attributes:
        sentence: What was bounded.
        wanted: The bound in words.
        figure: What was measured; None if it was not.
        met: Whether the median is as wanted; None if nothing was measured.
        steady: Whether every round says the same.
    """

    sentence: str
    wanted: str
    figure: Spread | None
    met: bool | None
    steady: bool = True

    @property
    def cells(self) -> tuple[str, ...]:
        """A row of a table."""
        if self.figure is None:
            return (self.sentence, self.wanted, "-", "-", "not measured")
        word = "met" if self.met else "MISSED"
        told = word if self.steady else f"{word}, not each round"
        return (self.sentence, self.wanted, str(self.figure), self.figure.range, told)

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Verdict:
        """Read it from JSON."""
        figure = plain["figure"]
        return cls(**{**plain, "figure": Spread(**figure) if figure else None})


@dataclass(frozen=True, kw_only=True)
class Target:
    """A bound.

    Attributes:
        sentence: What is bounded.
        bound: The number.
        least: Whether it has to be at least the bound, or else at most.
        unit: Behind the bound.
    """

    sentence: str
    bound: float
    least: bool
    unit: str = ""

    def verdict(self, figure: Spread | None) -> Verdict:
        """Hold what was measured against the bound."""
        wanted = f"{'at least' if self.least else 'at most'} {shown_bound(self.bound)}{self.unit}"
        if figure is None:
            return Verdict(sentence=self.sentence, wanted=wanted, figure=None, met=None)
        return Verdict(
            sentence=self.sentence,
            wanted=wanted,
            figure=figure,
            met=self._kept(figure.median),
            steady=self._kept(figure.least) == self._kept(figure.most),
        )

    def _kept(self, value: float) -> bool:
        return value >= self.bound if self.least else value <= self.bound


def shown_bound(bound: float) -> str:
    """Write a bound as it was given."""
    return f"{bound:g}" if bound < 1e5 else shown(bound)
