"""The sample's macro series, repeated until they are as many and as long as wanted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from milkprice.data.cleaning.macro import Grid, arrange
from milkprice.data.formats import names
from milkprice.data.sample import generate
from milkprice.data.tables import raw

LAST = pd.Period("2021-02", freq="M")


def sample_text() -> pd.DataFrame:
    """The sample's raw macro table, as the cleaning gets it."""
    return raw.read_raw(generate().files[names.MACRO_FILE], raw.MACRO)


def sample_grid() -> Grid:
    """The sample's raw cells, one row a month."""
    grid, _ = arrange(sample_text(), as_of=LAST)
    return grid


def scaled_text(grid: Grid, *, series: int, months: int) -> pd.DataFrame:
    """Make a raw macro table of any size, as `read_raw` reads one.

    Series stand side by side again and again. In time they run to and fro, so that where two
    repetitions meet no value jumps and every decimal point can be found as before.

    Args:
        grid: Cells to repeat.
        series: How many columns.
        months: How many rows, the last for the month of `LAST`.
    """
    rows, columns = reflected(len(grid.text), months), np.arange(series) % len(grid.columns)
    text = grid.text[np.ix_(rows, columns)]
    named = [_name(place, list(grid.columns)) for place in range(series)]
    table = pd.DataFrame(text, columns=named, index=pd.RangeIndex(2, months + 2, name=raw.ROW))
    dates = [f"{LAST - back}-01 00:00:00 UTC" for back in range(months - 1, -1, -1)]
    table.insert(0, names.PERIOD, dates)
    return table


def reflected(length: int, wanted: int) -> NDArray[np.int64]:
    """Places that run to the end and back, ending at the last one, until there are enough."""
    back = np.arange(wanted)[::-1] % (2 * length)
    places: NDArray[np.int64] = np.where(back < length, length - 1 - back, back - length)
    return places


def _name(place: int, known: list[str]) -> str:
    return known[place] if place < len(known) else f"{known[place % len(known)]}_{place}"
