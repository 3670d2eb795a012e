"""One tidy table as a source: a month a row, a price column, further numeric columns as regressors.

It is read from CSV, Parquet or XLSX; rain and macro data are not needed. The price keeps the name
of its column, in the features and forecasts too. Every cell is checked under its file, row and
column, and no month is guessed or left out in silence.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from milkprice.data.errors import (
    CellError,
    ColumnsError,
    ConstantPriceError,
    EmptyTableError,
    MonthError,
    TableFormatError,
)
from milkprice.data.formats import names
from milkprice.data.formats.cells import month_number
from milkprice.data.raw import ROW, RawFile, read_raw
from milkprice.data.tables import (
    CSV,
    MONTH,
    PARQUET,
    check_months,
    check_not_after,
    check_not_repeated,
    months_index,
)
from milkprice.errors import SettingError
from milkprice.logs import logger
from milkprice.text import join_names, truncate

XLSX = ".xlsx"
SUFFIXES = (CSV, PARQUET, XLSX)

# Columns that are told by their names where several could be meant.
MONTH_NAMES = frozenset({"month", "mes", "date", "fecha", "period", "periodo", "time"})
PRICE_NAMES = frozenset({"price", "precio", "value", "valor"})
# Forecasts are of logarithms and scores of squares; what lies outside is another unit.
LEAST_PRICE, GREATEST_PRICE = 1e-9, 1e15
GREATEST = 1e100  # of a regressor, whose powers are terms of the row model

_ROLE = "month of a tidy table"  # the first column of its parts

MISSING = frozenset({"", "-", "na", "n/a", "#n/a", "nan", "nd", "null", "none", "s/i"})
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/]|[Mm])(\d{1,2})(?:[-/]\d{1,2}(?:[ T].*)?)?")
_DIGITS = re.compile(r"(\d{4})(\d{2})")
_WORD = re.compile(r"([^\W\d_]+)\.?[ /-]?(\d{4})")
_EXPECTED = "expected a month as 2020-01, 2020-01-31, 2020M01, 202001 or Jan 2020"
_WORDS = {
    word: number
    for number, words in enumerate(
        (
            "january jan enero ene", "february feb febrero", "march mar marzo",
            "april apr abril abr", "may mayo", "june jun junio", "july jul julio",
            "august aug agosto ago", "september sep sept septiembre setiembre set",
            "october oct octubre", "november nov noviembre", "december dec diciembre dic",
        ),
        start=1,
    )
    for word in words.split()
}  # fmt: skip


@dataclass(frozen=True)
class TidyTable:
    """A tidy table, read and checked.

    Attributes:
        prices: The price under its own name; one row a month from its first to its last.
        regressors: All further numeric columns, one row for each month of the table; a cell can be
            missing. No columns where there are none.
    """

    prices: pd.DataFrame
    regressors: pd.DataFrame

    def files(self) -> dict[str, bytes]:
        """The table in the three roles of a source's files, as ``parse_role`` reads them."""
        rain = pd.DataFrame(index=self.prices.index)
        roles = zip(names.RAW_FILES, (self.prices, rain, self.regressors), strict=True)
        return {name: part.to_csv(index_label=_ROLE, lineterminator="\n").encode()
                for name, part in roles}  # fmt: skip


def is_role(data: bytes) -> bool:
    """Whether bytes in a raw file's role are part of a tidy table, checked already."""
    return data.startswith(_ROLE.encode())


def parse_role(data: bytes) -> pd.DataFrame:
    """Read a part of a tidy table back as a monthly table."""
    frame = pd.read_csv(io.BytesIO(data), float_precision="round_trip", index_col=_ROLE)
    index = pd.PeriodIndex(frame.index.astype(str), freq="M", name=MONTH)
    return frame.astype(float).set_axis(index, axis=0)


def is_table(source: str) -> bool:
    """Whether the address of a source is that of one table."""
    return source.lower().endswith(SUFFIXES) and not Path(source).is_dir()


def read_tidy(
    data: bytes, file: str, *, month: str | None, price: str | None, as_of: pd.Period
) -> TidyTable:
    """Read a tidy table.

    Args:
        data: Its bytes.
        file: Its name, which tells the format, for messages.
        month: The column of months; None for the one that is told by its cells or its name.
        price: The column of prices; None for the only numeric one, or one of a usual name.
        as_of: Months after it are refused.

    Raises:
        TableError: It cannot be read, or a cell or month is not as expected.
        SettingError: It cannot be told which column is meant, or there is none of this name.
    """
    cells = _read_cells(data, file)
    months = _month_column(cells, file, month)
    numbers = _numbers(cells.drop(columns=months), file)
    target = _price_column(numbers, file, price)
    ordinals = _ordinals(cells[months], file, as_of).sort_values()
    ordered = numbers.loc[ordinals.index].set_axis(months_index(ordinals), axis=0)
    prices = ordered[[target]].loc[ordered[target].first_valid_index() :]
    prices = prices.loc[: prices[target].last_valid_index()]
    _check_prices(prices, ordinals, file)
    return TidyTable(prices, ordered.drop(columns=target))


