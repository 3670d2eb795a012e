"""What few ask for, small until somebody does."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Packed(Generic[T]):
    """A document: compressed, and as a value too from the first time it is asked for."""

    __slots__ = ("_data", "_growth", "_held", "_read", "_size")

    def __init__(self, data: bytes, read: Callable[[bytes], T], *, growth: float) -> None:
        """Compress a document.

        Args:
            data: Its bytes.
            read: Makes its value of them.
            growth: How many times the bytes the value takes.
        """
        self._data = zlib.compress(data)
        self._size = len(data)
        self._read = read
        self._growth = growth
        self._held: T | None = None

    @property
    def value(self) -> T:
        """What the bytes mean."""
        if self._held is None:
            self._held = self._read(self.data)
        return self._held

    @property
    def data(self) -> bytes:
        """The bytes."""
        return zlib.decompress(self._data)

    @property
    def weight(self) -> int:
        """Bytes of memory it takes now."""
        held = 0 if self._held is None else int(self._growth * self._size)
        return len(self._data) + held
