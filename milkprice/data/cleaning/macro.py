"""The central bank's series: rows put in order, bad cells refused, decimal points restored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from milkprice.data.cleaning import decimals, quarantine
from milkprice.data.cleaning.decimals import Booleans, Cells, Floats, Integers, Texts
from milkprice.data.cleaning.quarantine import Reason
from milkprice.data.errors import MonthError
from milkprice.data.formats import cells, names
from milkprice.data.formats.series import activity_indices, macro_series, national_accounts
from milkprice.data.raw import dated_months, has_decimal_commas
from milkprice.data.tables import MACRO_TABLE, check_months, check_not_after, months_index
from milkprice.errors import SettingError
from milkprice.logs import log_step, logger
from milkprice.settings import CleaningMode

FILE = names.MACRO_FILE
APART = 12  # months without a value that set a few values apart from their series
FEW = 3  # fewer values than these, set apart, are strays


@dataclass(frozen=True)
class CleanTable:
    """A cleaned table and what had to be done for it."""

    table: pd.DataFrame
    quarantine: pd.DataFrame


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

    def frame(self, values: NDArray[np.generic]) -> pd.DataFrame:
        """Values in the place of the cells."""
        return pd.DataFrame(values, index=self.months, columns=self.columns)


@log_step
def clean_macro(
    raw: pd.DataFrame, *, as_of: pd.Period, mode: CleaningMode = "repaired"
) -> CleanTable:
    """Read the central bank's series, one row a month.

    Args:
        raw: ``banco_central.csv`` as text, by `milkprice.data.raw.read_raw`.
        as_of: The current month; later ones are refused.
        mode: ``repaired`` restores lost decimal points by continuity; ``notebook`` reads as
            earlier work did, product as integers, indices cut, complete months only.

    Returns:
        ``repaired``: all series of the file in their units, NaN where there is no value;
        ``notebook``: the product, activity and retail series. And the quarantine report.

    Raises:
        TableError: A month after ``as_of``, a month missing, a column missing; a date that cannot
            be read, commas that can be read in two ways.
        SettingError: ``notebook``, and the file has decimal commas.
    """
    grid, refused = arrange(raw, as_of=as_of)
    parsed = _parse(grid, raw, mode)
    textual = grid.report(~parsed.valid & ~parsed.empty, Reason.NOT_A_NUMBER)
    if mode == "notebook":
        table = notebook_values(grid.frame(np.where(parsed.valid, grid.text, "")))
        return CleanTable(table, quarantine.merge([refused, textual]))
    stray = _strays(parsed.valid)
    values, repairs = _restore(grid, parsed.without(stray))
    strays = grid.report(stray, Reason.STRAY_VALUE)
    report = quarantine.merge([refused, textual, strays, repairs])
    return CleanTable(MACRO_TABLE.check(grid.frame(values)), report)


def arrange(raw: pd.DataFrame, *, as_of: pd.Period) -> tuple[Grid, pd.DataFrame]:
    """Put the rows in order, one a month, and report what had to be refused for it."""
    raw = _without_empty_words(raw)
    months = dated_months(raw[names.PERIOD], file=FILE)
    impossible = _impossible_dates(raw[months.isna()])
    numbers = months.dropna().astype(np.int64)
    if numbers.empty:
        row, date = raw.index[0], raw[names.PERIOD].iloc[0]
        raise MonthError(file=FILE, row=row, month=repr(date), reason="is no month")
    check_not_after(numbers, file=FILE, as_of=as_of)
    ordered = numbers.sort_values(kind="stable")
    grid, repeats = _merge_repeats(raw.loc[ordered.index].drop(columns=names.PERIOD), ordered)
    check_months(grid.months, file=FILE)
    return grid, quarantine.merge([impossible, repeats])


def _without_empty_words(raw: pd.DataFrame) -> pd.DataFrame:
    """Empty the cells whose text says that they are, and log how many each text has."""
    table = raw.drop(columns=names.PERIOD)
    words = [text for text in set(table.to_numpy().ravel().tolist()) if cells.is_empty_word(text)]
    if not words:
        return raw
    where = table.isin(words)
    counts = Counter(table.to_numpy()[where.to_numpy()].tolist())
    for word, count in counts.most_common():
        logger.warning("%s: %r is read as an empty cell, %d times", FILE, word, count)
    return pd.concat([raw[[names.PERIOD]], table.mask(where, "")], axis=1)


def _parse(grid: Grid, raw: pd.DataFrame, mode: CleaningMode) -> Cells:
    """Take cells apart; a file with decimal commas has not lost them."""
    table = raw.drop(columns=names.PERIOD)
    if not has_decimal_commas(table, file=FILE):
        return decimals.parse_cells(grid.text)
    if mode == "notebook":
        expected = f"repaired: {FILE} has decimal commas, which the notebook could not read"
        raise SettingError(option="clean", value=mode, expected=expected)
    text = grid.frame(grid.text).map(cells.with_point).to_numpy(dtype=object)
    return decimals.parse_cells(text).all_intact()


def _impossible_dates(rows: pd.DataFrame) -> pd.DataFrame:
    """A report of every filled cell of the rows whose date is none, the date among them."""
    cells = rows.melt(ignore_index=False, var_name="column", value_name="raw")
    cells = cells[cells["raw"] != ""]
    return quarantine.entries(
        file=FILE,
        rows=cells.index,
        columns=cells["column"].tolist(),
        raw=cells["raw"].to_numpy(),
        reason=Reason.IMPOSSIBLE_DATE,
    )


def _merge_repeats(ordered: pd.DataFrame, numbers: pd.Series) -> tuple[Grid, pd.DataFrame]:
    """One row a month: each cell's first value stands, a later one that differs is refused."""
    repeated = numbers.duplicated().to_numpy()
    text = ordered.to_numpy(dtype=object)
    rows = np.repeat(ordered.index.to_numpy()[:, np.newaxis], text.shape[1], axis=1)
    conflicts = np.zeros(text.shape, dtype=bool)
    first = np.flatnonzero(~repeated)
    for place in np.flatnonzero(repeated):
        kept = first[np.searchsorted(first, place) - 1]
        missing = text[kept] == ""
        conflicts[place] = ~missing & (text[place] != "") & (text[place] != text[kept])
        text[kept, missing], rows[kept, missing] = text[place, missing], rows[place, missing]
    every = Grid(months_index(numbers), ordered.columns, text, rows)
    reports = [_repeats(numbers[repeated]), every.report(conflicts, Reason.CONFLICTING_REPEAT)]
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


