"""CSV in by lines, cut where it can be cut without being decode_errors."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from milkprice.batch.columns import ColumnMapping
from milkprice.batch.errors import BatchFileError
from milkprice.batch.files import InputFile, RangeReader, RowRange, decode_errors
from milkprice.batch.scoring import Chunk

BUFFER_BYTES = 8 * 2**20
HEADER_BYTES = 2**20  # a header of a thousand long names has some 50 kB
CHUNK_ROWS = 131_072
NEWLINE, QUOTE, BOM = b"\n", b'"', b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Header:
    """The first line of a file: its names, and where the rows begin."""

    names: tuple[str, ...]
    stop: int


def csv_ranges(file: InputFile, *, rows: int, wanted: ColumnMapping) -> list[RowRange]:
    """Cut a file into runs of lines, which takes reading all of it once.

    A file with quotes in its rows is one run: whether a line ends there is for a parser to say.

    Args:
        file: The file, UTF-8 with commas.
        rows: How many rows a run has at most.
        wanted: Columns it must have.

    Returns:
        The runs, in order; one of no rows if the file has none.

    Raises:
        BatchFileError: It has no header.
        BatchColumnsError: It lacks columns.
    """
    header = _header(file)
    wanted.among(header.names, file=file.name)
    whole = RowRange(first_row=0, start=header.stop, stop=file.size)
    starts, seen, place = [header.stop], 0, header.stop
    for data in _blocks(file, header.stop):
        if QUOTE in data:
            return [whole]
        ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord(NEWLINE))
        # Of the lines counted so far, those with a multiple of `rows` before their successor.
        starts += (place + 1 + ends[rows - 1 - seen % rows :: rows]).tolist()
        seen, place = seen + len(ends), place + len(data)
    bounds = [start for start in starts if start < file.size] or [file.size]
    return [
        RowRange(first_row=index * rows, start=start, stop=stop)
        for index, (start, stop) in enumerate(zip(bounds, [*bounds[1:], file.size], strict=True))
    ]


def read_csv_chunks(file: InputFile, run: RowRange, wanted: ColumnMapping) -> Iterator[Chunk]:
    """Read the lines of a run, some at a time, and of them only the columns that are needed.

    Args:
        file: The file.
        run: Which lines.
        wanted: Columns; those that are kept are read as the text that stands there.

    Raises:
        BatchFileError: It cannot be read as CSV.
        BatchColumnsError: It lacks columns.
    """
    header = _header(file)
    columns = wanted.among(header.names, file=file.name)
    places = [str(header.names.index(name)) for name in columns]
    excess, first = str(len(header.names)), run.first_row
    frames = _frames(file, run, header, read=[*places, excess], as_text=places[len(wanted.read) :])
    for frame in frames:
        table = frame[places].set_axis(list(columns), axis=1)
        beyond = frame[excess].replace("", None)
        excessive = beyond if beyond.notna().any() else None
        yield Chunk(first=first, table=table, written=True, excess=excessive)
        first += len(frame)


def _frames(
    file: InputFile, run: RowRange, header: Header, *, read: list[str], as_text: list[str]
) -> Iterator[pd.DataFrame]:
    """Parse lines under a header of places, with one more for cells beyond the file's own."""
    line = ",".join(map(str, range(len(header.names) + 1))).encode() + NEWLINE
    window = io.BufferedReader(RangeReader(file, run.start, run.stop, front=line), BUFFER_BYTES)
    with decode_errors(file), window:
        yield from pd.read_csv(
            window,
            usecols=sorted(set(read)),
            dtype=dict.fromkeys([*as_text, read[-1]], str),
            index_col=False,
            chunksize=CHUNK_ROWS,
            skip_blank_lines=False,  # each line is a row and keeps its place
            keep_default_na=False,  # what stands in a cell is told when it is refused
            low_memory=False,
            float_precision="round_trip",
        )


def _header(file: InputFile) -> Header:
    start = RangeReader(file).read(HEADER_BYTES)
    line, newline, _ = start.partition(NEWLINE)
    if not line.strip():
        raise BatchFileError(file=file.name, reason="it has no header in its first line")
    with decode_errors(file):
        names = next(csv.reader([line.removeprefix(BOM).decode().rstrip("\r")]))
    return Header(tuple(names), len(line) + len(newline))


def _blocks(file: InputFile, start: int) -> Iterator[bytes]:
    window = RangeReader(file, start)
    while data := window.read(BUFFER_BYTES):
        yield data
