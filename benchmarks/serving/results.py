"""What was measured: turns, their medians and ratios."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.serving.contender import Contender

Measure = Literal["start", "memory", "requests", "p50", "p99"]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One turn; of an import there is only a start and memory.

    Attributes:
        start: Seconds until it was ready.
        memory: Mebibytes resident after the load.
        requests: Requests a second.
        p50: Median latency in milliseconds.
        p99: Latency of all but one of a hundred, in milliseconds.
    """

    start: float
    memory: float
    requests: float | None = None
    p50: float | None = None
    p99: float | None = None


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


@dataclass(frozen=True, kw_only=True)
class Results:
    """All turns of a run.

    Attributes:
        turns: By name, a turn a round.
        contenders: Who was to be measured, in order.
    """

    turns: Mapping[str, Sequence[Turn]]
    contenders: Sequence[Contender]

    def spread(self, name: str, measure: Measure) -> Spread | None:
        """Sum up one measure of one name; None if it has none."""
        values = self._values(name, measure)
        return Spread.of(values) if values else None

    def ratio(self, name: str, other: str, measure: Measure) -> Spread | None:
        """Divide round by round, so that what slows down a whole round cancels out."""
        pairs = zip(self._values(name, measure), self._values(other, measure), strict=False)
        quotients = [value / divisor for value, divisor in pairs]
        return Spread.of(quotients) if quotients else None

    def _values(self, name: str, measure: Measure) -> list[float]:
        values = [getattr(turn, measure) for turn in self.turns.get(name, ())]
        return [value for value in values if value is not None]
