"""The footer of a Parquet file, looked through before its decoder does.

The decoder trusts every length in it and reads whatever memory a damaged one points at. So the
footer is walked once by the rules of Thrift's compact protocol, which it is written in: nothing is
kept, only that it is whole.

Parquet in by row groups, Parquet out the same way.
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

from milkprice.batch.columns import ColumnMapping
from milkprice.batch.errors import BatchFileError
from milkprice.batch.files import InputFile, RangeReader, RowRange, decode_errors
from milkprice.batch.scoring import Chunk

DEEPEST = 32  # structs within structs; Parquet has six
LONGEST_NUMBER = 10  # bytes of 64 bits, seven in each
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
NUMBERS = frozenset((I16, I32, I64))
MANY = 15  # a list whose length does not fit beside its kind


class CorruptFooterError(ValueError):
    """A footer that is not what it was written as; whoever asked knows of which file."""


def check_footer(data: bytes) -> None:
    """Walk a footer from its first byte to its last.

    Raises:
        CorruptFooterError: It is no footer, or not all of it.
    """
    walk = _Walk(data)
    walk.struct(depth=0)
    if walk.place != len(data):
        message = f"{len(data) - walk.place} bytes are left over"
        raise CorruptFooterError(message)


class _Walk:
    """A place in a footer, which goes forward only and not beyond its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def struct(self, *, depth: int) -> None:
        """Pass over fields until the one that ends them."""
        if depth > DEEPEST:
            message = f"structs are more than {DEEPEST} deep"
            raise CorruptFooterError(message)
        while head := self._byte():
            if head >> 4 == 0:
                self._number()  # a field whose place does not follow from the one before
            self._value(head & 0x0F, depth=depth)

    def _value(self, kind: int, *, depth: int) -> None:
        if kind in NUMBERS:
            self._number()
        elif kind == BINARY:
            self._skip(self._number())
        elif kind == STRUCT:
            self.struct(depth=depth + 1)
        elif kind in (LIST, SET):
            self._list(depth=depth + 1)
        elif kind == DOUBLE:
            self._skip(8)
        elif kind == BYTE:
            self._skip(1)
        elif kind not in (TRUE, FALSE):
            message = f"a field at byte {self.place} is of kind {kind}"
            raise CorruptFooterError(message)

    def _list(self, *, depth: int) -> None:
        head = self._byte()
        count, kind = head >> 4, head & 0x0F
        if count == MANY:
            count = self._number()
        if kind in (TRUE, FALSE):
            self._skip(count)
            return
        if count > len(self._data) - self.place:
            message = f"a list at byte {self.place} has more items than there are bytes"
            raise CorruptFooterError(message)
        for _ in range(count):
            self._value(kind, depth=depth)

    def _byte(self) -> int:
        self._skip(1)
        return self._data[self.place - 1]

    def _number(self) -> int:
        value = 0
        for place in range(LONGEST_NUMBER):
            byte = self._byte()
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return value
        message = f"a number at byte {self.place} does not end"
        raise CorruptFooterError(message)

    def _skip(self, count: int) -> None:
        if count > len(self._data) - self.place:
            message = f"it ends in the middle, {self.place} bytes in"
            raise CorruptFooterError(message)
        self.place += count


MARK = b"PAR1"
LENGTH_BYTES = 4
FOOTER_BYTES = LENGTH_BYTES + len(MARK)  # what follows the footer's own text


def parquet_ranges(file: InputFile, *, rows: int, wanted: ColumnMapping) -> list[RowRange]:
    """Cut a file into runs of row groups.

    Args:
        file: The file.
        rows: How many rows a run has at most, if a single row group has no more.
        wanted: Columns it must have.

    Returns:
        The runs, in order; one of no rows if the file has none.

    Raises:
        BatchFileError: It is not whole Parquet.
        BatchColumnsError: It lacks columns.
    """
    with decode_errors(file):
        opened = _opened(file)
        counts = [group.num_rows for group in opened.row_groups]
        wanted.among(opened.columns, file=file.name)
    runs = [RowRange(first_row=0, start=0, stop=0)]
    total = 0
    for group, count in enumerate(counts):
        last = runs[-1]
        if last.stop > last.start and total + count - last.first_row > rows:
            runs.append(RowRange(first_row=total, start=group, stop=group + 1))
        else:
            runs[-1] = RowRange(first_row=last.first_row, start=last.start, stop=group + 1)
        total += count
    return runs


