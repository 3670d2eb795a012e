"""Parquet input by row groups, read in batches; Parquet output."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

import pyarrow as pa
from pyarrow import parquet

from milkprice.batch.columns import ColumnMapping, storable
from milkprice.batch.errors import BatchFileError
from milkprice.batch.files import InputFile, RangeReader, decode_errors
from milkprice.batch.scoring import Chunk
from milkprice.batch.settings import ROW
from milkprice.batch.shards import RowRange

BATCH_CELLS = 2**21  # decoded at once, 16 MB of numbers
BATCH_ROWS = 131_072
BUFFER_BYTES = 2**20  # of a column, read at once: a column chunk is not held whole


def parquet_ranges(file: InputFile, *, rows: int, columns: ColumnMapping) -> list[RowRange]:
    """Split a file into ranges of row groups.

    Args:
        file: The file.
        rows: Most rows in a range, unless a single row group has more.
        columns: Columns it must have.

    Returns:
        The ranges in order; a single empty one if the file has no rows.

    Raises:
        BatchFileError: It is corrupt, or a kept column is of a type that cannot be written.
        BatchColumnsError: It lacks columns.
    """
    with decode_errors(file):
        source = _open(file)
        _check_kept_types(file, source.schema_arrow, columns)
        groups = range(source.metadata.num_row_groups)
        counts = [source.metadata.row_group(place).num_rows for place in groups]
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
    """Read the row groups of a range in batches.

    Raises:
        BatchFileError: It is corrupt.
        BatchColumnsError: It lacks columns.
    """
    with decode_errors(file):
        source = _open(file)
        names, path = source.schema_arrow.names, file.path_columns()
        mapping = columns.resolve(names, file=file.name, path=path)
        decoded = [*mapping.features, *(name for name in mapping.keep if name in names)]
    first_row, groups = rows.first_row, range(rows.start, rows.stop)
    batches = _batches(source, groups, list(dict.fromkeys(decoded)), file)
    for batch in _with_one_at_least(batches, source.schema_arrow):
        cells = {name: batch.column(name) for name in decoded}
        yield Chunk(
            first_row=first_row,
            features=[(name, cells[name]) for name in mapping.features],
            kept=mapping.kept(columns.keep, cells, path, rows=len(batch)),
        )
        first_row += len(batch)


def to_parquet(batches: Iterable[pa.RecordBatch], metadata: Mapping[str, str]) -> bytes:
    """Write batches of the same columns; the same batches give the same bytes.

    Args:
        batches: One or more; consumed one by one.
        metadata: Key-value metadata of the file.
    """
    batches = iter(batches)
    first = next(batches)
    # Of numbers that hardly repeat a dictionary is longer than the column.
    dictionary = [field.name for field in first.schema if not pa.types.is_floating(field.type)]
    buffer = io.BytesIO()
    with parquet.ParquetWriter(
        buffer,
        first.schema.with_metadata(dict(sorted(metadata.items()))),
        use_dictionary=[name for name in dictionary if name != ROW],
        write_statistics=False,
    ) as writer:
        for batch in chain([first], batches):
            writer.write_batch(batch.replace_schema_metadata(writer.schema.metadata))
    return buffer.getvalue()


@lru_cache(maxsize=4)  # all shards of a file need its footer
def _metadata(file: InputFile) -> parquet.FileMetaData:
    return parquet.read_metadata(RangeReader(file))


def _open(file: InputFile) -> parquet.ParquetFile:
    """Open a file for a reader of its own, as its shards are read in parallel."""
    return parquet.ParquetFile(
        RangeReader(file),
        metadata=_metadata(file),
        buffer_size=BUFFER_BYTES,
        pre_buffer=False,
        coerce_int96_timestamp_unit="us",  # nanoseconds end in 2262, without an error
        arrow_extensions_enabled=True,  # tells a UUID from other bytes
    )


def _check_kept_types(file: InputFile, schema: pa.Schema, columns: ColumnMapping) -> None:
    """Refuse kept columns of types that cannot be written again."""
    path = file.path_columns()
    mapping = columns.resolve(schema.names, file=file.name, path=path)
    for name in mapping.keep:
        if name not in schema.names:
            continue
        column = storable(pa.nulls(0, schema.field(name).type))
        try:
            to_parquet([pa.RecordBatch.from_arrays([column], [name])], {})
        except pa.ArrowNotImplementedError as error:
            reason = f"column {name} is of type {column.type}, which cannot be kept"
            raise BatchFileError(file=file.name, reason=reason) from error


def _batches(
    source: parquet.ParquetFile, groups: Sequence[int], columns: Sequence[str], file: InputFile
) -> Iterator[pa.RecordBatch]:
    """Decode columns of row groups, a bounded number of cells at once."""
    rows = max(1, min(BATCH_ROWS, BATCH_CELLS // len(columns)))
    try:
        yield from source.iter_batches(batch_size=rows, row_groups=groups, columns=columns)
    except (pa.ArrowException, OSError) as error:
        reason = _decode_failure(source, groups, columns) or str(error)
        raise BatchFileError(file=file.name, reason=reason) from error


def _decode_failure(
    source: parquet.ParquetFile, groups: Sequence[int], columns: Sequence[str]
) -> str | None:
    """The first column that cannot be decoded, with its encodings and the decoder's error."""
    for name in columns:
        if error := _decode_error(source, groups, name):
            encodings = " and ".join(_encodings(source.metadata, groups, name))
            return f"column {name}, encoded as {encodings}: {error}"
    return None


def _decode_error(
    source: parquet.ParquetFile, groups: Sequence[int], name: str
) -> Exception | None:
    try:
        for _ in source.iter_batches(row_groups=groups, columns=[name]):
            pass
    except (pa.ArrowException, OSError) as error:
        return error
    return None


def _encodings(metadata: parquet.FileMetaData, groups: Sequence[int], name: str) -> list[str]:
    chunks = [
        metadata.row_group(group).column(place)
        for group in groups
        for place in range(metadata.num_columns)
    ]
    return sorted(
        {one for chunk in chunks if chunk.path_in_schema.split(".")[0] == name
         for one in chunk.encodings}
    )  # fmt: skip


def _with_one_at_least(
    batches: Iterator[pa.RecordBatch], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The batches, or an empty one: the results of no rows have columns too."""
    empty = pa.RecordBatch.from_arrays([pa.nulls(0, kind) for kind in schema.types], schema=schema)
    yield next(batches, empty)
    yield from batches
