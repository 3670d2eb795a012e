"""Tensors of the second protocol: datatypes, shapes, and data as JSON or as bytes behind it.

The bytes are those of the binary tensor extension: little-endian, row by row, in the order of the
inputs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from milkprice.text import preview
from serving.errors import RequestFieldError, TensorError

HEADER = "Inference-Header-Content-Length"  # the length of the JSON
SIZE = "binary_data_size"  # the parameter with the number of bytes of a tensor
REFUSED = {"BOOL": "booleans", "BYTES": "text"}

Array: TypeAlias = NDArray[Any]


class Datatype(NamedTuple):
    """A type of number, little-endian; those of integers have a least and a greatest number."""

    name: str
    dtype: np.dtype[Any]
    low: int | None = None
    high: int | None = None


def _integer(name: str, code: str) -> Datatype:
    limits = np.iinfo(code)
    return Datatype(name, np.dtype(code), limits.min, limits.max)


DATATYPES = {
    datatype.name: datatype
    for datatype in (
        *(Datatype(f"FP{8 * size}", np.dtype(f"<f{size}")) for size in (2, 4, 8)),
        *(_integer(f"INT{8 * size}", f"<i{size}") for size in (1, 2, 4, 8)),
        *(_integer(f"UINT{8 * size}", f"<u{size}") for size in (1, 2, 4, 8)),
    )
}


class Tensor(NamedTuple):
    """An input whose shape, of one or two sizes, fits its values.

    The values are flat, row by row: a list of any kind, or an array of numbers.
    """

    name: str
    datatype: Datatype
    shape: tuple[int, ...]
    values: Sequence[Any] | Array

    def to_list(self) -> Sequence[Any]:
        """The values as Python's own."""
        return self.values.tolist() if isinstance(self.values, np.ndarray) else self.values


class Attachment:
    """The bytes behind the JSON; each binary input takes its own from the front."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._left = memoryview(data)

    def take(self, tensor: str, datatype: Datatype, shape: tuple[int, ...], size: object) -> Array:
        """Take the bytes of the next tensor.

        Raises:
            TensorError: Its size is no number of bytes, does not fit its shape, or is more than
                what is left.
        """
        if type(size) is not int or size < 0:
            reason = f"has {SIZE} {preview(size)}; expected a number of bytes"
            raise TensorError(tensor=tensor, reason=reason)
        if size > len(self._left):
            reason = f"has {SIZE} {size}, but {len(self._left)} bytes are left of the body"
            raise TensorError(tensor=tensor, reason=reason)
        data, self._left = self._left[:size], self._left[size:]
        return from_bytes(tensor, datatype, shape, data)

    def finish(self) -> None:
        """Refuse bytes that belong to no input.

        Raises:
            RequestFieldError: There are some.
        """
        if self._left:
            reason = f"has {len(self._left)} bytes behind the JSON that belong to no input"
            raise RequestFieldError(field="The body", reason=reason)


def split(body: bytes, header_length: int | None) -> tuple[bytes, Attachment]:
    """Split a body into JSON and the bytes behind it.

    Raises:
        RequestFieldError: It is shorter than the given length of its JSON.
    """
    if header_length is None:
        return body, Attachment(b"")
    if not 0 <= header_length <= len(body):
        reason = f"is {header_length}; the body has {len(body)} bytes"
        raise RequestFieldError(field=HEADER, reason=reason)
    return body[:header_length], Attachment(memoryview(body)[header_length:])


def datatype_of(tensor: str, name: Any) -> Datatype:
    """Look up a type of number, in any letter case.

    Raises:
        TensorError: There is no such type of number.
    """
    folded = name.upper() if isinstance(name, str) else ""
    if folded in DATATYPES:
        return DATATYPES[folded]
    claim = f"holds {REFUSED[folded]}" if folded in REFUSED else "has no type of number"
    reason = f"{claim}: datatype {preview(name)}; expected one of {', '.join(DATATYPES)}"
    raise TensorError(tensor=tensor, reason=reason)


def shape_of(tensor: str, shape: Any) -> tuple[int, ...]:
    """Check a shape by itself: one or two sizes.

    Raises:
        TensorError: It is something else.
    """
    is_list = isinstance(shape, list) and len(shape) in (1, 2)
    if is_list and set(map(type, shape)) == {int} and min(shape) >= 0:
        return tuple(shape)
    reason = f"has shape {preview(shape)}; expected one or two counts, rows first"
    raise TensorError(tensor=tensor, reason=reason)


def from_values(name: str, datatype: Datatype, shape: tuple[int, ...], data: Any) -> Tensor:
    """Make a tensor of a list, flat or nested according to its shape.

    Raises:
        TensorError: The list does not have the shape.
    """
    if not isinstance(data, list):
        raise TensorError(
            tensor=name, reason=f"has data {preview(data)}; expected a list of numbers"
        )
    values = _flatten(name, shape, data) if data and isinstance(data[0], list) else data
    if len(values) != math.prod(shape):
        reason = f"has {len(values)} values; its shape {list(shape)} takes {math.prod(shape)}"
        raise TensorError(tensor=name, reason=reason)
    return Tensor(name, datatype, shape, values)


def from_bytes(
    tensor: str, datatype: Datatype, shape: tuple[int, ...], data: bytes | memoryview
) -> Array:
    """Read the numbers of a tensor.

    Raises:
        TensorError: Its shape takes another number of bytes.
    """
    expected = math.prod(shape) * datatype.dtype.itemsize
    if len(data) != expected:
        reason = f"has {len(data)} bytes; {datatype.name} of shape {list(shape)} takes {expected}"
        raise TensorError(tensor=tensor, reason=reason)
    return np.frombuffer(data, dtype=datatype.dtype)


def to_bytes(numbers: list[float]) -> bytes:
    """Write numbers as FP64."""
    return np.array(numbers, dtype="<f8").tobytes()


def _flatten(name: str, shape: tuple[int, ...], data: list[Any]) -> list[Any]:
    if len(shape) == 2 and set(map(type, data)) == {list} and set(map(len, data)) == {shape[1]}:
        return list(chain.from_iterable(data))
    reason = f"has nested data that is not of its shape {list(shape)}"
    raise TensorError(tensor=name, reason=reason)
