"""One tidy table as a source: a month a row, a price column, further numeric columns as regressors.

A column of series lets it hold many prices, of which one is read. It is read from CSV, Parquet or
XLSX; rain and macro data are not needed. The price keeps the name of its column, in the features
and forecasts too. Every cell is checked under its file, row and column, and no month is guessed or
left out in silence.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from milkprice.data.errors import (
    CellError,
    ColumnChoiceError,
    ConstantPriceError,
    MonthError,
    TableFormatError,
)
from milkprice.data.formats import names
from milkprice.data.formats.cells import month_number, month_of_name
from milkprice.data.raw import XLSX, is_missing, read_cells
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

SUFFIXES = (CSV, PARQUET, XLSX)

# Columns that are told by their names where several could be meant; ds, y and unique_id are those
# of Nixtla's libraries.
MONTH_NAMES = frozenset({"month", "mes", "date", "fecha", "period", "periodo", "time", "ds"})
PRICE_NAMES = frozenset({"price", "precio", "value", "valor", "y"})
SERIES_NAMES = frozenset({"series", "serie", "unique_id"})
# Forecasts are of logarithms and scores of squares; what lies outside is another unit.
LEAST_PRICE, GREATEST_PRICE = 1e-9, 1e15
GREATEST = 1e100  # of a regressor, whose powers are terms of the row model

_ROLE = "month of a tidy table"  # the first column of its parts

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/]|[Mm])(\d{1,2})(?:[-/]\d{1,2}(?:[ T].*)?)?")
_DIGITS = re.compile(r"(\d{4})(\d{2})")
_WORD = re.compile(r"([^\W\d_]+)\.?[ /-]?(\d{4})")
_DAY = re.compile(r"(\d\d?)[-/.](\d\d?)[-/.](\d{4})(?:[ T].*)?")  # or the month before the day
_EXPECTED = "expected a month as 2020-01, 2020-01-31, 2020M01, 202001 or Jan 2020"


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
    data: bytes,
    file: str,
    *,
    series: str | None = None,
    month: str | None,
    price: str | None,
    as_of: pd.Period,
) -> TidyTable:
    """Read a tidy table.

    Args:
        data: Its bytes.
        file: Its name, which tells the format, for messages.
        series: Which of its series; None for the only one.
        month: The column of months; None for the one that is told by its cells or its name.
        price: The column of prices; None for the only numeric one, or one of a usual name.
        as_of: Months after it are refused.

    Raises:
        TableError: It cannot be read, a cell or month is not as expected, or it is not clear which
            column is meant.
        SettingError: There is no column or series of this name, or several and none is named.
    """
    cells = _select_series(data, file, series)
    months = _month_column(cells, file, month)
    numbers = _numbers(cells.drop(columns=months), file)
    target = _price_column(numbers, cells.drop(columns=months), file, price)
    ordinals = _ordinals(cells[months], file, as_of).sort_values()
    ordered = numbers.loc[ordinals.index].set_axis(months_index(ordinals), axis=0)
    prices = ordered[[target]].loc[ordered[target].first_valid_index() :]
    prices = prices.loc[: prices[target].last_valid_index()]
    _check_prices(prices, ordinals, file)
    regressors = ordered.drop(columns=target)
    if counters := [repr(name) for name in regressors if _is_counter(regressors[name])]:
        logger.warning("%s: regressors that only count the months: %s; leave them out if they are "
                       "numbers of rows", file, join_names(counters))  # fmt: skip
    return TidyTable(prices, regressors)


def series_of(data: bytes, file: str) -> list[str]:
    """Names of the series of a table, sorted; none where it has no such column.

    Raises:
        TableError: It cannot be read, or a row has no series.
    """
    return sorted(name for name in _tables_of(data, file) if name is not None)


def _select_series(data: bytes, file: str, series: str | None) -> pd.DataFrame:
    """The rows of one series, without its column; all rows where the table holds one price."""
    tables = _tables_of(data, file)
    chosen = next(iter(tables)) if series is None and len(tables) == 1 else series
    if chosen in tables:
        return tables[chosen]
    if None in tables:
        expected = f"none: {file} has no column {join_names(sorted(SERIES_NAMES))}"
    else:
        expected = f"one of the series of {file}: {join_names(sorted(map(str, tables)))}"
    raise SettingError(option="series", value=chosen or "", expected=expected)


@lru_cache(maxsize=1)  # of one table all series are read, one after the other
def _tables_of(data: bytes, file: str) -> dict[str | None, pd.DataFrame]:
    """Cells by series, without that column; by None where the table holds one price."""
    cells = read_cells(data, file)
    column = _series_column(cells)
    if column is None:
        return {None: cells}
    names = _series_names(cells[column], file)
    return {str(name): rows for name, rows in cells.drop(columns=column).groupby(names.to_numpy())}


def _series_column(cells: pd.DataFrame) -> str | None:
    return next((str(name) for name in cells if str(name).casefold() in SERIES_NAMES), None)


def _series_names(cells: pd.Series, file: str) -> pd.Series:
    """The name of each row's series as text."""
    for row, cell in cells.items():
        if is_missing(cell):
            raise CellError(file=file, row=int(str(row)), column=str(cells.name), value="",
                            expected="the name of a series in every row")  # fmt: skip
    return cells.map(_text)


