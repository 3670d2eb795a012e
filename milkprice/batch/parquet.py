"""Parquet input and output by row groups.

fastparquet trusts every length in a footer and reads whatever memory a corrupt one points at. So
the footer is first walked by the rules of Thrift's compact protocol, in which it is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain

import pandas as pd
from fastparquet import ParquetFile
from fastparquet.writer import make_metadata, write_simple
from fastparquet.writer import parquet_thrift as thrift

from milkprice.batch.errors import BatchFileError
from milkprice.batch.files import InputFile, RangeReader, decode_errors
from milkprice.batch.scoring import Chunk, ColumnMapping
from milkprice.batch.shards import RowRange

MAGIC = b"PAR1"
LENGTH_BYTES = 4
TRAILER_BYTES = LENGTH_BYTES + len(MAGIC)  # behind the footer

MAX_DEPTH = 32  # structs within structs; Parquet has six
MAX_VARINT_BYTES = 10  # 64 bits, seven in each byte
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
INTEGERS = frozenset((I16, I32, I64))
LONG_LIST = 15  # the length follows as a number of its own


class CorruptFooterError(ValueError):
    """A footer is corrupt; the caller knows of which file."""


def parquet_ranges(file: InputFile, *, rows: int, columns: ColumnMapping) -> list[RowRange]:
    """Split a file into ranges of row groups.

    Args:
        file: The file.
        rows: Most rows in a range, unless a single row group has more.
        columns: Columns it must have.

    Returns:
        The ranges in order; a single empty one if the file has no rows.

    Raises:
        BatchFileError: It is corrupt.
        BatchColumnsError: It lacks columns.
    """
    with decode_errors(file):
        parquet = _open(file)
        counts = [group.num_rows for group in parquet.row_groups]
        columns.resolve(parquet.columns, file=file.name)
    ranges = [RowRange(first_row=0, start=0, stop=0)]
    total = 0
    for group, count in enumerate(counts):
        last = ranges[-1]
        if last.stop > last.start and total + count - last.first_row > rows:
            ranges.append(RowRange(first_row=total, start=group, stop=group + 1))
        else:
            ranges[-1] = RowRange(first_row=last.first_row, start=last.start, stop=group + 1)
        total += count
    return ranges


def read_parquet_chunks(file: InputFile, rows: RowRange, columns: ColumnMapping) -> Iterator[Chunk]:
    """Read the row groups of a range one by one.

    Raises:
        BatchFileError: It is corrupt.
        BatchColumnsError: It lacks columns.
    """
    with decode_errors(file):
        parquet = _open(file)
        names = list(columns.resolve(parquet.columns, file=file.name))
        if rows.start == rows.stop:  # no rows, but columns
            empty = parquet[:0].to_pandas(names, [], index=False)
            yield Chunk(first_row=rows.first_row, table=empty)
    first_row, unique = rows.first_row, list(dict.fromkeys(names))
    for group in parquet.row_groups[rows.start : rows.stop]:
        with decode_errors(file):
            # A reader of its own, as other shards of the file are read in parallel. The default of
            # row_filter, False, makes the decoder of version-2 pages return no rows.
            table = parquet.read_row_group_file(
                group, unique, [], index=False, row_filter=None, infile=RangeReader(file)
            )
        yield Chunk(first_row=first_row, table=table if unique == names else table[names])
        first_row += group.num_rows


def to_parquet(tables: Iterable[pd.DataFrame], metadata: Mapping[str, str]) -> bytes:
    """Write tables of the same columns, each as a row group.

    Args:
        tables: One or more; consumed one by one.
        metadata: Key-value metadata of the file.
    """
    plain = map(_to_plain_types, tables)
    first = next(plain)
    text = [str(name) for name in first if first[name].dtype == object]
    masked = [str(name) for name in first if pd.api.types.is_extension_array_dtype(first[name])]
    head = make_metadata(
        first, has_nulls=[*text, *masked], object_encoding=dict.fromkeys(text, "utf8")
    )
    head.key_value_metadata = [
        *head.key_value_metadata,
        *(
            thrift.KeyValue(key=key.encode(), value=value.encode())
            for key, value in sorted(metadata.items())
        ),
    ]
    buffer = _Buffer()
    write_simple(buffer, chain([first], plain), head, stats=False)
    return b"".join(buffer.pieces)


def check_footer(data: bytes) -> None:
    """Walk a footer from its first byte to its last.

    Raises:
        CorruptFooterError: It is corrupt or incomplete.
    """
    footer = _Footer(data)
    footer.struct(depth=0)
    if footer.position != len(data):
        message = f"{len(data) - footer.position} bytes are left over"
        raise CorruptFooterError(message)


class _Footer:
    """A position in a footer, which moves forward only and not beyond the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def struct(self, *, depth: int) -> None:
        """Skip fields until the stop field."""
        if depth > MAX_DEPTH:
            message = f"structs are more than {MAX_DEPTH} deep"
            raise CorruptFooterError(message)
        while header := self._byte():
            if header >> 4 == 0:
                self._varint()  # the field id is not a difference to the one before
            self._value(header & 0x0F, depth=depth)

    def _value(self, kind: int, *, depth: int) -> None:
        if kind in INTEGERS:
            self._varint()
        elif kind == BINARY:
            self._skip(self._varint())
        elif kind == STRUCT:
            self.struct(depth=depth + 1)
        elif kind in (LIST, SET):
            self._list(depth=depth + 1)
        elif kind == DOUBLE:
            self._skip(8)
        elif kind == BYTE:
            self._skip(1)
        elif kind not in (TRUE, FALSE):
            message = f"a field at byte {self.position} is of kind {kind}"
            raise CorruptFooterError(message)

    def _list(self, *, depth: int) -> None:
        header = self._byte()
        count, kind = header >> 4, header & 0x0F
        if count == LONG_LIST:
            count = self._varint()
        if kind in (TRUE, FALSE):
            self._skip(count)
            return
        if count > len(self._data) - self.position:
            message = f"a list at byte {self.position} has more items than there are bytes"
            raise CorruptFooterError(message)
        for _ in range(count):
            self._value(kind, depth=depth)

    def _byte(self) -> int:
        self._skip(1)
        return self._data[self.position - 1]

    def _varint(self) -> int:
        value = 0
        for place in range(MAX_VARINT_BYTES):
            byte = self._byte()
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return value
        message = f"a number at byte {self.position} does not end"
        raise CorruptFooterError(message)

    def _skip(self, count: int) -> None:
        if count > len(self._data) - self.position:
            message = f"it ends in the middle, {self.position} bytes in"
            raise CorruptFooterError(message)
        self.position += count


