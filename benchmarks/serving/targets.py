"""What was wanted of our server, and whether it is so."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.serving.results import Measure, Results
from benchmarks.serving.servers import KSERVE_NAMED, KSERVE_POSITIONAL, LIMIT, MLSERVER, OURS
from benchmarks.target import Target, Verdict


@dataclass(frozen=True, kw_only=True)
class Aim:
    """A target of a ratio of ours to another's.

    Attributes:
        target: The bound.
        ours: The load of ours.
        other: The other server and its load.
        measure: Of what.
    """

    target: Target
    ours: str
    other: tuple[str, str]
    measure: Measure = "requests"

    def verdict(self, results: Results) -> Verdict:
        """Hold the ratio, round by round, against the bound."""
        return self.target.verdict(results.ratio((OURS, self.ours), self.other, self.measure))


def verdicts(results: Results) -> list[Verdict]:
    """All of them."""
    return [aim.verdict(results) for aim in AIMS]


def _times(sentence: str, ours: str, other: tuple[str, str], bound: float) -> Aim:
    target = Target(sentence=sentence, bound=bound, least=True, unit=" times")
    return Aim(target=target, ours=ours, other=other)


AIMS = (
    _times("one row, v1, to KServe custom", "v1 named x 1", (KSERVE_NAMED, "v1 named x 1"), 15),
    _times(
        "one row, v1, to KServe sklearn",
        "v1 named x 1",
        (KSERVE_POSITIONAL, "v1 positional x 1"),
        15,
    ),
    _times("one row, v1, to MLServer's v2", "v1 named x 1", (MLSERVER, "v2 tensor x 1"), 15),
    _times("one row, v2, to MLServer's v2", "v2 tensor x 1", (MLSERVER, "v2 tensor x 1"), 15),
    _times("one row, v1, to the limit", "v1 named x 1", (LIMIT, "v1 named x 1"), 0.65),
    Aim(
        target=Target(
            sentence="one row, p99 to the limit's", bound=2, least=False, unit=" times"
        ),
        ours="v1 named x 1",
        other=(LIMIT, "v1 named x 1"),
        measure="p99",
    ),
    _times("16 rows, v1, to the limit", "v1 named x 16", (LIMIT, "v1 named x 16"), 0.6),
    _times("1,000 rows, v1, to the limit", "v1 named x 1000", (LIMIT, "v1 named x 1000"), 0.6),
    _times(
        "1,000 rows, v2 binary to our v1 JSON", "v2 binary x 1000", (OURS, "v1 named x 1000"), 5
    ),
    _times("one row, gRPC to MLServer's", "gRPC x 1", (MLSERVER, "gRPC x 1"), 2),
)  # fmt: skip
