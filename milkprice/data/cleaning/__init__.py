"""Cleaning: raw text to one row a month, with every refused or repaired cell in a report.

Milk prices and rainfall need a number in every cell and a row for every month: a lag is taken by
counting months, so a hole or a text cell cannot be left out. Nothing of these two files is refused
or repaired silently.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from milkprice.data.cleaning.macro import clean_macro
from milkprice.data.errors import CellError, MonthError
from milkprice.data.formats import names
from milkprice.data.formats.cells import dated_month, spanish_month
from milkprice.data.tables import (
    MACRO_TABLE,
    PRICE_TABLE,
    RAINFALL_TABLE,
    RAW_MACRO,
    RAW_PRICES,
    RAW_RAINFALL,
    check_not_after,
    months_index,
    read_raw,
    read_table,
    write_frame,
    write_table,
)
from milkprice.logs import log_step
from milkprice.settings import CleaningMode

PRICES, RAINFALL, MACRO, QUARANTINE = "prices", "rainfall", "macro", "quarantine"

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")


@dataclass(frozen=True)
class CleanTables:
    """The monthly tables, and the report of every cell refused or repaired."""

    prices: pd.DataFrame
    rainfall: pd.DataFrame
    macro: pd.DataFrame
    quarantine: pd.DataFrame


def clean_all(files: dict[str, bytes], *, mode: CleaningMode, as_of: pd.Period) -> CleanTables:
    """Clean the three raw files."""
    prices = clean_prices(read_raw(files[names.PRICES_FILE], RAW_PRICES), as_of=as_of)
    rainfall = clean_rainfall(read_raw(files[names.RAINFALL_FILE], RAW_RAINFALL), as_of=as_of)
    text = read_raw(files[names.MACRO_FILE], RAW_MACRO)
    macro = clean_macro(text, as_of=as_of, mode=mode)
    return CleanTables(prices, rainfall, macro.table, macro.quarantine)


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
    text = raw[names.YEAR] + " " + raw[names.MONTH]
    years = zip(raw[names.YEAR], raw[names.MONTH], strict=True)
    months = _months([spanish_month(*year) for year in years], text, names.PRICES_FILE, as_of)
    return PRICE_TABLE.check(_by_month(raw[[names.PRICE]], months, names.PRICES_FILE))


@log_step
def clean_rainfall(raw: pd.DataFrame, *, as_of: pd.Period) -> pd.DataFrame:
    """Read the rain of eight regions.

    Returns:
        One column a region, mm a month.
    """
    text = raw[names.DATE]
    months = _months(list(map(dated_month, text)), text, names.RAINFALL_FILE, as_of)
    return RAINFALL_TABLE.check(_by_month(raw[list(names.REGIONS)], months, names.RAINFALL_FILE))


def _months(
    months: Sequence[int | None], text: pd.Series, file: str, as_of: pd.Period
) -> pd.Series:
    """Month numbers by row: each of them a month, none in the future, none twice."""
    for row, month in zip(text.index, months, strict=True):
        if month is None:
            raise MonthError(file=file, row=row, month=repr(text.loc[row]), reason="is no month")
    numbers = pd.Series(np.array(months, dtype=np.int64), index=text.index)
    check_not_after(numbers, file=file, as_of=as_of)
    repeated = numbers[numbers.duplicated()]
    if len(repeated):
        month = int(repeated.iloc[0])
        raise MonthError(
            file=file,
            row=int(repeated.index[0]),
            month=pd.Period(ordinal=month, freq="M"),
            reason=f"stands in row {numbers.index[numbers == month][0]} already",
        )
    return numbers


def _by_month(text: pd.DataFrame, months: pd.Series, file: str) -> pd.DataFrame:
    """Numbers in order of their months."""
    columns = {name: [_number(cell, row, name, file) for row, cell in text[name].items()]
               for name in text.columns}  # fmt: skip
    ordered = months.sort_values()
    table = pd.DataFrame(columns, index=text.index).loc[ordered.index]
    return table.set_axis(months_index(ordered), axis=0)


def _number(cell: str, row: object, column: str, file: str) -> float:
    if not _NUMBER.fullmatch(cell):
        raise CellError(
            file=file,
            row=int(str(row)),
            column=column,
            value=cell,
            expected="a number" if cell else "a number: every month needs one",
        )
    return float(cell)
