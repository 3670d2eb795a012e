"""The feature table on disk: written as it was built, checked when read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from milkprice.errors import CellError, ColumnsError
from milkprice.features.sets import TARGET
from milkprice.tables.files import read_months, write_months


def write_features(table: pd.DataFrame, path: Path) -> None:
    """Check a feature table and write it."""
    write_months(check_features(table, file=str(path)), path)


def read_features(path: Path) -> pd.DataFrame:
    """Read a feature table and check it.

    Raises:
        TableError: It is not there, lacks the target, or a feature has no number.
    """
    return check_features(read_months(path), file=str(path))


def check_features(table: pd.DataFrame, *, file: str) -> pd.DataFrame:
    """Return the table if every feature of every month is a number; only targets may be missing.

    Raises:
        ColumnsError: The target is missing.
        CellError: The first cell that is no number, with its row and column.
    """
    if TARGET not in table:
        raise ColumnsError(file=file, missing=[TARGET])
    numbers = table.apply(pd.to_numeric, errors="coerce")
    wrong = ~np.isfinite(numbers.to_numpy(dtype=np.float64))
    wrong &= ~(table.isna() & (table.columns == TARGET)).to_numpy()
    if wrong.any():
        row, column = (int(place) for place in np.argwhere(wrong)[0])
        raise CellError(
            file=file,
            row=row + 2,
            column=str(table.columns[column]),
            value=table.iloc[row, column],
            expected="a number",
        )
    return table
