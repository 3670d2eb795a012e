"""Raw files as text, every row under its line number; and monthly tables as CSV or Parquet.

Monthly tables are checked when read and before written, by our own definition instead of a schema
library: they differ only in columns, bounds and whether a value may be missing, and the errors must
name file, row and column of the source.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from milkprice.data.errors import (
    CellError,
    ColumnsError,
    DecimalMarkError,
    EmptyTableError,
    EncodingError,
    MissingMonthsError,
    MonthError,
    TableFormatError,
    TableMissingError,
)
from milkprice.data.formats import cells, names, series
from milkprice.errors import SettingError
from milkprice.files import replace_file

ROW, MONTH = "row", "month"
CSV, PARQUET = ".csv", ".parquet"
COMMA, SEMICOLON = ",", ";"
SUFFIXES = ("", CSV, PARQUET)  # a pipeline's artifacts have none and are CSV


@dataclass(frozen=True)
class RawFile:
    """What a raw file must be."""

    file: str
    columns: tuple[str, ...]
    extra: bool = False
    plain: tuple[str, ...] = ()  # columns of numbers whose points were never lost


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
    separator = _separator(text, raw)
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
    if separator == SEMICOLON:  # of a program that may write 1.234 for 1234
        _check_points(table[list(raw.plain)], file=raw.file)
    return table


def _check_points(table: pd.DataFrame, *, file: str) -> None:
    texts = sorted(set(table.to_numpy().ravel().tolist()))
    if not cells.has_decimal_comma(texts) and not cells.has_decimal_point(texts):
        unclear = next(text for text in texts if "." in text)
        raise DecimalMarkError(file=file, cells=[_find(table, unclear)])


def _separator(text: str, raw: RawFile) -> str:
    """The mark that gives more of a file's columns in its first line."""
    line = text[: text.find("\n")] if "\n" in text else text
    known = {
        mark: sum(name.strip().strip('"') in raw.columns for name in line.split(mark))
        for mark in (COMMA, SEMICOLON)
    }
    return max(known, key=lambda mark: known[mark])


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
            if separator == COMMA and len(texts) > len(header):
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


