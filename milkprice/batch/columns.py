"""Columns of a file: matched by name; their cells as numbers, as text, and as may be written."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from milkprice.batch.errors import BatchColumnsError
from milkprice.data.formats.cells import comma_number, is_empty_word

Floats: TypeAlias = npt.NDArray[np.float64]
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

    def resolve(
        self, known: Sequence[str], *, file: str, path: Collection[str] = ()
    ) -> FileColumns:
        """Match the columns to those of a file.

        Args:
            known: Columns of the file.
            file: Name of the file, for messages.
            path: Columns that the file's path has; they can be kept.

        Raises:
            BatchColumnsError: A column is missing, or several match it.
        """
        others = [name for name in path if name not in known]
        return FileColumns(
            features=match_columns(self.features, known, file=file),
            keep=match_columns(self.keep, [*known, *others], file=file),
        )


@dataclass(frozen=True, kw_only=True)
class FileColumns:
    """Names of columns as a file has them, or its path: features, and those that are kept."""

    features: tuple[str, ...]
    keep: tuple[str, ...]

    def kept(
        self,
        names: Sequence[str],
        cells: Mapping[str, pa.Array],
        path: Mapping[str, str | None],
        *,
        rows: int,
    ) -> dict[str, pa.Array]:
        """The kept columns by their names in the results: cells of the file, or text of its path.

        Args:
            names: Names in the results, in the order of ``keep``.
            cells: Cells by column of the file.
            path: Columns that the path has.
            rows: How many rows the file's cells have.
        """
        return {
            name: cells[column]
            if column in cells
            else pa.repeat(pa.scalar(path[column], pa.string()), rows)
            for name, column in zip(names, self.keep, strict=True)
        }  # fmt: skip


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


def to_numbers(column: pa.Array, *, from_text: bool, decimal: str = ".") -> Floats:
    """Convert a column to floats; cells that are no numbers become NaN.

    A decimal number becomes the float nearest to it, the same as its text in CSV.

    Args:
        column: Cells.
        from_text: Whether to parse text, as in CSV. In other files text stays text.
        decimal: What stands before decimals in text, a point or a comma.
    """
    column, kind = _decode(column), _value_type(column.type)
    if pa.types.is_decimal(kind):
        column = column.cast(pa.string()).cast(pa.float64())
    elif from_text and pa.types.is_string(kind):
        texts = column.to_numpy(zero_copy_only=False)
        return _parse(texts) if decimal == "." else np.array([comma_number(one) for one in texts])
    elif not _is_numeric(kind):
        return np.full(len(column), np.nan)
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def to_strings(column: pa.Array) -> Strings:
    """Convert cells to text; missing ones to the empty text."""
    kind = _value_type(column.type)
    if pa.types.is_temporal(kind) and not pa.types.is_interval(kind):
        column = _decode(column).cast(pa.string())  # Python has no nanoseconds
    texts = np.empty(len(column), dtype=object)
    texts[:] = [_to_text(value) for value in storable(column).to_pylist()]
    return texts


def reject_reasons(kind: pa.DataType, texts: Strings) -> Strings:
    """Say of each cell why it is not a finite number, given that none of them is.

    Args:
        kind: Type of the column.
        texts: Its cells, as ``to_strings`` gives them.
    """
    reason = INFINITE if _is_numeric(_value_type(kind)) else NOT_A_NUMBER
    reasons = np.full(len(texts), reason, dtype=object)
    reasons[[text == "" or is_empty_word(text) for text in texts]] = MISSING
    return reasons


def storable(column: pa.Array) -> pa.Array:
    """A column as Parquet holds it: a UUID as text, other extension types as what they hold."""
    if isinstance(column.type, pa.UuidType):
        return pa.array([one and str(one) for one in column.to_pylist()], pa.string())
    return column.storage if isinstance(column, pa.ExtensionArray) else column


def _matches(name: str, known: Sequence[str], names: Sequence[str]) -> list[str]:
    exact = [one for one in known if one == name]
    if exact:
        return exact
    folded = name.casefold()
    if sum(one.casefold() == folded for one in set(names)) > 1:
        return []  # two requested names differ in case alone, so case decides
    return [one for one in known if one.casefold() == folded]


def _decode(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_numeric(kind: pa.DataType) -> bool:
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(test(kind) for test in tests)


def _parse(texts: Sequence[str]) -> Floats:
    import pandas as pd  # here, as Parquet does without

    values = np.full(len(texts), np.nan)
    valid = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").notna().to_numpy()
    # Parsed again, since pandas may round the last bit of single cells.
    values[valid] = np.asarray(texts)[valid].astype(np.str_).astype(np.float64)
    return values


def _to_text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return value.hex() if isinstance(value, bytes) else str(value)