def _month_column(cells: pd.DataFrame, file: str, name: str | None) -> str:
    if name:
        return _column(cells, file, name, option="month")
    columns = [str(column) for column in cells]
    candidates = [column for column in columns if _holds_months(cells[column])]
    chosen = _only(candidates, columns, MONTH_NAMES)
    if chosen is None:
        remedy = "name one by --month (parameter month)"
        if not candidates:
            remedy = f"of {_names(cells)}, {remedy}, whose cells are months as 2020-01"
        raise ColumnChoiceError(file=file, kind="months", columns=candidates, remedy=remedy)
    return chosen


def _price_column(numbers: pd.DataFrame, cells: pd.DataFrame, file: str, name: str | None) -> str:
    columns = [str(column) for column in numbers]
    if not columns:
        remedy = _text_hint(cells)
        raise ColumnChoiceError(file=file, kind="numbers", columns=(), remedy=remedy)
    if name:
        return _column(numbers, file, name, option="price")
    chosen = _only(columns, columns, PRICE_NAMES)
    if chosen is None:
        remedy = "name that of prices by --price (parameter price)"
        raise ColumnChoiceError(file=file, kind="numbers", columns=columns, remedy=remedy)
    return chosen


def _only(candidates: list[str], columns: list[str], usual: frozenset[str]) -> str | None:
    """The only candidate, else the only one of them, or of all columns, with a usual name."""
    if len(candidates) == 1:
        return candidates[0]
    named = [column for column in candidates or columns if column.casefold() in usual]
    return named[0] if len(named) == 1 else None


def _text_hint(cells: pd.DataFrame) -> str:
    """What stands in the first column where numbers were expected, and what to do."""
    for name, column in cells.items():
        for row, cell in column.items():
            if name and not is_missing(cell):
                shown = truncate(str(cell))
                return f"row {row}, column {name}: {shown!r}; write numbers without units or signs"
    return "add the prices"


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
    return None not in _months(cells) and not any(map(_is_number, cells))


def _ordinals(cells: pd.Series, file: str, as_of: pd.Period) -> pd.Series:
    """Month numbers by row: each of them a month, none in the future, none twice, none left out."""
    months = _months(cells)
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
        "name the series of each row in a column called series",
    )
    check_months(months_index(numbers.sort_values()), file=file)
    return numbers


def _months(cells: pd.Series) -> list[int | None]:
    """Number of the month of each cell; None where it is none.

    Dates of a day, a month and a year, in whichever order, are read where only one order gives each
    month once.
    """
    months = [_month(cell) for cell in cells]
    if any(month is not None for month in months):
        return months
    dates = [_DAY.fullmatch(str(cell).strip()) for cell in cells]
    orders = [[_month_of(date, place) for date in dates] for place in (1, 2)]
    possible = [order for order in orders if None not in order and len({*order}) == len(order)]
    return possible[0] if len(possible) == 1 else months


def _month_of(date: re.Match[str] | None, place: int) -> int | None:
    """Month of a date whose first or second number is the month, the other one a day."""
    if date is None:
        return None
    month, day = int(date[place]), int(date[3 - place])
    return month_number(int(date[3]), month) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _month(cell: object) -> int | None:
    """Number of a month, of a date in it, or of its text; None where it is none."""
    if isinstance(cell, date | pd.Period | np.datetime64):
        moment: Any = pd.Timestamp(cell) if isinstance(cell, np.datetime64) else cell
        return None if pd.isna(moment) else month_number(moment.year, moment.month)
    text = _text(cell)
    if match := _YEAR_FIRST.fullmatch(text) or _DIGITS.fullmatch(text):
        year, month = int(match[1]), int(match[2])
    elif match := _WORD.fullmatch(text):
        year, month = int(match[2]), month_of_name(match[1]) or 0
    else:
        return None
    return month_number(year, month) if 1 <= month <= 12 and 1677 < year < 2262 else None


def _text(cell: object) -> str:
    """A cell as text; a whole number, as XLSX has it, without decimals."""
    return str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell).strip()


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


def _is_counter(column: pd.Series) -> bool:
    """Whether a column goes up, or down, by one each month."""
    steps = column.diff().iloc[1:]
    return len(steps) > 1 and bool((steps == 1).all() or (steps == -1).all())


def _is_number(cell: object) -> bool:
    if isinstance(cell, str):
        return _NUMBER.fullmatch(cell.strip()) is not None
    return pd.api.types.is_number(cell) and not is_missing(cell)


def _number(cell: Any, row: Hashable, column: str, file: str) -> float:
    if is_missing(cell):
        return math.nan
    number = float(cell) if _is_number(cell) else math.nan
    if not abs(number) <= GREATEST:
        raise CellError(
            file=file,
            row=int(str(row)),
            column=column,
            value=truncate(cell) if isinstance(cell, str) else number,
            expected=f"a number, at most {GREATEST:g}, or an empty cell",
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