def _strays(valid: Booleans) -> Booleans:
    """Values that a long gap sets apart from their series, when they are very few.

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
    """Values with their points restored, and a report of every cell that was not as written."""
    known = macro_series()
    levels = [known[name].level if name in known else np.nan for name in grid.columns]
    powers = decimals.restore(cells, np.array(levels))
    values = np.where(cells.valid, decimals.to_values(cells.digits, powers), np.nan)
    unusual = powers != np.where(cells.lost, _usual(powers, cells.lost), cells.decimals)
    changed = cells.lost | (cells.ambiguous & unusual)
    reason = np.where(unusual, Reason.POWER_MOVED.value, Reason.POINT_RESTORED.value)
    return values, grid.report(changed, reason.astype(object), values)


def _usual(powers: Integers, lost: Booleans) -> Integers:
    """The most frequent power of each series' lost cells; the least where none is lost."""
    span = range(int(powers.min()), int(powers.max()) + 1)
    counts = np.stack([((powers == power) & lost).sum(axis=0) for power in span])
    usual: Integers = counts.argmax(axis=0) + span.start
    return usual


def notebook_values(text: pd.DataFrame) -> pd.DataFrame:
    """Read product, activity and retail series as earlier work did, errors included.

    Its notebook read the product's cells as integers, took the indices' first digits to stand
    around 100 and cut off most of the others.

    Args:
        text: One row a month, cells as str, empty where there is no number.

    Returns:
        float64, the months in which all of these series have a value.
    """
    families: list[tuple[list[str], Callable[[str], float]]] = [
        (national_accounts(text.columns), read_product),
        (activity_indices(text.columns), read_index),
        ([names.RETAIL_SALES], read_index),
    ]
    parts = []
    for columns, read in families:
        complete = text[columns][(text[columns] != "").all(axis=1)]
        parts.append(complete.map(read))
    return pd.concat(parts, axis=1, join="inner").astype("float64")


def read_product(cell: str) -> float:
    """All digits as one integer: ``123.491.343`` is 123491343."""
    return float(int(cell.replace(".", "")))


def read_index(cell: str) -> float:
    """An index believed to be near 100: ``102.796.218`` is 102.796, ``998.310.201`` is 99.8.

    A first group of three digits with a leading 1 is the whole part and the second group the
    decimals; of any other first group of three, two digits are the whole part and the third the
    only decimal. A shorter first group is filled up from the second.
    """
    first, second, *_ = [*cell.split("."), ""]
    above_hundred = first.startswith("1")
    if len(first) > 2:
        return float(f"{first}.{second}" if above_hundred else f"{first[:2]}.{first[-1]}")
    digits = first + second
    whole = 3 if above_hundred else 2
    return float(f"{digits[:whole]}.{digits[whole:]}")
