"""CSV input, split at line ends without parsing it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from milkprice.batch.columns import ColumnMapping
from milkprice.batch.errors import BatchFileError
from milkprice.batch.files import InputFile, RangeReader, decode_errors
from milkprice.batch.scoring import Chunk
from milkprice.batch.shards import RowRange

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import Buffer

BUFFER_BYTES = 8 * 2**20
HEADER_BYTES = 2**20  # a header of a thousand long names has some 50 kB
CHUNK_ROWS = 131_072
NEWLINE, QUOTE, BOM = b"\n", b'"', b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Header:
    """The first line of a file: column names, and the offset of the first row."""

    names: tuple[str, ...]
    stop: int


def csv_ranges(file: InputFile, *, rows: int, columns: ColumnMapping) -> list[RowRange]:
    """Split a file into ranges of lines, which reads all of it once.

    A file with quotes in its rows is one range: a quoted cell may hold a line end.

    Args:
        file: The file, UTF-8 with commas.
        rows: Most rows in a range.
        columns: Columns it must have.

    Returns:
        The ranges in order; a single empty one if the file has no rows.

    Raises:
        BatchFileError: It has no header.
        BatchColumnsError: It lacks columns.
    """
    header = _header(file)
    columns.resolve(header.names, file=file.name, path=file.path_columns())
    starts, lines, offset = [header.stop], 0, header.stop
    for data in _blocks(file, header.stop):
        if QUOTE in data:
            return [RowRange(first_row=0, start=header.stop, stop=file.size)]
        ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord(NEWLINE))
        # A range starts behind every line end whose number is a multiple of `rows`.
        starts += (offset + 1 + ends[rows - 1 - lines % rows :: rows]).tolist()
        lines, offset = lines + len(ends), offset + len(data)
    bounds = [start for start in starts if start < file.size] or [file.size]
    return [
        RowRange(first_row=index * rows, start=start, stop=stop)
        for index, (start, stop) in enumerate(zip(bounds, [*bounds[1:], file.size], strict=True))
    ]


def read_csv_chunks(file: InputFile, rows: RowRange, columns: ColumnMapping) -> Iterator[Chunk]:
    """Parse the lines of a range chunk by chunk.

    Args:
        file: The file.
        rows: The range.
        columns: Columns to read; kept ones are read as text.

    Raises:
        BatchFileError: It cannot be parsed as CSV.
        BatchColumnsError: It lacks columns.
    """
    header, path = _header(file), file.path_columns()
    mapping = columns.resolve(header.names, file=file.name, path=path)
    in_file = [name for name in mapping.keep if name in header.names]
    positions = {name: str(header.names.index(name)) for name in (*mapping.features, *in_file)}
    extra, first_row = str(len(header.names)), rows.first_row
    as_text = [*(positions[name] for name in in_file), extra]
    for frame in _frames(file, rows, {*positions.values(), extra}, as_text):
        cells = {name: pa.array(frame[place]) for name, place in positions.items()}
        beyond = pa.array(frame[extra].replace("", None), pa.string())
        yield Chunk(
            first_row=first_row,
            features=[(name, cells[name]) for name in mapping.features],
            kept={
                given: cells[name] if name in cells else pa.repeat(path[name], len(frame))
                for given, name in zip(columns.keep, mapping.keep, strict=True)
            },
            from_text=True,
            extra_cells=beyond if beyond.null_count < len(beyond) else None,
        )
        first_row += len(frame)


class _Numbered(io.RawIOBase):
    """Rows under a header of column numbers, with one column more for extra cells.

    pandas takes names apart from the file only if some row has as many cells.
    """

    def __init__(self, columns: int, rows: RangeReader) -> None:
        self._header = ",".join(map(str, range(columns + 1))).encode() + NEWLINE
        self._rows = rows

    def readable(self) -> bool:
        """Always true."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Fill a buffer."""
        view = memoryview(buffer)
        if not self._header:
            return self._rows.readinto(view)
        part, self._header = self._header[: len(view)], self._header[len(view) :]
        view[: len(part)] = part
        return len(part)


def _frames(
    file: InputFile, rows: RowRange, columns: set[str], as_text: list[str]
) -> Iterator[pd.DataFrame]:
    """Parse lines chunk by chunk; columns are named by their number."""
    import pandas as pd  # here, as Parquet does without

    source = _Numbered(int(as_text[-1]), RangeReader(file, rows.start, rows.stop))
    with decode_errors(file), io.BufferedReader(source, BUFFER_BYTES) as reader:
        yield from pd.read_csv(
            reader,
            usecols=sorted(columns),
            dtype=dict.fromkeys(as_text, str),
            index_col=False,
            chunksize=CHUNK_ROWS,
            skip_blank_lines=False,  # each line is a row and keeps its number
            keep_default_na=False,  # a rejected cell is reported as it is in the file
            low_memory=False,
            float_precision="round_trip",
        )


def _header(file: InputFile) -> Header:
    line, newline, _ = RangeReader(file).read(HEADER_BYTES).partition(NEWLINE)
    if not line.strip():
        raise BatchFileError(file=file.name, reason="it has no header in its first line")
    with decode_errors(file):
        names = next(csv.reader([line.removeprefix(BOM).decode().rstrip("\r")]))
    return Header(tuple(names), len(line) + len(newline))


def _blocks(file: InputFile, start: int) -> Iterator[bytes]:
    reader = RangeReader(file, start)
    while data := reader.read(BUFFER_BYTES):
        yield data
