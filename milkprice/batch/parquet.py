"""Parquet in by row groups, Parquet out the same way."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain

import pandas as pd
from fastparquet import ParquetFile
from fastparquet.writer import make_metadata, write_simple
from fastparquet.writer import parquet_thrift as thrift

from milkprice.batch.columns import Wanted
from milkprice.batch.damage import understood
from milkprice.batch.footer import DamagedFooterError, check_footer
from milkprice.batch.inputs import InputFile
from milkprice.batch.run import Run
from milkprice.batch.scoring import Chunk
from milkprice.batch.window import Window
from milkprice.errors import BatchFileError

MARK = b"PAR1"
LENGTH_BYTES = 4
FOOTER_BYTES = LENGTH_BYTES + len(MARK)  # what follows the footer's own text


def parquet_runs(file: InputFile, *, rows: int, wanted: Wanted) -> list[Run]:
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
    with understood(file):
        opened = _opened(file)
        counts = [group.num_rows for group in opened.row_groups]
        wanted.among(opened.columns, file=file.name)
    runs = [Run(first_row=0, start=0, stop=0)]
    total = 0
    for group, count in enumerate(counts):
        last = runs[-1]
        if last.stop > last.start and total + count - last.first_row > rows:
            runs.append(Run(first_row=total, start=group, stop=group + 1))
        else:
            runs[-1] = Run(first_row=last.first_row, start=last.start, stop=group + 1)
        total += count
    return runs


def parquet_chunks(file: InputFile, run: Run, wanted: Wanted) -> Iterator[Chunk]:
    """Read the row groups of a run one by one, and of them only the columns that are needed.

    Raises:
        BatchFileError: It is not whole Parquet.
        BatchColumnsError: It lacks columns.
    """
    with understood(file):
        opened = _opened(file)
        columns = wanted.among(opened.columns, file=file.name)
        once = list(dict.fromkeys(columns))
        if run.start == run.stop:  # no rows, but columns
            empty = opened[:0].to_pandas(list(columns), [], index=False)
            yield Chunk(first=run.first_row, table=empty)
    first = run.first_row
    for group in opened.row_groups[run.start : run.stop]:
        with understood(file):
            # Through a window of its own, as other shards of the file read at the same time.
            window = Window(file)
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
    window = Window(file)
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
    except DamagedFooterError as error:
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
