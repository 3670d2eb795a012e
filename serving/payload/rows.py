"""Rows as JSON has them: objects by column, or lists by position; checked, and in order."""

from __future__ import annotations

from typing import Any

from serving.errors import RowColumnsError, RowLengthError, RowTypeError
from serving.payload.numbers import are_numbers, first_invalid_value, pack
from serving.payload.schema import (
    ColumnMapping,
    ColumnMismatchError,
    Floats,
    Rows,
    Schema,
    map_columns,
)


def read(sent: list[Any], schema: Schema) -> Rows:
    """Check rows and put their columns into the model's order.

    Args:
        sent: At least one value of any kind.
        schema: What the rows must be; all of it, whatever of it the model selects.

    Raises:
        RowError: A row cannot be read.
    """
    if len(sent) == 1:
        return _one(sent[0], schema)
    if _kind(sent) is list:
        return _by_position(sent, schema)
    return _by_name(sent, schema)


def _one(row: Any, schema: Schema) -> Rows:
    if type(row) is dict:
        values = _ordered(0, row, schema)
    elif type(row) is list:
        _check_length(row, 0, schema)
        values = tuple(row)
    else:
        raise RowTypeError(row=0, value=row)
    if not are_numbers(values):
        raise first_invalid_value([values], schema.names)
    return values


def _kind(sent: list[Any]) -> type:
    kinds = set(map(type, sent))
    if kinds == {dict} or kinds == {list}:
        return kinds.pop()
    expected = {type(sent[0])} & {dict, list}
    index = next(index for index, row in enumerate(sent) if type(row) not in expected)
    raise RowTypeError(row=index, value=sent[index])


def _by_position(sent: list[list[Any]], schema: Schema) -> Floats:
    if set(map(len, sent)) != {schema.width}:
        for index, row in enumerate(sent):
            _check_length(row, index, schema)
    array = pack(sent, range(schema.width))
    if array is None:
        raise first_invalid_value(sent, schema.names)
    return array


def _by_name(sent: list[dict[str, Any]], schema: Schema) -> Floats:
    mapping = _arranged(tuple(sent[0]), 0, schema)
    if set(map(len, sent)) == {schema.width}:  # then rows that have all keys have no others
        array = pack(sent, mapping.keys)
        if array is not None:
            return array
    return _by_name_of_each(sent, mapping, schema)


def _by_name_of_each(sent: list[dict[str, Any]], first: ColumnMapping, schema: Schema) -> Floats:
    """Read rows that are not all named like the first, or find out what is wrong with them."""
    if len(set(map(tuple, sent))) == 1:
        raise first_invalid_value(map(dict.values, sent), first.names)
    return _by_position([list(_ordered(*row, schema)) for row in enumerate(sent)], schema)


def _ordered(index: int, row: dict[str, Any], schema: Schema) -> tuple[Any, ...]:
    return _arranged(tuple(row), index, schema).row(tuple(row.values()))


def _arranged(keys: tuple[str, ...], index: int, schema: Schema) -> ColumnMapping:
    try:
        return map_columns(keys, schema)
    except ColumnMismatchError as found:
        raise RowColumnsError(
            row=index, missing=found.missing, unknown=found.unknown, repeated=found.repeated
        ) from found


def _check_length(row: list[Any], index: int, schema: Schema) -> None:
    if len(row) != schema.width:
        raise RowLengthError(row=index, expected=schema.width, found=len(row))
