"""Cells to numbers, a column at a time, and what to say of those that are none."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats: TypeAlias = npt.NDArray[np.float64]
Booleans: TypeAlias = npt.NDArray[np.bool_]

MISSING, NO_NUMBER, INFINITE = "is missing", "is not a number", "is infinite"


def numbers(column: pd.Series, *, written: bool) -> Floats:
    """Read a column as numbers; what is none becomes NaN.

    Args:
        column: Its cells.
        written: Whether numbers are written as text, as they are in CSV. Elsewhere text is text,
            whatever digits it has.
    """
    if _holds_numbers(column):
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    values = np.full(len(column), np.nan)
    if written and column.dtype == object:
        legible = pd.to_numeric(column, errors="coerce").notna().to_numpy()
        # Read once more, as pandas' way of reading single cells may miss the last bit.
        values[legible] = column[legible].to_numpy(dtype=np.str_).astype(np.float64)
    return values


def texts(column: pd.Series) -> npt.NDArray[np.object_]:
    """Write cells as text, missing ones as none at all."""
    return np.where(column.isna(), "", column.astype(object).astype(str)).astype(object)


def faults(column: pd.Series) -> npt.NDArray[np.object_]:
    """Say of each cell of a column why it is no finite number, given that it is none."""
    reasons = np.full(len(column), NO_NUMBER, dtype=object)
    if _holds_numbers(column):
        reasons[:] = INFINITE
    reasons[(column.isna() | (column.astype(object) == "")).to_numpy(dtype=bool)] = MISSING
    return reasons


def _holds_numbers(column: pd.Series) -> bool:
    kind = column.dtype
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)
