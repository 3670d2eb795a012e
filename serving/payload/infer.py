"""Tensors to rows: one matrix of all columns, or one tensor for each column."""

from __future__ import annotations

import numpy as np

from serving.errors import NoRowsError, RequestFieldError, TensorError, TooManyRowsError, listed
from serving.payload.numbers import first_invalid_value, pack
from serving.payload.schema import (
    ColumnMapping,
    ColumnMismatchError,
    Floats,
    Rows,
    Schema,
    map_columns,
)
from serving.payload.tensors import Tensor

FIELD = "inputs"


def read_tensors(tensors: list[Tensor], schema: Schema, *, by_name: bool, max_rows: int) -> Rows:
    """Check tensors and make rows of them, in the model's order.

    Args:
        tensors: The inputs of a request.
        schema: What the rows must be.
        by_name: Whether the client says that each tensor is a column. Several tensors are that
            anyway, and so is one with a column's name.
        max_rows: How many rows are taken at most.

    Raises:
        PayloadError: They are no rows of the model.
    """
    if not tensors:
        raise NoRowsError(field=FIELD)
    if by_name or len(tensors) > 1 or schema.column(tensors[0].name) is not None:
        rows = _from_columns(tensors, schema, max_rows)
    else:
        rows = _from_matrix(tensors[0], schema, max_rows)
    return tuple(rows[0].tolist()) if len(rows) == 1 else rows


def _from_matrix(tensor: Tensor, schema: Schema, max_rows: int) -> Floats:
    width = schema.width
    if tensor.shape[-1] != width:
        reason = f"has shape {list(tensor.shape)}; expected [rows, {width}]"
        raise TensorError(tensor=tensor.name, reason=reason)
    _check_count(tensor.shape[0] if len(tensor.shape) == 2 else 1, max_rows)
    block = _block([tensor])
    if block is None:
        values = tensor.listed()
        sent = (values[start : start + width] for start in range(0, len(values), width))
        raise first_invalid_value(sent, schema.names)
    _check_whole(tensor, schema.names)
    return block.reshape(-1, width)


def _from_columns(tensors: list[Tensor], schema: Schema, max_rows: int) -> Floats:
    mapping = _arranged(tensors, schema)
    rows = tensors[0].shape[0]
    _check_count(rows, max_rows)
    for tensor in tensors:
        _check_column(tensor, rows)
    block = _block(tensors)
    if block is None:
        sent = zip(*(tensor.listed() for tensor in tensors), strict=True)
        raise first_invalid_value(sent, mapping.names)
    for tensor, name in zip(tensors, mapping.names, strict=True):
        _check_whole(tensor, (name,))
    return np.ascontiguousarray(mapping.rows(block.T))


def _arranged(tensors: list[Tensor], schema: Schema) -> ColumnMapping:
    try:
        return map_columns(tuple(tensor.name for tensor in tensors), schema)
    except ColumnMismatchError as found:
        parts = [f"lack the columns {listed(found.missing)}"] if found.missing else []
        parts += [f"have unknown {listed(found.unknown)}"] if found.unknown else []
        parts += [f"repeat a column as {listed(found.repeated)}"] if found.repeated else []
        raise RequestFieldError(field=FIELD, reason=" and ".join(parts)) from found


def _check_column(tensor: Tensor, rows: int) -> None:
    if tensor.shape not in ((rows,), (rows, 1)):
        reason = f"has shape {list(tensor.shape)}; expected [{rows}] or [{rows}, 1] as of a column"
        raise TensorError(tensor=tensor.name, reason=reason)


def _check_count(rows: int, max_rows: int) -> None:
    if rows == 0:
        raise NoRowsError(field=FIELD)
    if rows > max_rows:
        raise TooManyRowsError(rows=rows, limit=max_rows)


def _block(tensors: list[Tensor]) -> Floats | None:
    """Put tensors of one length below each other; None if any value is not a finite number."""
    arrays = [tensor.values for tensor in tensors if isinstance(tensor.values, np.ndarray)]
    if len(arrays) == len(tensors):
        # A broken NaN of 32 bits is found here, before numpy warns of widening it.
        if not all(np.isfinite(array).all() for array in arrays):
            return None
        return np.array(arrays, dtype=np.float64)
    values = [tensor.listed() for tensor in tensors]
    return pack(values, range(len(values[0])))


def _check_whole(tensor: Tensor, names: tuple[str, ...]) -> None:
    """Refuse numbers, of these columns, that are not of the whole type their tensor claims."""
    values, low, high = tensor.values, tensor.datatype.low, tensor.datatype.high
    if low is None or high is None or isinstance(values, np.ndarray):
        return
    if set(map(type, values)) == {int} and low <= min(values) and max(values) <= high:
        return
    for place, value in enumerate(values):
        if value != int(value) or not low <= value <= high:
            row, column = divmod(place, len(names))
            where = f"row {row}, column {names[column]!r}"
            reason = f"is {tensor.datatype.name} but holds {value} in {where}"
            raise TensorError(tensor=tensor.name, reason=reason)
