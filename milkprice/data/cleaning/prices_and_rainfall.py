"""From dated rows to one row a month.

Milk prices: one number a month, every month.
Rainfall: eight regions a month, every month.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from milkprice.data.cleaning.quarantine import CleanTable, empty
from milkprice.data.errors import CellError, MonthError
from milkprice.data.formats import names
from milkprice.data.formats.cells import dated_month, spanish_month
from milkprice.data.tables.monthly import PRICES, RAINFALL, months_index
from milkprice.logs import log_step

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")


def check_not_after(numbers: pd.Series, *, file: str, as_of: pd.Period) -> None:
    """Raise at the first row whose month has not begun on ``as_of``."""
    late = numbers[numbers > as_of.ordinal]
    if len(late):
        month = pd.Period(ordinal=int(late.iloc[0]), freq="M")
        raise MonthError(
            file=file, row=int(late.index[0]), month=month, reason=f"lies after today's, {as_of}"
        )


def check_once(numbers: pd.Series, *, file: str) -> None:
    """Raise at the first row whose month stood in an earlier row."""
    again = numbers[numbers.duplicated()]
    if len(again):
        month, row = int(again.iloc[0]), int(again.index[0])
        first = int(numbers.index[numbers == month][0])
        raise MonthError(
            file=file,
            row=row,
            month=pd.Period(ordinal=month, freq="M"),
            reason=f"stands in row {first} already",
        )


def numbers_of(raw: pd.DataFrame, columns: list[str], *, file: str) -> pd.DataFrame:
    """Plain decimal numbers of some columns, every cell of which must have one."""
    return pd.DataFrame(
        {
            column: [_number(cell, row, column, file) for row, cell in raw[column].items()]
            for column in columns
        },
        index=raw.index,
    )


def month_numbers(months: Mapping[int, int | None], written: pd.Series, *, file: str) -> pd.Series:
    """Month numbers by row, every one of which must be a month."""
    for row, number in months.items():
        if number is None:
            raise MonthError(file=file, row=row, month=repr(written.loc[row]), reason="is no month")
    return pd.Series(months, dtype=np.int64)


def by_month(table: pd.DataFrame, numbers: pd.Series) -> pd.DataFrame:
    """The table in order of its months, which become its index."""
    ordered = numbers.sort_values(kind="stable")
    return table.loc[ordered.index].set_axis(months_index(ordered), axis=0)


def _number(cell: str, row: object, column: str, file: str) -> float:
    if not _NUMBER.fullmatch(cell):
        raise CellError(
            file=file,
            row=int(str(row)),
            column=column,
            value=cell,
            expected="a number: every month needs one" if not cell else "a number",
        )
    return float(cell)


@log_step
def clean_prices(raw: pd.DataFrame, *, as_of: pd.Period) -> CleanTable:
    """Read the farm-gate price of milk.

    A lag is taken by counting months, so a hole or a text cell cannot be left out: it is an
    error, and nothing of this file is ever refused or repaired quietly.

    Args:
        raw: ``precio_leche.csv`` as text, by `milkprice.data.tables.raw.read_raw`.
        as_of: The current month; later ones are refused.

    Returns:
        ``Precio_leche``, CLP per litre, nominal, without VAT; an empty quarantine report.

    Raises:
        TableError: A cell or month that cannot be, with file, row and column.
    """
    file = names.PRICES_FILE
    written = raw[names.YEAR] + " " + raw[names.MONTH]
    months = {
        row: spanish_month(year, month)
        for row, year, month in zip(raw.index, raw[names.YEAR], raw[names.MONTH], strict=True)
    }
    numbers = month_numbers(months, written, file=file)
    check_not_after(numbers, file=file, as_of=as_of)
    check_once(numbers, file=file)
    table = by_month(numbers_of(raw, [names.PRICE], file=file), numbers)
    return CleanTable(PRICES.check(table), empty())


@log_step
def clean_rainfall(raw: pd.DataFrame, *, as_of: pd.Period) -> CleanTable:
    """Read the rain of eight regions and put the months in order.

    Args:
        raw: ``precipitaciones.csv`` as text, by `milkprice.data.tables.raw.read_raw`.
        as_of: The current month; later ones are refused.

    Returns:
        One column a region, mm a month; an empty quarantine report.

    Raises:
        TableError: A cell or month that cannot be, with file, row and column.
    """
    file = names.RAINFALL_FILE
    months = {row: dated_month(text) for row, text in zip(raw.index, raw[names.DATE], strict=True)}
    numbers = month_numbers(months, raw[names.DATE], file=file)
    check_not_after(numbers, file=file, as_of=as_of)
    check_once(numbers, file=file)
    table = by_month(numbers_of(raw, list(names.REGIONS), file=file), numbers)
    return CleanTable(RAINFALL.check(table), empty())