def _read_cells(data: bytes, file: str) -> pd.DataFrame:
    """All cells under their row in the file: text, or what a typed format has."""
    suffix = Path(file).suffix.lower()
    cells = {CSV: _csv_cells, PARQUET: _parquet_cells, XLSX: _xlsx_cells}[suffix](data, file)
    columns = [str(column).strip() for column in cells.columns]
    repeated = sorted({column for column in columns if columns.count(column) > 1})
    if repeated:
        raise ColumnsError(file=file, missing=(), repeated=repeated)
    cells = cells.set_axis(columns, axis=1)
    cells = cells.loc[~cells.map(_is_missing).all(axis=1)]
    if cells.empty:
        raise EmptyTableError(file=file)
    return cells


def _csv_cells(data: bytes, file: str) -> pd.DataFrame:
    header = data.partition(b"\n")[0]
    if b";" in header and b"," not in header:
        reason = "its cells stand between semicolons; expected commas, and points before decimals"
        raise TableFormatError(file=file, reason=reason)
    return read_raw(data, RawFile(file, (), extra=True))


def _parquet_cells(data: bytes, file: str) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(io.BytesIO(data), engine="pyarrow")
    except (ValueError, OSError, KeyError) as error:
        raise TableFormatError(file=file, reason=_line(error), kind="Parquet") from error
    named = not isinstance(frame.index, pd.RangeIndex)
    frame = frame.reset_index() if named else frame
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1, name=ROW), axis=0)


def _xlsx_cells(data: bytes, file: str) -> pd.DataFrame:
    """The only sheet that holds anything; its first row is the header."""
    from python_calamine import CalamineError  # here, as few sources are of this kind

    try:
        sheets = pd.read_excel(
            io.BytesIO(data), engine="calamine", header=None, sheet_name=None, dtype=object
        )
    except (CalamineError, ValueError, OSError) as error:
        raise TableFormatError(file=file, reason=_line(error), kind="XLSX") from error
    filled = {name: sheet for name, sheet in sheets.items() if not sheet.dropna(how="all").empty}
    if len(filled) > 1:
        reason = f"its sheets {join_names(map(str, filled))} hold data; expected one sheet"
        raise TableFormatError(file=file, reason=reason, kind="one table")
    if not filled:
        raise EmptyTableError(file=file)
    sheet = next(iter(filled.values()))
    sheet = sheet.loc[:, sheet.notna().any()]
    header = ["" if _is_missing(cell) else cell for cell in sheet.iloc[0]]
    return sheet.iloc[1:].set_axis(header, axis=1).set_axis(sheet.index[1:] + 1, axis=0)


def _line(error: Exception) -> str:
    """What a library says of a file, its first line."""
    return truncate(str(error).partition("\n")[0].rstrip("."))


def _month_column(cells: pd.DataFrame, file: str, name: str | None) -> str:
    if name:
        return _column(cells, file, name, option="month")
    columns = [str(column) for column in cells]
    told = [column for column in columns if _holds_months(cells[column])]
    if len(told) != 1:
        told = [column for column in told or columns if column.casefold() in MONTH_NAMES]
    if len(told) != 1:
        raise SettingError(
            option="month",
            value="",
            expected=f"the name of the column of months in {file}, one of {_names(cells)}",
        )
    return told[0]


def _price_column(numbers: pd.DataFrame, file: str, name: str | None) -> str:
    if name:
        return _column(numbers, file, name, option="price")
    told = [str(column) for column in numbers]
    if len(told) > 1:
        told = [column for column in told if column.casefold() in PRICE_NAMES]
    if len(told) != 1:
        numeric = f"one of {_names(numbers)}" if len(numbers.columns) else "none of which has any"
        expected = f"the name of a column of numbers in {file}, {numeric}"
        raise SettingError(option="price", value="", expected=expected)
    return told[0]


def _column(table: pd.DataFrame, file: str, name: str, *, option: str) -> str:
    if name not in table:
        kind = "numeric columns" if option == "price" else "columns"
        expected = f"one of the {kind} of {file}: {_names(table)}"
        raise SettingError(option=option, value=name, expected=expected)
    return name


