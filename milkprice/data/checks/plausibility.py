"""Rules that need no champion: what can be wrong with a source on its own."""

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


def refused_cells(snapshot: Snapshot) -> Iterator[Finding]:
    """Too many cells that could not be read."""
    count = len(quarantine.refused_cells(snapshot.tables.quarantine))
    if count > MOST_REFUSED * snapshot.cells:
        reason = f"{count} of {snapshot.cells} cells were refused, over {MOST_REFUSED:.1%}"
        yield Finding("refused cells", stop=True, reason=reason)


def usual_levels(snapshot: Snapshot) -> Iterator[Finding]:
    """Series so far from their usual level that they must be in another unit."""
    tables = snapshot.tables
    yield from _unusual(names.PRICES_FILE, tables.prices, price_levels())
    yield from _unusual(names.RAINFALL_FILE, tables.rainfall, rain_levels())
    if snapshot.clean == "repaired":  # read as earlier work did, they have no unit
        levels = macro_levels(list(tables.macro.columns))
        yield from _unusual(names.MACRO_FILE, tables.macro, levels)


def publication_delays(snapshot: Snapshot) -> Iterator[Finding]:
    """Files that end earlier than the others, by more than they are published later."""
    published = {file: end + snapshot.delay(file) for file, end in snapshot.ends.items()}
    newest = max(published.values())
    for file, month in published.items():
        if month < newest:
            delay, end = snapshot.delay(file), snapshot.ends[file]
            due = newest - delay
            late = pluralize(due.ordinal - end.ordinal, "month")
            reason = (
                f"{file} is {late} late: it ends in {end}; beside the other files, and "
                f"with a delay of {pluralize(delay, 'month')}, {due} should be there"
            )
            yield Finding("publication delays", stop=False, reason=reason)


def known_series(snapshot: Snapshot) -> Iterator[Finding]:
    """Missing series that no model uses; a file without one that models use is not even read.

    In ``notebook`` mode only the series that models use are read, so nothing can be said.
    """
    known = macro_series()
    missing = [name for name in known if name not in snapshot.tables.macro]
    if missing and snapshot.clean == "repaired":
        reason = (
            f"{names.MACRO_FILE} lacks {join_names(missing)} of its {len(known)} series; no "
            "model uses these"
        )
        yield Finding("known series", stop=False, reason=reason)


RULES = (refused_cells, usual_levels, publication_delays, known_series)


def _unusual(file: str, table: pd.DataFrame, levels: Mapping[str, Level]) -> Iterator[Finding]:
    means = {name: _newest_mean(table[name], level.months) for name, level in levels.items()}
    unusual = [
        name for name, mean in means.items() if not (mean is None or levels[name].fits(mean))
    ]
    if unusual:
        first = unusual[0]
        level = levels[first]
        reason = (
            f"{file}: {first} has a mean of {means[first]:.3g} in its newest {level.months} "
            f"months where about {level.typical:g} {level.unit} is usual, another "
            f"unit{and_others(unusual)}"
        )
        yield Finding("usual levels", stop=True, reason=reason)


def _newest_mean(values: pd.Series, months: int) -> float | None:
    known = values.dropna().tail(months)
    return float(known.mean()) if len(known) else None
