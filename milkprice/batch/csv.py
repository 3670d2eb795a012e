"""CSV input, split at line ends without parsing it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from milkprice.batch.columns import ColumnMapping, FileColumns
from milkprice.batch.errors import BatchDecimalsError, BatchFileError
from milkprice.batch.files import InputFile, RangeReader, decode_errors
from milkprice.batch.scoring import Chunk
from milkprice.batch.shards import RowRange
from milkprice.data.formats import cells

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import Buffer

BUFFER_BYTES = 8 * 2**20
HEADER_BYTES = 2**20  # a header of a thousand long names has some 50 kB
CHUNK_ROWS = 131_072
NEWLINE, QUOTE, BOM = b"\n", b'"', b"\xef\xbb\xbf"
QUOTED_COMMA = re.compile(rb'"-?[0-9][0-9.]*,[0-9]')  # a decimal comma between cells with commas


@dataclass(frozen=True)
class Header:
    """The first line of a file.

    Attributes:
        names: Names of its columns.
        stop: Offset of the first row.
        separator: What stands between cells.
    """

    names: tuple[str, ...]
    stop: int
    separator: str


def csv_ranges(file: InputFile, *, rows: int, columns: ColumnMapping) -> list[RowRange]:
    """Split a file into ranges of lines, which reads all of it once.

    A file with quotes in its rows is one range: a quoted cell may hold a line end. One that may
    have decimal commas is parsed here, since all its cells decide together how they are read.

    Args:
        file: The file, UTF-8; commas or semicolons stand between cells.
        rows: Most rows in a range.
        columns: Columns it must have.

    Returns:
        The ranges in order; a single empty one if the file has no rows.

    Raises:
        BatchFileError: It has no header.
        BatchColumnsError: It lacks columns.
        BatchDecimalsError: Its numbers can be read in more than one way.
    """
    header = _header(file, columns)
    mapping = columns.resolve(header.names, file=file.name, path=file.path_columns())
    starts, lines, offset, quoted = [header.stop], 0, header.stop, False
    commas = header.separator == cells.SEMICOLON
    for data in _blocks(file, header.stop):
        quoted |= QUOTE in data
        commas |= quoted and QUOTED_COMMA.search(data) is not None
        ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord(NEWLINE))
        # A range starts behind every line end whose number is a multiple of `rows`.
        starts += (offset + 1 + ends[rows - 1 - lines % rows :: rows]).tolist()
        lines, offset = lines + len(ends), offset + len(data)
    bounds = [start for start in starts if start < file.size and not quoted] or [header.stop]
    decimal = _decimal(file, header, mapping) if commas else "."
    return [
        RowRange(first_row=index * rows, start=start, stop=stop, decimal=decimal)
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
    header, path = _header(file, columns), file.path_columns()
    mapping = columns.resolve(header.names, file=file.name, path=path)
    in_file = [name for name in mapping.keep if name in header.names]
    positions = {name: str(header.names.index(name)) for name in (*mapping.features, *in_file)}
    extra, first_row = str(len(header.names)), rows.first_row
    as_text = [*(positions[name] for name in in_file), extra]
    for frame in _frames(file, rows, header, {*positions.values(), extra}, as_text):
        found = {name: pa.array(frame[place]) for name, place in positions.items()}
        beyond = pa.array(frame[extra].replace("", None), pa.string())
        yield Chunk(
            first_row=first_row,
            features=[(name, found[name]) for name in mapping.features],
            kept=mapping.kept(columns.keep, found, path, rows=len(frame)),
            from_text=True,
            decimal=rows.decimal,
            extra_cells=beyond if beyond.null_count < len(beyond) else None,
        )
        first_row += len(frame)


class _Numbered(io.RawIOBase):
    """Rows under a header of column numbers, with one column more for extra cells.

    pandas takes names apart from the file only if some row has as many cells.
    """

    def __init__(self, header: Header, rows: RangeReader) -> None:
        numbers = map(str, range(len(header.names) + 1))
        self._header = header.separator.join(numbers).encode() + NEWLINE
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
    file: InputFile, rows: RowRange, header: Header, columns: set[str], as_text: list[str]
) -> Iterator[pd.DataFrame]:
    """Parse lines chunk by chunk; columns are named by their number."""
    import pandas as pd  # here, as Parquet does without

    source = _Numbered(header, RangeReader(file, rows.start, rows.stop))
    with decode_errors(file), io.BufferedReader(source, BUFFER_BYTES) as reader:
        yield from pd.read_csv(
            reader,
            sep=header.separator,
            decimal=rows.decimal,
            usecols=sorted(columns),
            dtype=dict.fromkeys(as_text, str),
            index_col=False,
            chunksize=CHUNK_ROWS,
            skip_blank_lines=False,  # each line is a row and keeps its number
            keep_default_na=False,  # a rejected cell is reported as it is in the file
            low_memory=False,
            float_precision="round_trip",
        )


def _header(file: InputFile, columns: ColumnMapping) -> Header:
    """The first line, cut at the mark that gives more of the columns."""
    line, newline, _ = RangeReader(file).read(HEADER_BYTES).partition(NEWLINE)
    if not line.strip():
        raise BatchFileError(file=file.name, reason="it has no header in its first line")
    with decode_errors(file):
        text = line.removeprefix(BOM).decode().rstrip("\r")
        separator = cells.separator_of(text, (*columns.features, *columns.keep))
        names = cells.split_line(text, separator)
    return Header(tuple(names), len(line) + len(newline), separator)


def _decimal(file: InputFile, header: Header, mapping: FileColumns) -> Literal[".", ","]:
    """What stands before the decimals of the model's columns, by all of their cells."""
    examples = _examples(file, header, mapping)
    texts = {text: name for name, text in examples.values()}
    if cells.has_decimal_comma(texts):
        unclear = cells.unclear_decimals(texts)
    else:
        doubt = header.separator == cells.SEMICOLON and not cells.has_decimal_point(texts)
        unclear = [text for text in texts if "." in text][:1] if doubt else []
    if unclear:
        raise BatchDecimalsError(file=file.name, cells=[(texts[one], one) for one in unclear])
    return "," if cells.has_decimal_comma(texts) else "."


def _examples(file: InputFile, header: Header, mapping: FileColumns) -> dict[str, tuple[str, str]]:
    """Column and text of the first cell of each shape: numbers of as many digits are one."""
    positions = {str(header.names.index(name)): name for name in mapping.features}
    rows = RowRange(first_row=0, start=header.stop, stop=file.size)
    columns = [*positions, str(len(header.names))]
    examples: dict[str, tuple[str, str]] = {}
    for frame in _frames(file, rows, header, set(columns), columns):
        for place, name in positions.items():
            texts = pa.array(frame[place], pa.string())
            marked = texts.filter(pc.match_substring_regex(texts, "[.,]"))
            zeros = pc.replace_substring_regex(marked, r"^(-?)0([.,])", r"\1z\2")
            shapes = pc.replace_substring_regex(zeros, "[0-9]", "9")
            for shape in pc.unique(shapes).to_pylist():
                example = marked[pc.index(shapes, shape).as_py()].as_py()
                examples.setdefault(shape, (name, example))
    return examples


def _blocks(file: InputFile, start: int) -> Iterator[bytes]:
    reader = RangeReader(file, start)
    while data := reader.read(BUFFER_BYTES):
        yield data
