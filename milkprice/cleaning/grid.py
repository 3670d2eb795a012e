"""The central bank's cells in order of their months, each knowing the line it came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from milkprice.cleaning import quarantine
from milkprice.cleaning.decimals import Booleans, Floats, Integers, Texts
from milkprice.cleaning.monthly import check_not_after, months_index
from milkprice.cleaning.quarantine import Reason
from milkprice.quirks import names
from milkprice.quirks.months import dated_month
from milkprice.tables.definition import check_months

FILE = names.MACRO_FILE


@dataclass(frozen=True)
class Grid:
    """Raw cells, months x series.

    Attributes:
        months: Every month from the first to the last.
        columns: The series.
        text: The cells as they are written.
        rows: The line of the file each cell stands in.
    """

    months: pd.PeriodIndex
    columns: pd.Index
    text: Texts
    rows: Integers

    def report(
        self, where: Booleans, reason: Reason | Texts, repaired: Floats | None = None
    ) -> pd.DataFrame:
        """Quarantine entries for the cells in ``where``."""
        return quarantine.entries(
            file=FILE,
            rows=self.rows[where],
            columns=self.columns[np.nonzero(where)[1]].tolist(),
            raw=self.text[where],
            reason=reason if isinstance(reason, Reason) else reason[where],
            repaired=np.nan if repaired is None else repaired[where],
        )

    def frame(self, values: NDArray[np.generic] | Texts) -> pd.DataFrame:
        """Values in the place of the cells."""
        return pd.DataFrame(values, index=self.months, columns=self.columns)


def arrange(raw: pd.DataFrame, *, as_of: pd.Period) -> tuple[Grid, pd.DataFrame]:
    """Put the rows in order, one a month, and report what had to be refused for it.

    Args:
        raw: ``banco_central.csv`` as text, by `milkprice.tables.raw.read_raw`.
        as_of: The current month.

    Raises:
        MonthError: A month after ``as_of``.
        MissingMonthsError: A month between the first and the last has no row.
    """
    months = raw[names.PERIOD].map(dated_month)
    impossible = _impossible_dates(raw[months.isna()])
    numbers = months.dropna().astype(np.int64)
    check_not_after(numbers, file=FILE, as_of=as_of)
    ordered = numbers.sort_values(kind="stable")
    grid, repeats = _merge_repeats(raw.loc[ordered.index].drop(columns=names.PERIOD), ordered)
    check_months(grid.months, file=FILE)
    return grid, quarantine.merge([impossible, repeats])


def _impossible_dates(refused: pd.DataFrame) -> pd.DataFrame:
    """A report of every filled cell of the rows whose date is none, the date among them."""
    filled = (refused != "").to_numpy()
    return quarantine.entries(
        file=FILE,
        rows=np.repeat(refused.index.to_numpy(), filled.sum(axis=1)),
        columns=np.tile(refused.columns.to_numpy(), (len(refused), 1))[filled].tolist(),
        raw=refused.to_numpy()[filled],
        reason=Reason.IMPOSSIBLE_DATE,
    )


def _merge_repeats(ordered: pd.DataFrame, numbers: pd.Series) -> tuple[Grid, pd.DataFrame]:
    """One row a month: each cell's first value stands, a later one that differs is refused."""
    again = numbers.duplicated().to_numpy()
    text = ordered.to_numpy(dtype=object)
    rows = np.repeat(ordered.index.to_numpy()[:, np.newaxis], text.shape[1], axis=1)
    conflicts = np.zeros(text.shape, dtype=bool)
    first = np.flatnonzero(~again)
    for place in np.flatnonzero(again):
        kept = first[np.searchsorted(first, place) - 1]
        missing = text[kept] == ""
        conflicts[place] = ~missing & (text[place] != "") & (text[place] != text[kept])
        text[kept, missing], rows[kept, missing] = text[place, missing], rows[place, missing]
    every = Grid(months_index(numbers), ordered.columns, text, rows)
    reports = [_repeats(numbers[again]), every.report(conflicts, Reason.CONFLICTING_REPEAT)]
    grid = Grid(every.months[first], ordered.columns, text[first], rows[first])
    return grid, quarantine.merge(reports)


def _repeats(numbers: pd.Series) -> pd.DataFrame:
    return quarantine.entries(
        file=FILE,
        rows=numbers.index.to_numpy(),
        columns=names.PERIOD,
        raw=months_index(numbers).astype(str).to_numpy(),
        reason=Reason.REPEATED_MONTH,
    )
