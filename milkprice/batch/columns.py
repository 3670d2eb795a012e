"""Columns of a file: matched by name, converted to numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from milkprice.batch.errors import BatchColumnsError

Floats: TypeAlias = npt.NDArray[np.float64]
Booleans: TypeAlias = npt.NDArray[np.bool_]
Strings: TypeAlias = npt.NDArray[np.object_]

MISSING, NOT_A_NUMBER, INFINITE = "is missing", "is not a number", "is infinite"


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """Columns to read from a file.

    Attributes:
        features: Columns that the model reads, in its order.
        keep: Columns to copy into the results; they may be features too.
    """

    features: tuple[str, ...]
    keep: tuple[str, ...] = ()

    def resolve(self, known: Sequence[str], *, file: str) -> tuple[str, ...]:
        """Names in the file, features first; raises as ``match_columns`` does."""
        return (
            *match_columns(self.features, known, file=file),
            *match_columns(self.keep, known, file=file),
        )


def match_columns(names: Sequence[str], known: Sequence[str], *, file: str) -> tuple[str, ...]:
    """Match column names to those of a file, in any order and ignoring case.

    An exact match is preferred to one that differs in case. Other columns are ignored.

    Args:
        names: Columns to match.
        known: Columns of the file.
        file: Name of the file, for messages.

    Returns:
        The names in the file, in the order of ``names``.

    Raises:
        BatchColumnsError: A column is missing, or several match it.
    """
    matches = {name: _matches(name, known, names) for name in names}
    missing = [name for name in names if not matches[name]]
    ambiguous = [name for name in names if len(matches[name]) > 1]
    if missing or ambiguous:
        raise BatchColumnsError(file=file, missing=missing, ambiguous=ambiguous, known=known)
    return tuple(matches[name][0] for name in names)


def to_numbers(column: pd.Series, *, from_text: bool) -> Floats:
    """Convert a column to floats; cells that are no numbers become NaN.

    Args:
        column: Cells.
        from_text: Whether to parse text, as in CSV. In other files text stays text.
    """
    if _is_numeric(column):
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    values = np.full(len(column), np.nan)
    if from_text and column.dtype == object:
        valid = pd.to_numeric(column, errors="coerce").notna().to_numpy()
        # Parsed again, since pandas may round the last bit of single cells.
        values[valid] = column[valid].to_numpy(dtype=np.str_).astype(np.float64)
    return values


def to_strings(column: pd.Series) -> Strings:
    """Convert cells to text; missing ones to the empty text."""
    return np.where(column.isna(), "", column.astype(object).astype(str)).astype(object)


def reject_reasons(column: pd.Series) -> Strings:
    """Say of each cell why it is not a finite number, given that none of them is."""
    reasons = np.full(len(column), INFINITE if _is_numeric(column) else NOT_A_NUMBER, dtype=object)
    reasons[(column.isna() | (column.astype(object) == "")).to_numpy(dtype=bool)] = MISSING
    return reasons


def _matches(name: str, known: Sequence[str], names: Sequence[str]) -> list[str]:
    exact = [one for one in known if one == name]
    if exact:
        return exact
    folded = name.casefold()
    if sum(one.casefold() == folded for one in set(names)) > 1:
        return []  # two requested names differ in case alone, so case decides
    return [one for one in known if one.casefold() == folded]


def _is_numeric(column: pd.Series) -> bool:
    dtype = column.dtype
    return pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
