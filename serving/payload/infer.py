"""Requests of the second protocol, whether they come by REST or gRPC: tensors to rows.

The columns of a model come as one matrix, or as one tensor for each column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from serving.errors import (
    NoRowsError,
    RequestFieldError,
    TensorError,
    TooManyRowsError,
    join_values,
)
from serving.payload.rows import first_invalid_value, pack
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
OUTPUT = "predict"  # the only output tensor
DATAFRAME = "pd"  # the content type of inputs that are the columns of a DataFrame


@dataclass(frozen=True, kw_only=True)
class InferRequest:
    """A request's id, its rows in the model's order, and whether it asks for bytes."""

    id: str | None
    rows: Rows
    outputs_binary: bool


def check_outputs(names: Sequence[object]) -> None:
    """Refuse a request for outputs that do not exist.

    Raises:
        RequestFieldError: It asks for one.
    """
    unknown = [name for name in names if name != OUTPUT]
    if unknown:
        reason = f"asks for {join_values(unknown)}; there is {OUTPUT!r} only"
        raise RequestFieldError(field="outputs", reason=reason)


def read_tensors(tensors: list[Tensor], schema: Schema, *, by_name: bool, max_rows: int) -> Rows:
    """Check tensors and make rows of them, in the model's order.

    Args:
        tensors: The inputs of a request.
        schema: The columns of the model.
        by_name: Whether the client says that each tensor is a column. Several tensors are that
            anyway, and so is one with a column's name.
        max_rows: The greatest number of rows that is accepted.

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
    array = _pack([tensor])
    if array is None:
        values = tensor.to_list()
        rows = (values[start : start + width] for start in range(0, len(values), width))
        raise first_invalid_value(rows, schema.names)
    _check_integers(tensor, schema.names)
    return array.reshape(-1, width)


def _from_columns(tensors: list[Tensor], schema: Schema, max_rows: int) -> Floats:
    mapping = _map_columns(tensors, schema)
    count = tensors[0].shape[0]
    _check_count(count, max_rows)
    for tensor in tensors:
        _check_column(tensor, count)
    array = _pack(tensors)
    if array is None:
        rows = zip(*(tensor.to_list() for tensor in tensors), strict=True)
        raise first_invalid_value(rows, mapping.names)
    for tensor, name in zip(tensors, mapping.names, strict=True):
        _check_integers(tensor, (name,))
    return np.ascontiguousarray(mapping.rows(array.T))


def _map_columns(tensors: list[Tensor], schema: Schema) -> ColumnMapping:
    try:
        return map_columns(tuple(tensor.name for tensor in tensors), schema)
    except ColumnMismatchError as error:
        reasons = [f"lack the columns {join_values(error.missing)}"] if error.missing else []
        reasons += [f"have unknown {join_values(error.unknown)}"] if error.unknown else []
        reasons += [f"repeat a column as {join_values(error.repeated)}"] if error.repeated else []
        raise RequestFieldError(field=FIELD, reason=" and ".join(reasons)) from error


def _check_column(tensor: Tensor, rows: int) -> None:
    if tensor.shape not in ((rows,), (rows, 1)):
        reason = f"has shape {list(tensor.shape)}; expected [{rows}] or [{rows}, 1] as of a column"
        raise TensorError(tensor=tensor.name, reason=reason)


def _check_count(rows: int, max_rows: int) -> None:
    if rows == 0:
        raise NoRowsError(field=FIELD)
    if rows > max_rows:
        raise TooManyRowsError(rows=rows, limit=max_rows)


def _pack(tensors: list[Tensor]) -> Floats | None:
    """Stack tensors of one length as rows; None if any value is not a finite number."""
    arrays = [tensor.values for tensor in tensors if isinstance(tensor.values, np.ndarray)]
    if len(arrays) == len(tensors):
        # A signaling NaN of 32 bits is caught here, before numpy warns of widening it.
        if not all(np.isfinite(array).all() for array in arrays):
            return None
        return np.array(arrays, dtype=np.float64)
    values = [tensor.to_list() for tensor in tensors]
    return pack(values, range(len(values[0])))


def _check_integers(tensor: Tensor, names: tuple[str, ...]) -> None:
    """Refuse numbers, of these columns, that are not of the integer type their tensor claims."""
    values, low, high = tensor.values, tensor.datatype.low, tensor.datatype.high
    if low is None or high is None or isinstance(values, np.ndarray):
        return
    if set(map(type, values)) == {int} and low <= min(values) and max(values) <= high:
        return
    for position, value in enumerate(values):
        if value != int(value) or not low <= value <= high:
            row, column = divmod(position, len(names))
            where = f"row {row}, column {names[column]!r}"
            reason = f"is {tensor.datatype.name} but holds {value} in {where}"
            raise TensorError(tensor=tensor.name, reason=reason)
