"""Input files: what there is to read, and ranged reads of it."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from milkprice.batch.errors import (
    BatchChangedError,
    BatchFileError,
    BatchInputError,
    BatchTableError,
)
from milkprice.batch.settings import normalize_uri
from milkprice.errors import MilkpriceError
from milkprice.registry.errors import KeyChangedError, KeyNotFoundError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import ObjectMetadata, Store, open_store

if TYPE_CHECKING:
    from typing_extensions import Buffer

PARQUET, CSV = ".parquet", ".csv"
SUFFIXES = (PARQUET, CSV)
# Folders that lake formats keep their log in, and the end of Iceberg's own files in "metadata".
TABLE_LOGS = {"_delta_log": "Delta Lake", ".hoodie": "Hudi"}
ICEBERG_FOLDER, ICEBERG_METADATA = "metadata", ".metadata.json"
HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
TAIL_BYTES = 64 * 2**10  # Parquet's footer is read in three pieces; one request serves them all


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file with rows to predict, as it was when the run was planned.

    Attributes:
        folder: Address of the folder or prefix.
        key: Path below it.
        size: Length in bytes.
        stamp: Changes when the file is replaced.
        store: The store of the folder.
    """

    folder: str
    key: str
    size: int
    stamp: str
    store: Store = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """Full address, for messages."""
        return f"{self.folder}/{self.key}"

    @property
    def is_parquet(self) -> bool:
        """Whether the file is Parquet; otherwise it is CSV."""
        return self.key.lower().endswith(PARQUET)

    def path_columns(self) -> dict[str, str | None]:
        """Columns of a Hive layout, ``year=2020/part.parquet``, and their value as text."""
        folders = (folder.partition("=") for folder in self.name.split("/")[:-1])
        values = {unquote(name): unquote(value) for name, equals, value in folders if equals}
        return {name: None if value == HIVE_NULL else value for name, value in values.items()}


def list_inputs(uri: str, settings: StoreSettings) -> list[InputFile]:
    """List the files of an input, sorted by key.

    Names that begin with a dot or an underscore are skipped, as Spark and Hive do.

    Args:
        uri: A file, a folder or a prefix.
        settings: S3 endpoint and credentials.

    Raises:
        BatchInputError: There are none.
        BatchTableError: It is a table of Delta Lake, Iceberg or Hudi.
        StoreError: The store cannot be read.
    """
    address = normalize_uri(uri)
    files = _single_file(address, settings) or _files_in(address, settings)
    if not files:
        raise BatchInputError(uri=uri, suffixes=SUFFIXES)
    return files


class RangeReader(io.RawIOBase):
    """Bytes ``start`` to ``stop`` of a file as a readable object; only what is read is fetched.

    Args:
        file: The file.
        start: First byte.
        stop: One after the last byte; by default the end of the file.

    Raises:
        BatchChangedError: From any read, once the file was replaced or deleted.
    """

    def __init__(self, file: InputFile, start: int = 0, stop: int | None = None) -> None:
        self._file = file
        self._start = start
        self._size = (file.size if stop is None else stop) - start
        self._tail_start = max(0, self._size - TAIL_BYTES)
        self._tail: bytes | None = None
        self._position = 0

    def readable(self) -> bool:
        """Always true."""
        return True

    def seekable(self) -> bool:
        """Always true."""
        return True

    def tell(self) -> int:
        """Position in the range."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position in the range."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}
        self._position = max(0, base[whence] + offset)
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """Read up to so many bytes; fewer at the end."""
        start = self._position
        stop = self._size if size is None or size < 0 else min(start + size, self._size)
        if stop <= start:
            return b""
        self._position = stop
        if start < self._tail_start:
            return self._fetch(start, stop)
        if self._tail is None:
            self._tail = self._fetch(self._tail_start, self._size)
        return self._tail[start - self._tail_start : stop - self._tail_start]

    def readinto(self, buffer: Buffer) -> int:
        """Fill a buffer, for ``io.BufferedReader``."""
        view = memoryview(buffer)
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def _fetch(self, start: int, stop: int) -> bytes:
        file, offset = self._file, self._start
        try:
            return file.store.read_range(
                file.key, start=start + offset, stop=stop + offset, stamp=file.stamp
            )
        except (KeyChangedError, KeyNotFoundError) as error:
            raise BatchChangedError(file=file.name) from error


@contextmanager
def decode_errors(file: InputFile) -> Iterator[None]:
    """Turn whatever a decoder raises on a corrupt file into one error that names the file."""
    try:
        yield
    except MilkpriceError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise BatchFileError(file=file.name, reason=reason) from error


def _single_file(address: str, settings: StoreSettings) -> list[InputFile]:
    folder, _, key = address.rpartition("/")
    if not address.lower().endswith(SUFFIXES):
        return []
    store = open_store(folder, settings)
    try:
        entry = store.head(key)
    except KeyNotFoundError:  # it may be a folder of that name
        return []
    for name in (*TABLE_LOGS, ICEBERG_FOLDER):
        for one in store.list(name):
            _check_plain(folder, one.key)
    return [_input_file(folder, store, entry)]


def _files_in(address: str, settings: StoreSettings) -> list[InputFile]:
    store = open_store(address, settings)
    entries = list(store.list())
    for entry in entries:
        _check_plain(address, entry.key)
    return [_input_file(address, store, entry) for entry in entries if _is_data(entry.key)]


def _check_plain(address: str, key: str) -> None:
    """Refuse a table whose own log says which of its files, and of their rows, are in it.

    Raises:
        BatchTableError: The key is of such a log.
    """
    parts = key.split("/")
    for place, part in enumerate(parts[:-1]):
        kind = TABLE_LOGS.get(part)
        if kind or (part == ICEBERG_FOLDER and key.endswith(ICEBERG_METADATA)):
            table = "/".join([address, *parts[:place]])
            raise BatchTableError(table=table, kind=kind or "Iceberg")


def _is_data(key: str) -> bool:
    hidden = any(part.startswith((".", "_")) for part in key.split("/"))
    return key.lower().endswith(SUFFIXES) and not hidden


def _input_file(folder: str, store: Store, entry: ObjectMetadata) -> InputFile:
    return InputFile(folder=folder, key=entry.key, size=entry.size, stamp=entry.stamp, store=store)
