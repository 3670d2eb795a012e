"""JSON rows, objects by column or lists by position: checked, and in the model's column order.

JSON has five types of value that are no number, and Python takes one of them, a boolean, for a
number. To ask each value for its type costs as much as reading the rest of the request, so only
values equal to 0 or 1 are asked: nothing else can have been a boolean.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, starmap
from operator import getitem, itemgetter
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from milkprice.text import preview
from serving.errors import RowError, join_values
from serving.payload.schema import (
    ColumnMapping,
    ColumnMismatchError,
    Floats,
    Rows,
    Schema,
    map_columns,
)

Positions: TypeAlias = NDArray[np.intp]

NUMBERS = frozenset((int, float))
# Up to one suspect value in so many, looking them up takes less time and memory than checking all.
FEW = 8


def read(rows: list[Any], schema: Schema) -> Rows:
    """Check rows and put their columns into the model's order.

    Args:
        rows: At least one value of any kind.
        schema: What the rows must be; all of it, whatever of it the model selects.

    Raises:
        RowError: A row cannot be read.
    """
    if len(rows) == 1:
        return _read_one(rows[0], schema)
    if _common_type(rows) is list:
        return _from_lists(rows, schema)
    return _from_objects(rows, schema)


def are_numbers(values: Sequence[Any]) -> bool:
    """Whether all values of one row are finite numbers."""
    return NUMBERS.issuperset(map(type, values)) and (
        _has_finite_sum(values) or _are_finite(values)
    )


def pack(rows: Sequence[Any], keys: Sequence[Any]) -> Floats | None:
    """Pack rows of numbers into an array.

    Args:
        rows: Lists or objects.
        keys: Under which each value of a row is found, and of an object no other.

    Returns:
        The array, C-contiguous and writable, rows x values in the order of the keys; None if any
        value is missing or not a finite number, of which `first_invalid_value` returns the first.
    """
    try:
        buffer = bytearray().join(starmap(_doubles(len(keys)).pack, _values(rows, keys)))
    except (KeyError, struct.error, OverflowError):
        return None
    flat = np.frombuffer(buffer, dtype=np.float64)
    if np.count_nonzero(np.isfinite(flat)) < len(flat):
        return None
    (suspects,) = ((flat == 0) | (flat == 1)).nonzero()
    few = len(suspects) * FEW < len(flat)
    if not (_are_numbers_at(suspects, rows, keys) if few else _are_all_numbers(rows, keys)):
        return None
    return flat.reshape(len(rows), len(keys))


def first_invalid_value(rows: Iterable[Iterable[Any]], names: Sequence[str]) -> RowError:
    """Find the first value that is not a finite number, where it is known that there is one."""
    return next(
        RowError(
            f"Row {index}, column {name!r}: {preview(value)}; expected a finite number.",
            row=index,
            column=name,
        )
        for index, row in enumerate(rows)
        for name, value in zip(names, row, strict=True)
        if not are_numbers((value,))
    )


def _read_one(row: Any, schema: Schema) -> Rows:
    if type(row) is dict:
        values = _ordered(0, row, schema)
    elif type(row) is list:
        _check_length(row, 0, schema)
        values = tuple(row)
    else:
        raise _type_error(0, row)
    if not are_numbers(values):
        raise first_invalid_value([values], schema.names)
    return values


def _common_type(rows: list[Any]) -> type:
    types = set(map(type, rows))
    if types == {dict} or types == {list}:
        return types.pop()
    expected = {type(rows[0])} & {dict, list}
    index = next(index for index, row in enumerate(rows) if type(row) not in expected)
    raise _type_error(index, rows[index])


def _type_error(index: int, row: Any) -> RowError:
    return RowError(
        f"Row {index} is {preview(row)}; expected an object of columns or a list of numbers, "
        "and the same kind for every row.",
        row=index,
    )


def _from_lists(rows: list[list[Any]], schema: Schema) -> Floats:
    if set(map(len, rows)) != {schema.width}:
        for index, row in enumerate(rows):
            _check_length(row, index, schema)
    array = pack(rows, range(schema.width))
    if array is None:
        raise first_invalid_value(rows, schema.names)
    return array


def _from_objects(rows: list[dict[str, Any]], schema: Schema) -> Floats:
    mapping = _map_columns(tuple(rows[0]), 0, schema)
    if set(map(len, rows)) == {schema.width}:  # then rows that have all keys have no others
        array = pack(rows, mapping.keys)
        if array is not None:
            return array
    return _from_mixed_objects(rows, mapping, schema)


def _from_mixed_objects(rows: list[dict[str, Any]], first: ColumnMapping, schema: Schema) -> Floats:
    """Read rows that are not all named like the first, or find out what is wrong with them."""
    if len(set(map(tuple, rows))) == 1:
        raise first_invalid_value(map(dict.values, rows), first.names)
    return _from_lists([list(_ordered(*row, schema)) for row in enumerate(rows)], schema)


def _ordered(index: int, row: dict[str, Any], schema: Schema) -> tuple[Any, ...]:
    return _map_columns(tuple(row), index, schema).row(tuple(row.values()))


def _map_columns(keys: tuple[str, ...], index: int, schema: Schema) -> ColumnMapping:
    try:
        return map_columns(keys, schema)
    except ColumnMismatchError as error:
        parts = [f"lacks {join_values(error.missing)}"] if error.missing else []
        parts += [f"has unknown {join_values(error.unknown)}"] if error.unknown else []
        parts += [f"repeats a column as {join_values(error.repeated)}"] if error.repeated else []
        raise RowError(f"Row {index} {' and '.join(parts)}.", row=index) from error


def _check_length(row: list[Any], index: int, schema: Schema) -> None:
    if len(row) != schema.width:
        raise RowError(
            f"Row {index} has {len(row)} values; expected {schema.width}, in the order of the "
            "model's metadata.",
            row=index,
        )


@lru_cache(maxsize=64)
def _doubles(count: int) -> struct.Struct:
    return struct.Struct(f"{count}d")


def _values(rows: Sequence[Any], keys: Sequence[Any]) -> Iterable[Iterable[Any]]:
    if not isinstance(rows[0], dict):
        return rows
    picked = map(itemgetter(*keys), rows)
    return picked if len(keys) > 1 else zip(picked, strict=True)  # of one key it is no tuple


def _are_all_numbers(rows: Sequence[Any], keys: Sequence[Any]) -> bool:
    return NUMBERS.issuperset(map(type, chain.from_iterable(_values(rows, keys))))


def _are_numbers_at(positions: Positions, rows: Sequence[Any], keys: Sequence[Any]) -> bool:
    """Whether the values at some positions are numbers, counted through one row after the other."""
    row, column = np.divmod(positions, len(keys))
    values, names = map(rows.__getitem__, row.tolist()), map(keys.__getitem__, column.tolist())
    return NUMBERS.issuperset(map(type, map(getitem, values, names)))


def _has_finite_sum(values: Sequence[float]) -> bool:
    try:
        return math.isfinite(sum(values))
    except OverflowError:  # an integer no float can hold
        return False


def _are_finite(values: Sequence[float]) -> bool:
    try:
        return all(map(math.isfinite, values))
    except OverflowError:
        return False
