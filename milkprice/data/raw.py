"""Files as cells, every row under its line number; their dates and decimal marks."""

from __future__ import annotations

import csv
import io
import math
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from milkprice.data.errors import (
    CellError,
    ColumnsError,
    DecimalMarkError,
    EmptyTableError,
    EncodingError,
    TableFormatError,
)
from milkprice.data.formats import cells, names, series
from milkprice.data.tables import CSV, PARQUET
from milkprice.text import join_names, truncate

ROW = "row"
XLSX = ".xlsx"


@dataclass(frozen=True)
class RawFile:
    """What a raw file must be."""

    file: str
    columns: tuple[str, ...]
    extra: bool = False
    plain: tuple[str, ...] | None = ()  # columns of numbers whose points were never lost; None: all


PRICE_COLUMNS = (names.YEAR, names.MONTH, names.PRICE)
RAW_PRICES = RawFile(names.PRICES_FILE, PRICE_COLUMNS, plain=(names.PRICE,))
RAW_RAINFALL = RawFile(names.RAINFALL_FILE, (names.DATE, *names.REGIONS), plain=names.REGIONS)
RAW_MACRO = RawFile(
    names.MACRO_FILE,
    (names.PERIOD, *series.model_series(list(series.macro_series()))),
    extra=True,
)


def read_raw(data: bytes, raw: RawFile) -> pd.DataFrame:
    """Read a raw file's bytes as text.

    Cells stand between commas, or between semicolons where only these give its columns.

    Returns:
        All cells as str, stripped; the index ``row`` is the line in the file, the header is 1.

    Raises:
        TableError: The bytes are not UTF-8, not CSV, have no rows or the wrong columns; or points
            between semicolons may all group thousands.
    """
    text = _decode(data, raw.file)
    header_line = io.StringIO(text, newline=None).readline().rstrip("\n")  # of any line ends
    separator = cells.separator_of(header_line, raw.columns)
    header, rows = _parse(text, raw.file, separator)
    missing = [column for column in raw.columns if column not in header]
    repeated = sorted({column for column in header if header.count(column) > 1})
    unknown = [column for column in header if column not in raw.columns]
    if raw.extra:  # others are allowed, but not a missing one under a slightly different name
        similar = {_plain(column) for column in missing}
        unknown = [column for column in unknown if _plain(column) in similar]
    if missing or unknown or repeated:
        raise ColumnsError(
            file=raw.file,
            missing=missing,
            unknown=unknown,
            repeated=repeated,
            expected=() if raw.extra else raw.columns,
        )
    if not rows:
        raise EmptyTableError(file=raw.file)
    texts = np.array(list(rows.values()), dtype=object)
    table = pd.DataFrame(texts, columns=header, index=pd.Index(list(rows), name=ROW))
    if separator == cells.SEMICOLON:  # of a program that may write 1.234 for 1234
        plain = table.columns if raw.plain is None else raw.plain
        _check_points(table[list(plain)], file=raw.file)
    return table


def read_cells(data: bytes, file: str) -> pd.DataFrame:
    """Read the cells of a table of any columns: text, or what a typed format has.

    Decimal commas of CSV become points.

    Args:
        data: The bytes of a CSV, Parquet or XLSX file.
        file: Its name, which tells the format.

    Raises:
        TableError: It is no such file, has no rows or several filled sheets, or a name twice.
    """
    readers = {CSV: _csv_cells, PARQUET: _parquet_cells, XLSX: _xlsx_cells}
    table = readers[Path(file).suffix.lower()](data, file)
    columns = [str(column).strip() for column in table.columns]
    repeated = sorted({column for column in columns if columns.count(column) > 1})
    if repeated:
        raise ColumnsError(file=file, missing=(), repeated=repeated)
    table = table.set_axis(columns, axis=1)
    table = table.loc[~table.map(is_missing).all(axis=1)]
    if table.empty:
        raise EmptyTableError(file=file)
    return table


def is_missing(cell: object) -> bool:
    """Whether a cell of any format holds nothing, or a word for it."""
    if isinstance(cell, str):
        return not cell.strip() or cells.is_empty_word(cell.strip())
    scalar: Any = cell if pd.api.types.is_scalar(cell) else ""
    return bool(pd.isna(scalar))


def _csv_cells(data: bytes, file: str) -> pd.DataFrame:
    table = read_raw(data, RawFile(file, (), extra=True, plain=None))
    if has_decimal_commas(table, file=file):
        table = table.map(_with_point)
    return table


