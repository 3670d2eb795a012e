"""Monthly tables: what each one is, checked when read and before written, as CSV or Parquet.

Our own definition instead of a schema library: the tables differ only in columns, bounds and
whether a value may be missing, and the errors must name file, row and column of the source.
"""

from __future__ import annotations

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
    EmptyTableError,
    MissingMonthsError,
    MonthError,
    TableFormatError,
    TableMissingError,
)
from milkprice.data.formats import names, series
from milkprice.errors import SettingError
from milkprice.files import replace_file

MONTH = "month"
CSV, PARQUET = ".csv", ".parquet"
SUFFIXES = ("", CSV, PARQUET)  # a pipeline's artifacts have none and are CSV


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


def check_not_repeated(numbers: pd.Series, *, file: str, advice: str = "") -> None:
    """Raise at the first row whose month another row has already.

    Args:
        numbers: Month numbers by row.
        file: Name of the file, for the message.
        advice: What to do about it, behind the message.
    """
    repeated = numbers[numbers.duplicated()]
    if len(repeated):
        month = int(repeated.iloc[0])
        raise MonthError(
            file=file,
            row=int(repeated.index[0]),
            month=pd.Period(ordinal=month, freq="M"),
            reason=f"stands in row {numbers.index[numbers == month][0]} already{advice}",
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