def read_parquet_chunks(file: InputFile, run: RowRange, wanted: ColumnMapping) -> Iterator[Chunk]:
    """Read the row groups of a run one by one, and of them only the columns that are needed.

    Raises:
        BatchFileError: It is not whole Parquet.
        BatchColumnsError: It lacks columns.
    """
    with decode_errors(file):
        opened = _opened(file)
        columns = wanted.among(opened.columns, file=file.name)
        once = list(dict.fromkeys(columns))
        if run.start == run.stop:  # no rows, but columns
            empty = opened[:0].to_pandas(list(columns), [], index=False)
            yield Chunk(first=run.first_row, table=empty)
    first = run.first_row
    for group in opened.row_groups[run.start : run.stop]:
        with decode_errors(file):
            # Through a window of its own, as other shards of the file read at the same time.
            window = RangeReader(file)
            # The default, False, serves the decoder of version-2 pages as an index: of no rows.
            table = opened.read_row_group_file(
                group, once, [], index=False, row_filter=None, infile=window
            )
        yield Chunk(first=first, table=table if once == list(columns) else table[list(columns)])
        first += group.num_rows


def to_parquet(tables: Iterable[pd.DataFrame], facts: Mapping[str, str]) -> bytes:
    """Write tables of the same columns, each as a row group.

    Args:
        tables: One or more; only what is written of them is kept.
        facts: Notes that go with the file.
    """
    first, rest = _peeked(map(_plain, tables))
    text = [str(name) for name in first if first[name].dtype == object]
    masked = [str(name) for name in first if pd.api.types.is_extension_array_dtype(first[name])]
    encoded = dict.fromkeys(text, "utf8")
    head = make_metadata(first, has_nulls=[*text, *masked], object_encoding=encoded)
    head.key_value_metadata = [
        *head.key_value_metadata,
        *(thrift.KeyValue(key=key.encode(), value=facts[key].encode()) for key in sorted(facts)),
    ]
    written = _Pieces()
    write_simple(written, rest, head, stats=False)
    return written.whole()


@lru_cache(maxsize=4)  # all shards of a file need its footer, and it takes long to walk
def _opened(file: InputFile) -> ParquetFile:
    """Open a file that begins and ends as Parquet: its decoder looks for the rest in anything."""
    window = RangeReader(file)
    begins = window.read(len(MARK))
    window.seek(-FOOTER_BYTES, os.SEEK_END)
    length, ends = window.read(LENGTH_BYTES), window.read(len(MARK))
    held = int.from_bytes(length, "little") + FOOTER_BYTES + len(MARK)
    if (begins, ends) != (MARK, MARK) or held > file.size:
        raise BatchFileError(file=file.name, reason="it is not Parquet, or not all of it")
    footer = int.from_bytes(length, "little")
    window.seek(-FOOTER_BYTES - footer, os.SEEK_END)
    try:
        check_footer(window.read(footer))
    except CorruptFooterError as error:
        raise BatchFileError(file=file.name, reason=f"its footer is damaged: {error}") from error
    return ParquetFile(window)


class _Pieces:
    """A file of pieces as they come: one that grows as a whole is copied each time it does."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, piece: bytes) -> int:
        """Take a piece."""
        self._pieces.append(bytes(piece))
        self._size += len(piece)
        return len(piece)

    def tell(self) -> int:
        """Bytes so far."""
        return self._size

    def whole(self) -> bytes:
        """All of it."""
        return b"".join(self._pieces)


def _peeked(tables: Iterator[pd.DataFrame]) -> tuple[pd.DataFrame, Iterator[pd.DataFrame]]:
    first = next(tables)
    return first, chain([first], tables)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Write what is not a plain number, date or truth as text."""
    odd = {
        str(name): table[name].astype(object).where(table[name].isna(), table[name].astype(str))
        for name in table
        if table[name].dtype.kind not in "iufbM"
        or isinstance(table[name].dtype, pd.DatetimeTZDtype)
    }
    return table.assign(**odd) if odd else table
