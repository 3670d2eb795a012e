"""What was wanted of our server, and whether it is so."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.serving.results import Measure, Results, Spread
from benchmarks.serving.servers import (
    IMPORT,
    IMPORTED,
    KSERVE_NAMED,
    KSERVE_POSITIONAL,
    LIMIT,
    MLSERVER,
    OURS,
    OURS_TENSOR,
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A bound on a ratio of ours to another's.

    Attributes:
        sentence: What it is.
        measure: Of what.
        other: Of whom.
        bound: The number.
        ours: Which of ours.
        least: Whether the ratio has to be at least the bound, or else at most.
    """

    sentence: str
    measure: Measure
    other: str
    bound: float
    least: bool
    ours: str = OURS

    @property
    def wanted(self) -> str:
        """The bound in words."""
        return f"{'at least' if self.least else 'at most'} {self.bound:g}"

    def ratio(self, results: Results) -> Spread | None:
        """What was measured, if both were."""
        return results.ratio(self.ours, self.other, self.measure)

    def is_met(self, ratio: Spread) -> bool:
        """Whether the median of a ratio is as wanted."""
        return ratio.median >= self.bound if self.least else ratio.median <= self.bound


def _throughput(sentence: str, other: str, bound: float, *, ours: str = OURS) -> Target:
    return Target(
        sentence=sentence, measure="requests", other=other, bound=bound, least=True, ours=ours
    )


TARGETS = (
    _throughput("req/s, KServe custom", KSERVE_NAMED, 15),
    _throughput("req/s, KServe sklearn", KSERVE_POSITIONAL, 15),
    _throughput("req/s, MLServer", MLSERVER, 15),
    _throughput("req/s, MLServer, both v2", MLSERVER, 15, ours=OURS_TENSOR),
    _throughput("req/s, limit", LIMIT, 0.65),
    Target(sentence="p99, limit", measure="p99", other=LIMIT, bound=2, least=False),
    Target(sentence="memory, import kserve", measure="memory", other=IMPORT,
           bound=1.2, least=False),
    Target(sentence="ready, import kserve", measure="start", other=IMPORT,
           bound=1.3, least=False),
    Target(sentence="ready, kserve imported", measure="start", other=IMPORTED,
           bound=1.3, least=False),
)  # fmt: skip
