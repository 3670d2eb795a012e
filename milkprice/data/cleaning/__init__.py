"""Cleaning: raw text to one row a month, with every refused or repaired cell in a report.

Milk prices and rainfall need a number in every cell and a row for every month: a lag is taken by
counting months, so a hole or a text cell cannot be left out. Nothing of these two files is refused
or repaired silently.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from milkprice.data.errors import CellError, MonthError
from milkprice.data.formats import cells, names
from milkprice.data.raw import dated_months, has_decimal_commas
from milkprice.data.tables import (
    MACRO_TABLE,
    PRICE_TABLE,
    RAINFALL_TABLE,
    Definition,
    check_months,
    check_not_after,
    check_not_repeated,
    months_index,
    read_table,
    write_frame,
    write_table,
)
from milkprice.logs import log_step

PRICES, RAINFALL, MACRO, QUARANTINE = "prices", "rainfall", "macro", "quarantine"


@dataclass(frozen=True)
class CleanTables:
    """The monthly tables, and the report of every cell refused or repaired."""

    prices: pd.DataFrame
    rainfall: pd.DataFrame
    macro: pd.DataFrame
    quarantine: pd.DataFrame


def write_tables(tables: CleanTables, folder: Path, *, suffix: str) -> list[Path]:
    """Check the tables and write them into a folder, with the quarantine report."""
    paths = [folder / f"{name}{suffix}" for name in (PRICES, RAINFALL, MACRO, QUARANTINE)]
    write_table(tables.prices, paths[0], PRICE_TABLE)
    write_table(tables.rainfall, paths[1], RAINFALL_TABLE)
    write_table(tables.macro, paths[2], MACRO_TABLE)
    write_frame(tables.quarantine, paths[3])
    return paths


def read_tables(folder: Path, *, suffix: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Read prices, rainfall and macro from a folder and check them."""
    return (
        read_table(folder / f"{PRICES}{suffix}", PRICE_TABLE),
        read_table(folder / f"{RAINFALL}{suffix}", RAINFALL_TABLE),
        read_table(folder / f"{MACRO}{suffix}", MACRO_TABLE),
    )


@log_step
def clean_prices(raw: pd.DataFrame, *, as_of: pd.Period) -> pd.DataFrame:
    """Read the farm-gate price of milk.

    Returns:
        ``Precio_leche`` by month, CLP per litre, nominal, without VAT.
    """
    file, years = names.PRICES_FILE, raw[names.YEAR]
    pairs = zip(years, raw[names.MONTH], strict=True)
    numbers = pd.Series([cells.named_month(*pair) for pair in pairs], raw.index, dtype="Int64")
    written = years + " " + raw[names.MONTH]
    months = _months(numbers, written, file=file, forms=cells.MONTH_FORMS, as_of=as_of)
    return _by_month(raw[[names.PRICE]], months, file=file, definition=PRICE_TABLE)


@log_step
def clean_rainfall(raw: pd.DataFrame, *, as_of: pd.Period) -> pd.DataFrame:
    """Read the rain of eight regions.

    Returns:
        One column a region, mm a month.
    """
    file, text = names.RAINFALL_FILE, raw[names.DATE]
    numbers = dated_months(text, file=file)
    months = _months(numbers, text, file=file, forms=cells.DATE_FORMS, as_of=as_of)
    return _by_month(raw[list(names.REGIONS)], months, file=file, definition=RAINFALL_TABLE)


def _months(
    numbers: pd.Series, text: pd.Series, *, file: str, forms: str, as_of: pd.Period
) -> pd.Series:
    """Month numbers by row: each of them a month, none in the future, none twice."""
    for row in numbers.index[numbers.isna()]:
        reason = f"is no month; expected {forms}"
        raise MonthError(file=file, row=row, month=repr(text.loc[row]), reason=reason)
    numbers = numbers.astype(np.int64)
    check_not_after(numbers, file=file, as_of=as_of)
    check_not_repeated(numbers, file=file)
    return numbers


def _by_month(
    text: pd.DataFrame, months: pd.Series, *, file: str, definition: Definition
) -> pd.DataFrame:
    """Numbers in order of their months, each checked where the file has it."""
    texts = text.to_numpy()
    if has_decimal_commas(text, file=file):
        texts = text.map(cells.with_point).to_numpy(dtype=object)
    number = np.array([cells.is_number(one) for one in texts.ravel()]).reshape(texts.shape)
    _check_cells(text, number, "a number", file=file)
    values = texts.astype(np.float64)
    _check_cells(text, np.isfinite(values), "a finite number", file=file)
    if definition.least is not None:
        _check_cells(text, values >= definition.least, f"{definition.least:g} or more", file=file)
    table = pd.DataFrame(values, index=months_index(months), columns=text.columns).sort_index()
    check_months(table.index, file=file)
    return definition.check(table)


def _check_cells(text: pd.DataFrame, right: NDArray[np.bool_], expected: str, *, file: str) -> None:
    """Raise unless all cells are right, with the first three that are not."""
    wrong = [
        (int(text.index[row]), str(text.columns[column]), str(text.iloc[row, column]))
        for row, column in np.argwhere(~right).tolist()
    ]
    if wrong:
        row, column, value = wrong[0]
        if not value or cells.is_empty_word(value):
            expected += ": every month needs one"
        raise CellError(
            file=file, row=row, column=column, value=value, expected=expected, others=wrong[1:]
        )
