"""Whether the data of a candidate are fit to learn from, as the gate has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from milkprice.candidate.fault import Fault, stops, warnings
from milkprice.drift import ANOTHER, Drift
from milkprice.gate import Check
from milkprice.wording import counted

MOST_MOVED = 0.25  # share of features


def check_data(found: Sequence[Fault], moved: Drift | None) -> Iterator[Check]:
    """Look at what was found wrong with the source, and at how far the features moved.

    Args:
        found: What intake found; what stops got this far by force alone.
        moved: What moved since the champion learnt; None where there is none.
    """
    yield _source(found)
    if moved is not None:
        yield _population(moved)


def _source(found: Sequence[Fault]) -> Check:
    against = stops(found)
    said = len(warnings(found))
    nothing = "nothing wrong with the source" + (f" but {counted(said, 'warning')}" if said else "")
    return Check("source", passed=not against, reason="; ".join(against) or nothing)


def _population(moved: Drift) -> Check:
    another = [one for one in moved.shifts if one.index > ANOTHER]
    found = f"{len(another)} of {len(moved.shifts)} features are of another population"
    passed = len(another) <= MOST_MOVED * len(moved.shifts)
    return Check(
        "population", passed=passed, reason=found if passed else f"{found}, over {MOST_MOVED:.0%}"
    )
