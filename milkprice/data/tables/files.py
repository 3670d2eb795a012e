"""Tables on disk: CSV, or Parquet by its suffix; a file is whole or not there."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd

from milkprice.data.errors import (
    CellError,
    ColumnsError,
    EmptyTableError,
    TableFormatError,
    TableMissingError,
)
from milkprice.data.tables.definition import MONTH, Definition
from milkprice.errors import SettingError
from milkprice.files import replace_file

CSV, PARQUET = ".csv", ".parquet"
SUFFIXES = ("", CSV, PARQUET)  # a pipeline's artifacts have none and are CSV


def write_table(table: pd.DataFrame, path: Path, definition: Definition) -> None:
    """Check a monthly table and write it, months as ``YYYY-MM``.

    Raises:
        TableError: The table is not what its definition says; nothing is written.
    """
    write_months(definition.check(table), path)


def write_months(table: pd.DataFrame, path: Path) -> None:
    """Write any table whose index is months, as a ``month`` column."""
    flat = table.rename_axis(MONTH).reset_index()
    write_frame(flat.assign(**{MONTH: flat[MONTH].astype(str)}), path)


def read_table(path: Path, definition: Definition) -> pd.DataFrame:
    """Read a monthly table back and check it."""
    return definition.check(read_months(path))


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
    """Write a frame without its index, as the suffix says."""
    _check_suffix(path)
    if path.suffix == PARQUET:
        replace_file(path, lambda place: frame.to_parquet(place, engine="fastparquet", index=False))
    else:
        replace_file(path, lambda place: frame.to_csv(place, index=False, lineterminator="\n"))


def read_frame(path: Path) -> pd.DataFrame:
    """Read a frame, as the suffix says."""
    _check_suffix(path)
    if not path.is_file():
        raise TableMissingError(file=str(path))
    if path.suffix == PARQUET:
        return pd.read_parquet(path, engine="fastparquet")
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