class _Buffer:
    """A file in memory as a list of pieces: a growing ``BytesIO`` is copied again and again."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self._size = 0

    def write(self, piece: bytes) -> int:
        """Append a piece."""
        self.pieces.append(bytes(piece))
        self._size += len(piece)
        return len(piece)

    def tell(self) -> int:
        """Bytes so far."""
        return self._size


@lru_cache(maxsize=4)  # all shards of a file need its footer, which is slow to walk
def _open(file: InputFile) -> ParquetFile:
    """Open a file whose magic bytes and footer are right."""
    reader = RangeReader(file)
    magic = reader.read(len(MAGIC))
    reader.seek(-TRAILER_BYTES, os.SEEK_END)
    length = int.from_bytes(reader.read(LENGTH_BYTES), "little")
    end = reader.read(len(MAGIC))
    if (magic, end) != (MAGIC, MAGIC) or length + TRAILER_BYTES + len(MAGIC) > file.size:
        raise BatchFileError(file=file.name, reason="it is not Parquet, or not all of it")
    reader.seek(-TRAILER_BYTES - length, os.SEEK_END)
    try:
        check_footer(reader.read(length))
    except CorruptFooterError as error:
        raise BatchFileError(file=file.name, reason=f"its footer is corrupt: {error}") from error
    return ParquetFile(reader)


def _to_plain_types(table: pd.DataFrame) -> pd.DataFrame:
    """Convert columns that are no plain numbers, dates or booleans to text."""
    converted = {
        str(name): table[name].astype(object).where(table[name].isna(), table[name].astype(str))
        for name in table
        if table[name].dtype.kind not in "iufbM"
        or isinstance(table[name].dtype, pd.DatetimeTZDtype)
    }
    return table.assign(**converted) if converted else table