def _names(table: pd.DataFrame) -> str:
    return join_names([repr(str(column)) for column in table.columns], limit=10)


def _holds_months(cells: pd.Series) -> bool:
    """Whether all cells are dates, or text that can only be a month."""
    return all(_month(cell) is not None and not _is_number(cell) for cell in cells)


def _ordinals(cells: pd.Series, file: str, as_of: pd.Period) -> pd.Series:
    """Month numbers by row: each of them a month, none in the future, none twice, none left out."""
    months = [_month(cell) for cell in cells]
    for row, cell, month in zip(cells.index, cells, months, strict=True):
        if month is None:
            shown = truncate(repr(cell) if isinstance(cell, str) else str(cell))
            raise MonthError(file=file, row=row, month=shown, reason=f"is no month; {_EXPECTED}")
    numbers = pd.Series(np.array(months, dtype=np.int64), index=cells.index)
    check_not_after(numbers, file=file, as_of=as_of)
    check_not_repeated(
        numbers,
        file=file,
        advice="; expected one row a month, so aggregate data of weeks or days to months first, or "
        "name their series",
    )
    check_months(months_index(numbers.sort_values()), file=file)
    return numbers


def _month(cell: object) -> int | None:
    """Number of a month, of a date in it, or of its text; None where it is none."""
    if isinstance(cell, date | pd.Period | np.datetime64):
        moment: Any = pd.Timestamp(cell) if isinstance(cell, np.datetime64) else cell
        return None if pd.isna(moment) else month_number(moment.year, moment.month)
    text = str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell).strip()
    if match := _YEAR_FIRST.fullmatch(text) or _DIGITS.fullmatch(text):
        year, month = int(match[1]), int(match[2])
    elif match := _WORD.fullmatch(text):
        year, month = int(match[2]), _WORDS.get(match[1].casefold(), 0)
    else:
        return None
    return month_number(year, month) if 1 <= month <= 12 and 1677 < year < 2262 else None


def _numbers(cells: pd.DataFrame, file: str) -> pd.DataFrame:
    """The numeric columns; those without numbers or a name are left out, and it is logged."""
    columns: dict[str, list[float]] = {}
    others = []
    for name, column in cells.items():
        if name and any(map(_is_number, column)):
            columns[str(name)] = [_number(cell, row, str(name), file)
                                  for row, cell in column.items()]  # fmt: skip
        else:
            others.append(repr(str(name)))
    if others:
        logger.warning("%s: columns without numbers or name left out: %s", file, join_names(others))
    if MONTH in columns:
        reason = f"a column of numbers cannot be called {MONTH}; rename it"
        raise TableFormatError(file=file, reason=reason, kind="a tidy table")
    return pd.DataFrame(columns, index=cells.index)


def _is_missing(cell: object) -> bool:
    if isinstance(cell, str):
        return cell.strip().casefold() in MISSING
    scalar: Any = cell if pd.api.types.is_scalar(cell) else ""
    return bool(pd.isna(scalar))


def _is_number(cell: object) -> bool:
    if isinstance(cell, str):
        return _NUMBER.fullmatch(cell.strip()) is not None
    return pd.api.types.is_number(cell) and not _is_missing(cell)


def _number(cell: Any, row: Hashable, column: str, file: str) -> float:
    if _is_missing(cell):
        return math.nan
    number = float(cell) if _is_number(cell) else math.nan
    if not abs(number) <= GREATEST:
        raise CellError(
            file=file,
            row=int(str(row)),
            column=column,
            value=truncate(cell) if isinstance(cell, str) else number,
            expected=f"a number with a decimal point, at most {GREATEST:g}, or an empty cell",
        )
    return number


def _check_prices(prices: pd.DataFrame, ordinals: pd.Series, file: str) -> None:
    """Raise at the first price that cannot be forecast, or where none ever changes."""
    name = str(prices.columns[0])
    values = prices[name]
    rows: Mapping[int, Any] = dict(zip(ordinals, ordinals.index, strict=True))
    for month, value in values.items():
        if not LEAST_PRICE <= value <= GREATEST_PRICE:
            raise CellError(
                file=file,
                row=int(rows[month.ordinal]),  # type: ignore[attr-defined] # a Period
                column=name,
                value=value if value == value else "",
                expected=f"a price of {LEAST_PRICE:g} to {GREATEST_PRICE:g} in every month from "
                "the first to the last, as shares of it are forecast",
            )
    if values.min() == values.max():
        raise ConstantPriceError(file=file, column=name, value=values.iloc[0])
