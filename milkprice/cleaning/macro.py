"""The central bank's series: strays refused, decimal points put back."""

from __future__ import annotations

import numpy as np
import pandas as pd

from milkprice.cleaning import decimals, quarantine
from milkprice.cleaning.decimals import Booleans, Cells, Floats, Integers
from milkprice.cleaning.grid import Grid, arrange
from milkprice.cleaning.notebook import notebook_values
from milkprice.cleaning.quarantine import Cleaned, Reason
from milkprice.logs import logged
from milkprice.quirks.series import catalogue
from milkprice.settings import CleaningMode
from milkprice.tables.definition import MACRO

APART = 12  # months without a value that set a few values apart from their series
FEW = 3  # fewer values than these, set apart, are strays


@logged
def clean_macro(raw: pd.DataFrame, *, as_of: pd.Period, mode: CleaningMode = "repaired") -> Cleaned:
    """Read the central bank's series, one row a month.

    Args:
        raw: ``banco_central.csv`` as text, by `milkprice.tables.raw.read_raw`.
        as_of: The current month; later ones are refused.
        mode: ``repaired`` puts lost decimal points back by continuity; ``notebook`` reads as
            earlier work did, product as integers, indices cut, complete months only.

    Returns:
        ``repaired``: all series of the file in their units, NaN where there is no value;
        ``notebook``: the product, activity and retail series. And the quarantine report.

    Raises:
        TableError: A month after ``as_of``, a month missing, a column missing.
    """
    grid, refused = arrange(raw, as_of=as_of)
    cells = decimals.read_cells(grid.text)
    textual = grid.report(~cells.valid & ~cells.empty, Reason.NOT_A_NUMBER)
    if mode == "notebook":
        table = notebook_values(grid.frame(np.where(cells.valid, grid.text, "")))
        return Cleaned(table, quarantine.merge([refused, textual]))
    stray = _strays(cells.valid)
    values, repairs = _restore(grid, cells.without(stray))
    strays = grid.report(stray, Reason.STRAY_VALUE)
    report = quarantine.merge([refused, textual, strays, repairs])
    return Cleaned(MACRO.check(grid.frame(values)), report)


def _strays(valid: Booleans) -> Booleans:
    """Values that a long silence sets apart from their series, when they are very few.

    A series runs on from its first month; one or two values a year and more away from all
    others belong to another series or another row.
    """
    stray = np.zeros_like(valid)
    for column in np.flatnonzero(valid.any(axis=0)):
        months = np.flatnonzero(valid[:, column])
        groups = np.split(months, np.flatnonzero(np.diff(months) > APART) + 1)
        few = [group for group in groups if len(group) < FEW]
        if few and len(few) < len(groups):
            stray[np.concatenate(few), column] = True
    return stray


def _restore(grid: Grid, cells: Cells) -> tuple[Floats, pd.DataFrame]:
    """Values with their points put back, and a report of every cell that was not as written."""
    known = catalogue()
    levels = [known[name].level if name in known else np.nan for name in grid.columns]
    powers = decimals.restore(cells, np.array(levels))
    values = np.where(cells.valid, decimals.values_of(cells.digits, powers), np.nan)
    moved = powers != np.where(cells.lost, _usual(powers, cells.lost), cells.decimals)
    changed = cells.lost | (cells.ambiguous & moved)
    reason = np.empty(changed.shape, dtype=object)
    reason[changed] = np.where(
        moved[changed], Reason.POWER_MOVED.value, Reason.POINT_RESTORED.value
    )
    return values, grid.report(changed, reason, values)


def _usual(powers: Integers, lost: Booleans) -> Integers:
    """The most frequent power of each series' lost cells; the least where none is lost."""
    span = range(int(powers.min()), int(powers.max()) + 1)
    counts = np.stack([((powers == power) & lost).sum(axis=0) for power in span])
    usual: Integers = counts.argmax(axis=0) + span.start
    return usual
