"""A part of a stored file as Python reads files, so that nobody fetches more than is asked for."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from milkprice.batch.inputs import InputFile
from milkprice.errors import BatchChangedError, KeyChangedError, KeyNotFoundError

if TYPE_CHECKING:
    from typing_extensions import Buffer

TAIL_BYTES = 64 * 2**10  # the footer of Parquet is asked for in three bits


class Window(io.RawIOBase):
    """Bytes ``start`` to ``stop`` of a file, read as they are asked for, after some of our own.

    Args:
        file: The file.
        start: Its first byte that is read.
        stop: The one after the last; by default the end.
        front: What is read before them.

    Raises:
        BatchChangedError: From any read, once the file is another one than was looked at.
    """

    def __init__(
        self, file: InputFile, start: int = 0, stop: int | None = None, *, front: bytes = b""
    ) -> None:
        self._file = file
        self._front = front
        self._offset = start - len(front)  # of the file's places to those of the window
        self._size = (file.size if stop is None else stop) - self._offset
        self._tail_start = max(len(front), self._size - TAIL_BYTES)
        self._tail: bytes | None = None
        self._place = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The place in the window."""
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place in the window."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}
        self._place = max(0, base[whence] + offset)
        return self._place

    def read(self, size: int | None = -1) -> bytes:
        """Read on; less than was asked for at the end, and where the front ends."""
        start, end = self._place, len(self._front) if self._place < len(self._front) else self._size
        stop = end if size is None or size < 0 else min(start + size, end)
        if stop <= start:
            return b""
        self._place = stop
        return self._bytes(start, stop)

    def readinto(self, buffer: Buffer) -> int:
        """Read into what ``io.BufferedReader`` offers."""
        view = memoryview(buffer)
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def _bytes(self, start: int, stop: int) -> bytes:
        if start < len(self._front):
            return self._front[start:stop]
        if start < self._tail_start:
            return self._fetch(start, stop)
        if self._tail is None:
            self._tail = self._fetch(self._tail_start, self._size)
        return self._tail[start - self._tail_start : stop - self._tail_start]

    def _fetch(self, start: int, stop: int) -> bytes:
        file, offset = self._file, self._offset
        try:
            return file.store.read_range(
                file.key, start=start + offset, stop=stop + offset, stamp=file.stamp
            )
        except (KeyChangedError, KeyNotFoundError) as error:
            raise BatchChangedError(file=file.name) from error
