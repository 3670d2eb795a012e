"""Which cells of the files were refused, which repaired."""

from __future__ import annotations

import pandas as pd

from milkprice.data.cleaning.quarantine import Reason
from milkprice.report.content import CELLS, FILE, REASON, ReportContent
from milkprice.report.markup import Html, Words, element, section, table
from milkprice.report.numbers import count

REPAIRED = frozenset({Reason.POINT_RESTORED.value, Reason.POWER_MOVED.value})


def quarantine(content: ReportContent) -> Html:
    """The refused and repaired cells by file and reason."""
    found = content.quarantine
    intro = (
        "The public files have broken dates, repeated months and lost decimal points. What can be "
        "told with certainty is repaired, the rest is refused; quarantine.csv lists every cell."
    )
    shown = _table(found) if len(found) else element("p", "Every cell was taken as it is.")
    return section("data", "Data: what was refused or repaired", intro, shown)


def _table(found: pd.DataFrame) -> Html:
    rows = (
        (str(file), str(reason), _outcome(str(reason)), count(int(cells)))
        for file, reason, cells in zip(found[FILE], found[REASON], found[CELLS], strict=True)
    )
    repaired = int(found.loc[found[REASON].isin(REPAIRED), CELLS].sum())
    refused = int(found[CELLS].sum()) - repaired
    caption = f"{count(repaired)} cells repaired, {count(refused)} refused"
    return table(caption, (Words("file"), Words("reason"), Words("outcome"), "cells"), rows)


def _outcome(reason: str) -> str:
    return "repaired" if reason in REPAIRED else "refused"
