"""The binary tensor extension: numbers as bytes behind the JSON, little-endian, row by row."""

from __future__ import annotations

import math

import numpy as np

from milkprice.wording import shown
from serving.errors import EnvelopeError, TensorError
from serving.payload.tensors import Array, Datatype

HEADER = "Inference-Header-Content-Length"  # how long the JSON is
SIZE = "binary_data_size"  # the parameter that says how many bytes belong to a tensor


class Attachment:
    """The bytes behind the JSON, taken from the front by one input after the other."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._left = memoryview(data)

    def take(self, tensor: str, datatype: Datatype, shape: tuple[int, ...], size: object) -> Array:
        """Take the bytes of the next tensor.

        Raises:
            TensorError: There are not as many as it says, or it says something else than its shape.
        """
        if type(size) is not int or size < 0:
            reason = f"has {SIZE} {shown(size)}; expected a number of bytes"
            raise TensorError(tensor=tensor, reason=reason)
        if size > len(self._left):
            reason = f"has {SIZE} {size}, but {len(self._left)} bytes are left of the body"
            raise TensorError(tensor=tensor, reason=reason)
        data, self._left = self._left[:size], self._left[size:]
        return from_bytes(tensor, datatype, shape, data)

    def finish(self) -> None:
        """Refuse bytes that no input has taken.

        Raises:
            EnvelopeError: There are some.
        """
        if self._left:
            reason = f"has {len(self._left)} bytes behind the JSON that belong to no input"
            raise EnvelopeError(field="The body", reason=reason)


def split(body: bytes, header_length: int | None) -> tuple[bytes, Attachment]:
    """Part a body into JSON and the bytes behind it.

    Raises:
        EnvelopeError: It is shorter than its JSON is said to be.
    """
    if header_length is None:
        return body, Attachment(b"")
    if not 0 <= header_length <= len(body):
        reason = f"is {header_length}; the body has {len(body)} bytes"
        raise EnvelopeError(field=HEADER, reason=reason)
    return body[:header_length], Attachment(memoryview(body)[header_length:])


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
