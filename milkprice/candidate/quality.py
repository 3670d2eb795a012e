"""Whether the data of a candidate are fit to learn from."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from milkprice.cleaning.quarantine import refused
from milkprice.drift import ANOTHER, Drift
from milkprice.gate import Check

# The real files have 24 refused cells among 51,000; ten times that is another kind of file.
MOST_REFUSED = 0.005
# National accounts are revised all the time, the latest quarters most. A tenth of everything is no
# revision but another unit, another base year or another file.
MOST_REVISED = 0.10
MOST_MOVED = 0.25  # share of features


def check_data(
    quarantine: pd.DataFrame, moved: Drift | None, *, cells: int, same_features: bool
) -> Iterator[Check]:
    """Look at what was refused, and at what moved since the champion learnt.

    Args:
        quarantine: The quarantine report.
        moved: What moved; None where there is no champion.
        cells: Cells of the cleaned tables.
        same_features: Whether the champion was made of the same feature set.
    """
    yield _refused(quarantine, cells)
    if moved is not None:
        yield _months(moved)
        yield _revised(moved)
        yield _population(moved)
        if same_features:
            yield _columns(moved)


def _refused(quarantine: pd.DataFrame, cells: int) -> Check:
    count = len(refused(quarantine))
    share = count / max(cells, 1)
    found = f"{count} of {cells} cells were refused"
    passed = share <= MOST_REFUSED
    return Check(
        "refused cells",
        passed=passed,
        reason=found if passed else f"{found}, over {MOST_REFUSED:.1%}",
    )


def _months(moved: Drift) -> Check:
    gone = moved.missing_months
    if not gone:
        return Check("missing months", passed=True, reason="no month the champion knew is missing")
    return Check(
        "missing months",
        passed=False,
        reason=f"of the months the champion knew {len(gone)} are missing, {gone[0]} to {gone[-1]}",
    )


def _revised(moved: Drift) -> Check:
    share = moved.revised / max(moved.compared, 1)
    found = f"{moved.revised} of {moved.compared} past values were revised"
    passed = share <= MOST_REVISED
    return Check(
        "revisions", passed=passed, reason=found if passed else f"{found}, over {MOST_REVISED:.0%}"
    )


def _population(moved: Drift) -> Check:
    another = [one for one in moved.shifts if one.index > ANOTHER]
    found = f"{len(another)} of {len(moved.shifts)} features are of another population"
    passed = len(another) <= MOST_MOVED * len(moved.shifts)
    return Check(
        "population", passed=passed, reason=found if passed else f"{found}, over {MOST_MOVED:.0%}"
    )


def _columns(moved: Drift) -> Check:
    gone = moved.missing_columns
    reason = f"of the champion's columns {len(gone)} are gone" if gone else "no column is gone"
    return Check("columns", passed=not gone, reason=reason)
