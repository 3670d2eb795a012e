"""What the hot model may notice of the others, and what they may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.many_models.turns import ALONE, AMONG, PASSING, Turn
from benchmarks.spread import ratio
from benchmarks.target import Target, Verdict

UNCHANGED = 1.25  # p99 of rounds of a few seconds differs by as much from itself
IN_MEMORY = Target(sentence="p99 with all in memory / alone", bound=UNCHANGED, least=False)
LOADING = Target(sentence="p99 while others pass through / alone", bound=UNCHANGED, least=False)
LIMIT = Target(sentence="models' estimated memory / its limit", bound=1.0, least=False)


def verdicts(turns: Mapping[str, Sequence[Turn]], *, limit: float) -> list[Verdict]:
    """Hold each round's turns against that round's turn alone.

    Args:
        turns: All turns by name, round by round.
        limit: Mebibytes that the models may take where they pass through.
    """
    alone, among, passing = (
        [turn.hot.p99 for turn in turns[name]] for name in (ALONE, AMONG, PASSING)
    )
    estimated = [turn.estimated for turn in turns[PASSING]]
    return [
        IN_MEMORY.verdict(ratio(among, alone)),
        LOADING.verdict(ratio(passing, alone)),
        LIMIT.verdict(ratio(estimated, [limit] * len(estimated))),
    ]
