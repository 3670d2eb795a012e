"""What was measured: turns, their medians and ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.serving.contender import Contender
from benchmarks.serving.schedule import Paced
from benchmarks.serving.wrk import Counted
from benchmarks.spread import Spread, ratio

Measure = Literal["requests", "p50", "p99"]
PacedMeasure = Literal["rate", "reached", "p50", "p99", "most", "late"]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One turn of a server.

    Attributes:
        start: Seconds until it was ready.
        memory: Mebibytes resident after the first load.
        loads: By a load's name, what was counted.
        paced: By the share of the closed-loop rate in percent, what came of it.
    """

    start: float
    memory: float
    loads: Mapping[str, Counted] = field(default_factory=dict)
    paced: Mapping[int, Paced] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Results:
    """All turns of a run.

    Attributes:
        turns: By name, a turn a round.
        contenders: Who was to be measured, in order.
    """

    turns: Mapping[str, Sequence[Turn]]
    contenders: Sequence[Contender]

    def counted(self, name: str, load: str, measure: Measure) -> list[float]:
        """One measure of one server under one load, a value a round."""
        found = (turn.loads.get(load) for turn in self.turns.get(name, ()))
        return [getattr(one, measure) for one in found if one]

    def spread(self, name: str, load: str, measure: Measure) -> Spread | None:
        """Sum up a measure; None if there is none."""
        values = self.counted(name, load, measure)
        return Spread.of(values) if values else None

    def ratio(
        self, one: tuple[str, str], other: tuple[str, str], measure: Measure
    ) -> Spread | None:
        """Divide a server and load by another, round by round."""
        return ratio(self.counted(*one, measure), self.counted(*other, measure))

    def paced(self, name: str, share: int, measure: PacedMeasure) -> Spread | None:
        """Sum up a measure at a share of the closed-loop rate."""
        found = (turn.paced.get(share) for turn in self.turns.get(name, ()))
        values = [getattr(one, measure) for one in found if one]
        return Spread.of(values) if values else None

    def of_server(self, name: str, measure: Literal["start", "memory"]) -> Spread | None:
        """Sum up what is said of a server as a whole."""
        values = [getattr(turn, measure) for turn in self.turns.get(name, ())]
        return Spread.of(values) if values else None