def _with_point(text: str) -> str:
    """A number with a decimal comma as one with a point; other text as it is."""
    return text if math.isnan(cells.comma_number(text)) else cells.with_point(text)


def _parquet_cells(data: bytes, file: str) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(io.BytesIO(data), engine="pyarrow")
    except (ValueError, OSError, KeyError) as error:
        raise TableFormatError(file=file, reason=_first_line(error), kind="Parquet") from error
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
        raise TableFormatError(file=file, reason=_first_line(error), kind="XLSX") from error
    filled = {name: sheet for name, sheet in sheets.items() if not sheet.dropna(how="all").empty}
    if len(filled) > 1:
        reason = f"its sheets {join_names(map(str, filled))} hold data; expected one sheet"
        raise TableFormatError(file=file, reason=reason, kind="one table")
    if not filled:
        raise EmptyTableError(file=file)
    sheet = next(iter(filled.values()))
    sheet = sheet.loc[:, sheet.notna().any()]
    header = ["" if is_missing(cell) else cell for cell in sheet.iloc[0]]
    return sheet.iloc[1:].set_axis(header, axis=1).set_axis(sheet.index[1:] + 1, axis=0)


def _first_line(error: Exception) -> str:
    """What a library says of a file, its first line."""
    return truncate(str(error).partition("\n")[0].rstrip("."))


def _check_points(table: pd.DataFrame, *, file: str) -> None:
    texts = sorted(set(table.to_numpy().ravel().tolist()))
    if not cells.has_decimal_comma(texts) and not cells.has_decimal_point(texts):
        unclear = next(text for text in texts if "." in text)
        raise DecimalMarkError(file=file, cells=[_find(table, unclear)])


def _plain(column: str) -> str:
    """A name without case, accents, spaces and punctuation, in which renamed columns differ."""
    letters = unicodedata.normalize("NFKD", column).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EncodingError(file=file, byte=data[error.start], offset=error.start) from error


def _parse(text: str, file: str, separator: str) -> tuple[list[str], dict[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    rows: dict[int, list[str]] = {}
    try:
        header = [cell.strip() for cell in next(reader, [])]
        for line in reader:
            texts = [cell.strip() for cell in line]
            if any(texts):
                rows[reader.line_num] = texts
    except csv.Error as error:
        raise TableFormatError(file=file, reason=f"line {reader.line_num}: {error}") from error
    if not header:
        raise EmptyTableError(file=file)
    for number, texts in rows.items():
        if len(texts) != len(header):
            reason = f"row {number} has {len(texts)} cells, the header {len(header)}"
            if separator == cells.COMMA and len(texts) > len(header):
                reason += "; where decimals are commas, cells need semicolons between them"
            raise TableFormatError(file=file, reason=reason)
    return header, rows


def has_decimal_commas(table: pd.DataFrame, *, file: str) -> bool:
    """Whether the numbers of a raw file have decimal commas, which its cells decide together.

    Raises:
        DecimalMarkError: There are commas, and they can be read in more than one way.
    """
    distinct = set(table.to_numpy().ravel().tolist())
    if not cells.has_decimal_comma(distinct):
        return False
    unclear = cells.unclear_decimals(distinct)
    if unclear:
        raise DecimalMarkError(file=file, cells=[_find(table, text) for text in unclear])
    return True


def _find(table: pd.DataFrame, text: str) -> tuple[int, str, str]:
    """Row, column and text of the first cell with a text."""
    row, column = (int(place) for place in np.argwhere((table == text).to_numpy())[0])
    return int(table.index[row]), str(table.columns[column]), text


def dated_months(text: pd.Series, *, file: str) -> pd.Series:
    """Month numbers by row of a raw file's column of dates; missing where there is no such month.

    Raises:
        CellError: A date in no form that is read, in another form than the first, or of a day
            that is not the first of a month: which is the day and which the month is not guessed.
    """
    dates = [cells.parse_date(cell) for cell in text]
    first, form = next(((at, date.form) for at, date in enumerate(dates) if date), (0, ""))
    for row, cell, date in zip(text.index, text, dates, strict=True):
        if date is None or not date.is_first:
            expected = f"the first of a month as {cells.DATE_FORMS}, the day before the month"
        elif date.form != form:
            expected = f"the form of row {text.index[first]}, {text.iloc[first]!r}, in all rows"
        else:
            continue
        raise CellError(file=file, row=row, column=str(text.name), value=cell, expected=expected)
    return pd.Series([date.number for date in dates if date], index=text.index, dtype="Int64")
