"""What moved since the champion was trained."""

from __future__ import annotations

from milkprice.report.content import ReportContent
from milkprice.report.markup import Html, Words, element, section, table
from milkprice.report.numbers import count, decimal
from milkprice.validation.drift import SIGNIFICANT_SHIFT, Drift, sentences

SHOWN = 15


def drift(content: ReportContent) -> Html:
    """What moved in words, the features that moved and the values that were revised."""
    found = content.drift
    intro = (
        "The features are compared with those that the champion learnt from: which values moved, "
        "and which past ones the sources give otherwise now."
    )
    return section("drift", "Drift", intro, *(_nothing() if found is None else _found(found)))


def _nothing() -> list[Html]:
    return [element("p", "There is no champion to compare with.")]


def _found(found: Drift) -> list[Html]:
    said = sentences(found) or ["nothing moved"]
    listed = element("ul", *(element("li", f"{one[:1].upper()}{one[1:]}.") for one in said))
    tables = [
        *([_moved(found)] if found.shifted else []),
        *([_revised(found)] if found.revisions else []),
    ]
    return [element("p", f"Compared with {found.champion}:"), listed, *tables]


def _moved(found: Drift) -> Html:
    moved = found.shifted
    caption = f"Features that moved, {min(SHOWN, len(moved))} of {count(len(moved))}"
    head = (Words("feature"), "stability index", Words("reading"))
    rows = ((one.feature, decimal(one.index), _reading(one.index)) for one in moved[:SHOWN])
    return table(caption, head, rows)


def _reading(index: float) -> str:
    return "significant shift" if index >= SIGNIFICANT_SHIFT else "moderate shift"


def _revised(found: Drift) -> Html:
    shown = found.revisions[:SHOWN]
    caption = f"Values revised, the largest {len(shown)} of {count(found.revised)}"
    head = (Words("column"), Words("month"), "before", "now")
    rows = ((one.column, one.month, f"{one.before:g}", f"{one.now:g}") for one in shown)
    return table(caption, head, rows)
