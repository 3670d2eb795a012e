"""A part of a stored file as Python reads files, so that nobody fetches more than is asked for.

The files of an input, wherever they lie.
Rows of a file that lie one after the other, by where they lie.
Files that are not what their name says.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milkprice.batch.errors import BatchChangedError, BatchFileError, BatchInputError
from milkprice.batch.settings import normalize_uri
from milkprice.errors import MilkpriceError
from milkprice.registry.errors import KeyChangedError, KeyNotFoundError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import ObjectMetadata, Store, open_store

if TYPE_CHECKING:
    from typing_extensions import Buffer

TAIL_BYTES = 64 * 2**10  # the footer of Parquet is asked for in three bits


class RangeReader(io.RawIOBase):
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


PARQUET, CSV = ".parquet", ".csv"
SUFFIXES = (PARQUET, CSV)


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file whose rows are to be predicted, as it was when it was looked at.

    Attributes:
        folder: Address of the folder or prefix it lies in.
        key: Its place there.
        size: Its length in bytes.
        stamp: What tells it from one that replaced it.
        store: The store of the folder.
    """

    folder: str
    key: str
    size: int
    stamp: str
    store: Store = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """What the file is called in messages."""
        return f"{self.folder}/{self.key}"

    @property
    def is_parquet(self) -> bool:
        """Whether it is read as Parquet; else it is CSV."""
        return self.key.lower().endswith(PARQUET)


def list_inputs(uri: str, settings: StoreSettings) -> list[InputFile]:
    """Find the files of an input, sorted by their place.

    Names that begin with a dot or an underscore are left out, as whoever writes such folders
    means it.

    Args:
        uri: A file, or a folder or prefix.
        settings: Where S3 is and who asks.

    Raises:
        BatchInputError: There are none.
        StoreError: The store cannot be read.
    """
    place = normalize_uri(uri)
    found = _single(place, settings) or _below(place, settings)
    if not found:
        raise BatchInputError(place=uri, suffixes=SUFFIXES)
    return found


def _single(place: str, settings: StoreSettings) -> list[InputFile]:
    folder, _, key = place.rpartition("/")
    if not place.lower().endswith(SUFFIXES):
        return []
    store = open_store(folder, settings)
    try:
        return [_file(folder, store, store.head(key))]
    except KeyNotFoundError:  # it may be a folder with such a name
        return []


def _below(place: str, settings: StoreSettings) -> list[InputFile]:
    store = open_store(place, settings)
    return [_file(place, store, entry) for entry in store.list() if _is_meant(entry.key)]


def _is_meant(key: str) -> bool:
    hidden = any(part.startswith((".", "_")) for part in key.split("/"))
    return key.lower().endswith(SUFFIXES) and not hidden


def _file(folder: str, store: Store, entry: ObjectMetadata) -> InputFile:
    return InputFile(folder=folder, key=entry.key, size=entry.size, stamp=entry.stamp, store=store)


@dataclass(frozen=True, kw_only=True)
class RowRange:
    """Row groups of a Parquet file, or bytes of a CSV file.

    Attributes:
        first_row: How many rows of the file come before it.
        start: Its first row group or byte.
        stop: The one after its last.
    """

    first_row: int
    start: int
    stop: int


@contextmanager
def decode_errors(file: InputFile) -> Iterator[None]:
    """Turn what a decoder runs into, which may be anything, into one sentence with the file."""
    try:
        yield
    except MilkpriceError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise BatchFileError(file=file.name, reason=reason) from error
