"""Names of columns as a model or a person writes them, found among those of a file.

Cells to numbers, a column at a time, and what to say of those that are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from milkprice.batch.errors import BatchColumnsError


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """Columns that are needed of a file.

    Attributes:
        read: Those that the model reads, in its order.
        keep: Those that are carried over, which may be among the others.
    """

    read: tuple[str, ...]
    keep: tuple[str, ...] = ()

    def among(self, known: Sequence[str], *, file: str) -> tuple[str, ...]:
        """Find them in a file, those that are kept last; raises as `find_columns` does."""
        read, keep = (find_columns(names, known, file=file) for names in (self.read, self.keep))
        return (*read, *keep)


def find_columns(wanted: Sequence[str], known: Sequence[str], *, file: str) -> tuple[str, ...]:
    """Find each wanted column among a file's, in any order and any letter case.

    A name that is written alike goes before one that differs in case. Other columns may be there.

    Args:
        wanted: The columns that are needed.
        known: The columns of the file.
        file: What the file is called in messages.

    Returns:
        The names in the file, in the order of ``wanted``.

    Raises:
        BatchColumnsError: One is not there, or it is open which one is meant.
    """
    found = [(name, _matches(name, known, wanted)) for name in wanted]
    missing = [name for name, matches in found if not matches]
    repeated = [name for name, matches in found if len(matches) > 1]
    if missing or repeated:
        raise BatchColumnsError(file=file, missing=missing, repeated=repeated, known=known)
    return tuple(matches[0] for _, matches in found)


def _matches(name: str, known: Sequence[str], wanted: Sequence[str]) -> list[str]:
    exact = [one for one in known if one == name]
    if exact:
        return exact
    folded = name.casefold()
    if sum(one.casefold() == folded for one in set(wanted)) > 1:
        return []  # the wanted ones differ in case alone, so case is all there is to go by
    return [one for one in known if one.casefold() == folded]


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
