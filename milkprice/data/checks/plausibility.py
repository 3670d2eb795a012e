"""What can be wrong with a source whatever came before: rules that need no champion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from milkprice.data.checks.finding import Finding
from milkprice.data.checks.snapshot import Snapshot
from milkprice.data.cleaning import quarantine
from milkprice.data.formats import names
from milkprice.data.formats.series import (
    Level,
    macro_levels,
    macro_series,
    price_levels,
    rain_levels,
)
from milkprice.text import and_others, join_names, pluralize

# The real files have 24 refused cells among 51,000; ten times that is another kind of file.
MOST_REFUSED = 0.005


def refused_cells(came: Snapshot) -> Iterator[Finding]:
    """Too many cells that could not be read."""
    count = len(quarantine.refused_cells(came.tables.quarantine))
    if count > MOST_REFUSED * came.cells:
        reason = f"{count} of {came.cells} cells were refused, over {MOST_REFUSED:.1%}"
        yield Finding("refused cells", stop=True, reason=reason)


def usual_levels(came: Snapshot) -> Iterator[Finding]:
    """Series so far from what they usually are that they must be in another unit."""
    tables = came.tables
    yield from _far(names.PRICES_FILE, tables.prices, price_levels())
    yield from _far(names.RAINFALL_FILE, tables.rainfall, rain_levels())
    if came.clean == "repaired":  # as earlier work read them, they have no unit
        yield from _far(names.MACRO_FILE, tables.macro, macro_levels(list(tables.macro.columns)))


def publication_delays(came: Snapshot) -> Iterator[Finding]:
    """Files that end earlier than the others, by more than they are published later."""
    reaching = {file: end + came.delay(file) for file, end in came.ends.items()}
    newest = max(reaching.values())
    for file, reached in reaching.items():
        if reached < newest:
            due = newest - came.delay(file)
            late = pluralize(due.ordinal - came.ends[file].ordinal, "month")
            reason = (
                f"{file} is {late} late: it ends in {came.ends[file]}; beside the other files, and "
                f"with a delay of {pluralize(came.delay(file), 'month')}, {due} should be there"
            )
            yield Finding("publication delays", stop=False, reason=reason)


def known_series(came: Snapshot) -> Iterator[Finding]:
    """Series of the central bank that are not there; those that models need are asked for before.

    Nothing can be said where only what models look at was read.
    """
    gone = [name for name in macro_series() if name not in came.tables.macro]
    if gone and came.clean == "repaired":
        reason = (
            f"{names.MACRO_FILE} lacks {join_names(gone)} of its {len(macro_series())} series; no "
            "model looks at these"
        )
        yield Finding("known series", stop=False, reason=reason)


def _far(file: str, table: pd.DataFrame, usual: Mapping[str, Level]) -> Iterator[Finding]:
    means = {name: _mean(table[name], level.months) for name, level in usual.items()}
    far = [name for name, mean in means.items() if mean is not None and not usual[name].fits(mean)]
    if far:
        one = far[0]
        reason = (
            f"{file}: {one} has a mean of {means[one]:.3g} in its newest {usual[one].months} "
            f"months where about {usual[one].typical:g} {usual[one].unit} is usual, another "
            f"unit{and_others(far)}"
        )
        yield Finding("usual levels", stop=True, reason=reason)


def _mean(values: pd.Series, months: int) -> float | None:
    known = values.dropna().tail(months)
    return float(known.mean()) if len(known) else None