@dataclass(frozen=True)
class Definition:
    """What a monthly table must be: one row a month without holes, numbers in every column.

    Attributes:
        name: The table's name in messages.
        columns: Columns it must have.
        least: Least value a cell may have; None for no bound.
        missing: Whether cells may be missing.
        extra: Whether it may have further columns.
        own: How many columns of a tidy table may be in their place instead; -1 for none at all.
    """

    name: str
    columns: tuple[str, ...]
    least: float | None = None
    missing: bool = False
    extra: bool = False
    own: int = -1

    def check(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the table if it is what it must be."""
        columns = [str(column) for column in table.columns]
        if self.own >= len(columns) and not set(columns) & set(self.columns):
            own = replace(self, columns=tuple(columns), least=None, own=-1)
            return own.check(table)
        self._check_columns(columns)
        if not len(table):  # one without columns is the rain of a source that has none
            raise EmptyTableError(file=self.name)
        check_months(table.index, file=self.name)
        self._check_cells(table)
        return table

    def _check_columns(self, columns: Sequence[str]) -> None:
        missing = [column for column in self.columns if column not in columns]
        unknown = [] if self.extra else [column for column in columns if column not in self.columns]
        if missing or unknown:
            raise ColumnsError(file=self.name, missing=missing, unknown=unknown)

    def _check_cells(self, table: pd.DataFrame) -> None:
        values = table.to_numpy(dtype=np.float64)
        wrong = np.isinf(values) if self.missing else ~np.isfinite(values)
        if self.least is not None:
            wrong |= values < self.least
        if wrong.any():
            row, column = (int(place) for place in np.argwhere(wrong)[0])
            raise CellError(
                file=self.name,
                row=row + 2,
                column=str(table.columns[column]),
                value=float(values[row, column]),
                expected="a finite number" if self.least is None else f"{self.least:g} or more",
            )


PRICE_TABLE = Definition("prices", (names.PRICE,), least=0.01, own=1)
RAINFALL_TABLE = Definition("rainfall", names.REGIONS, least=0.0, own=0)
MACRO_TABLE = Definition(
    "macro",
    tuple(series.model_series(list(series.macro_series()))),
    missing=True,
    extra=True,
    own=10_000,
)


def current_month(now: datetime) -> pd.Period:
    """The month of a time."""
    return pd.Period(year=now.year, month=now.month, freq="M")


def months_index(numbers: pd.Series | NDArray[np.int64]) -> pd.PeriodIndex:
    """An index of months from their numbers (months since January 1970)."""
    ordinals = np.asarray(numbers, dtype=np.int64)
    make = pd.PeriodIndex.from_ordinals  # type: ignore[attr-defined] # not in the stubs
    index: pd.PeriodIndex = make(ordinals, freq="M", name=MONTH)
    return index


def check_months(months: pd.Index, *, file: str) -> None:
    """Raise unless the months are every one from the first to the last, in order."""
    if not isinstance(months, pd.PeriodIndex):
        raise ColumnsError(file=file, missing=[MONTH])
    every = pd.period_range(months.min(), months.max(), freq="M")
    if len(months) != len(every) or not (months == every).all():
        holes = every.difference(months)
        raise MissingMonthsError(file=file, months=holes, first=every[0], last=every[-1])


def check_not_after(numbers: pd.Series, *, file: str, as_of: pd.Period) -> None:
    """Raise at the first row whose month is later than ``as_of``."""
    late = numbers[numbers > as_of.ordinal]
    if len(late):
        month = pd.Period(ordinal=int(late.iloc[0]), freq="M")
        raise MonthError(
            file=file, row=int(late.index[0]), month=month, reason=f"lies after today's, {as_of}"
        )


def write_table(table: pd.DataFrame, path: Path, definition: Definition) -> None:
    """Check a monthly table and write it, months as ``YYYY-MM``."""
    write_months(definition.check(table), path)


def read_table(path: Path, definition: Definition) -> pd.DataFrame:
    """Read a monthly table and check it."""
    return definition.check(read_months(path))


def write_months(table: pd.DataFrame, path: Path) -> None:
    """Write any table whose index is months, as a ``month`` column."""
    flat = table.rename_axis(MONTH).reset_index()
    write_frame(flat.assign(**{MONTH: flat[MONTH].astype(str)}), path)


def read_months(path: Path) -> pd.DataFrame:
    """Read any table with a ``month`` column, which becomes its index."""
    frame = read_frame(path)
    if MONTH not in frame:
        raise ColumnsError(file=str(path), missing=[MONTH])
    for row, text in enumerate(frame[MONTH], start=2):
        _check_month(text, row=row, path=path)
    index = pd.PeriodIndex(frame[MONTH], freq="M", name=MONTH)
    return frame.drop(columns=MONTH).set_index(index)


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame without its index, in the format of the suffix."""
    _check_suffix(path)
    if path.suffix == PARQUET:
        replace_file(path, lambda file: frame.to_parquet(file, engine="pyarrow", index=False))
    else:
        replace_file(path, lambda file: frame.to_csv(file, index=False, lineterminator="\n"))


def read_frame(path: Path) -> pd.DataFrame:
    """Read a frame in the format of the suffix."""
    _check_suffix(path)
    if not path.is_file():
        raise TableMissingError(file=str(path))
    if path.suffix == PARQUET:
        return pd.read_parquet(path, engine="pyarrow")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # rows longer than the header
            return pd.read_csv(path, float_precision="round_trip", index_col=False)
    except pd.errors.EmptyDataError as error:
        raise EmptyTableError(file=str(path)) from error
    except (pd.errors.ParserError, pd.errors.ParserWarning, UnicodeDecodeError) as error:
        raise TableFormatError(file=str(path), reason=str(error)) from error


def _check_suffix(path: Path) -> None:
    if path.suffix not in SUFFIXES:
        raise SettingError(option="file", value=str(path), expected="a name in .csv or .parquet")


def _check_month(text: str, *, row: int, path: Path) -> None:
    try:
        pd.Period(text, freq="M")
    except ValueError as error:
        raise CellError(
            file=str(path), row=row, column=MONTH, value=text, expected="a month as YYYY-MM"
        ) from error
