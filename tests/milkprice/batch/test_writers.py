"""Parquet of real writers, with random types, codecs, page versions and encodings.

Each file is predicted and every kept value and prediction compared with pyarrow's own reading of
the whole file; what is written is read back by three libraries. ``TABLES=2000`` tries more.
"""

import datetime
import io
import os
from pathlib import Path

import duckdb
import pandas as pd
import polars
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from milkprice.batch import parquet as module
from milkprice.batch.columns import ColumnMapping
from milkprice.batch.errors import BatchFileError
from milkprice.batch.files import list_inputs
from milkprice.batch.parquet import parquet_ranges, read_parquet_chunks, to_parquet
from milkprice.batch.scoring import score
from milkprice.registry.settings import StoreSettings
from tests.support.batches import READ, expected, small_model

TABLES = int(os.environ.get("TABLES", "50"))
FIXTURES = Path("tests/fixtures/parquet")
CODECS = ("none", "snappy", "gzip", "zstd", "lz4", "brotli")
MICROSECONDS = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999)  # years 1 to 9999
NUMBERS = st.floats(-1, 1)
TYPES = {
    "i8": (pa.int8(), st.integers(-(2**7), 2**7 - 1)),
    "i32": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "i64": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "u32": (pa.uint32(), st.integers(0, 2**32 - 1)),
    "f32": (pa.float32(), st.floats(width=32)),
    "f64": (pa.float64(), st.floats()),
    "bool": (pa.bool_(), st.booleans()),
    "text": (pa.string(), st.text(max_size=9)),
    "few": (pa.string(), st.sampled_from(["Los Ríos", "Ñuble", ""])),
    "bytes": (pa.binary(), st.binary(max_size=9)),
    "date": (pa.date32(), st.integers(-719_162, 2_932_896)),
    "time": (pa.time64("us"), st.integers(0, 86_399_999_999)),
    "timestamp": (pa.timestamp("us"), MICROSECONDS),
    "zoned": (pa.timestamp("us", "UTC"), MICROSECONDS),
    "decimal": (pa.decimal128(30, 2), st.decimals(-(10**27), 10**27, places=2)),
    "short": (pa.decimal128(9, 4), st.decimals(-(10**4), 10**4, places=4)),
}
ENCODINGS = {
    "i32": ("PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"),
    "i64": ("PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"),
    "f32": ("PLAIN", "BYTE_STREAM_SPLIT"),
    "f64": ("PLAIN", "BYTE_STREAM_SPLIT"),
    "text": ("PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"),
    "bytes": ("PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"),
    "bool": ("PLAIN", "RLE"),
}


@st.composite
def tables(draw):
    """A table of rows that can be predicted, and columns of some types to keep."""
    rows = draw(st.integers(0, 60))
    columns = {
        name: pa.array(draw(st.lists(NUMBERS, min_size=rows, max_size=rows)), pa.float64())
        for name in READ
    }
    for name in draw(st.lists(st.sampled_from(sorted(TYPES)), unique=True, max_size=6)):
        kind, cells = TYPES[name]
        values = draw(st.lists(cells | st.none(), min_size=rows, max_size=rows))
        columns[name] = pa.array(values, pa.int64() if pa.types.is_temporal(kind) else kind)
        if pa.types.is_temporal(kind):
            whole = pa.int32() if kind == pa.date32() else pa.int64()
            columns[name] = columns[name].cast(whole).cast(kind)
    return pa.table(columns)


@st.composite
def files(draw, folder):
    """A table written by one of three libraries in one of its ways; the file."""
    table, path = draw(tables()), folder / "a.parquet"
    group = draw(st.integers(1, 40))
    writer = draw(st.sampled_from(["pyarrow", "pyarrow", "polars", "duckdb"]))
    if writer == "polars":
        codec = draw(st.sampled_from(["uncompressed", "snappy", "zstd", "lz4", "gzip", "brotli"]))
        polars.from_arrow(table).write_parquet(path, compression=codec, row_group_size=group)
    elif writer == "duckdb":
        codec = draw(st.sampled_from(["uncompressed", "snappy", "gzip", "zstd"]))
        version = draw(st.sampled_from(["V1", "V2"]))
        rows = duckdb.from_arrow(table)
        rows.query("rows", f"COPY rows TO '{path}' (CODEC '{codec}', PARQUET_VERSION {version})")
    else:
        encoded = {name: draw(st.sampled_from(ENCODINGS[name])) for name in ENCODINGS
                   if name in table.column_names}  # fmt: skip
        plain = draw(st.booleans())
        parquet.write_table(
            table, path,
            row_group_size=group,
            compression=draw(st.sampled_from(CODECS)),
            data_page_version=draw(st.sampled_from(["1.0", "2.0"])),
            data_page_size=draw(st.sampled_from([64, 2**20])),
            use_dictionary=[] if plain else [n for n in table.column_names if n not in encoded],
            column_encoding=encoded or None,
        )  # fmt: skip
    return path


@pytest.mark.slow
@settings(
    max_examples=TABLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), cells=st.sampled_from([16, 2**20]))
def test_values_and_predictions_are_those_that_pyarrow_reads(tmp_path, data, cells):
    path = data.draw(files(tmp_path))
    try:
        whole = parquet.read_table(path)
    except OSError:  # as DuckDB's version 2 of wide integers
        keep = [name for name in parquet.read_schema(path).names if name not in READ]
        with pytest.raises(BatchFileError, match=r"column \w+, encoded as DELTA_BINARY_PACKED"):
            predict(path, keep)
        return
    keep = [name for name in whole.column_names if name not in READ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BATCH_CELLS", cells)
        output = predict(path, keep)
    result = parquet.read_table(io.BytesIO(output))
    assert result.column("row").to_pylist() == list(range(len(whole)))
    rows = whole.to_pandas().rename(columns={"Precio_leche_lag_1": "precio_leche_LAG_1"})
    assert result.column("prediction").to_pylist() == expected(rows)
    for name in keep:
        assert str(result.column(name).to_pylist()) == str(whole.column(name).to_pylist())
    for other in (read_by_polars(output), read_by_duckdb(output, tmp_path)):
        same = other.cast(result.schema)
        for name in result.column_names:
            assert str(same.column(name).to_pylist()) == str(result.column(name).to_pylist())


def predict(path, keep):
    """Predict a file, and write what is predicted."""
    file = list_inputs(str(path), StoreSettings())[0]
    columns = ColumnMapping(features=READ, keep=tuple(keep))
    chunks = [
        chunk
        for rows in parquet_ranges(file, rows=30, columns=columns)
        for chunk in read_parquet_chunks(file, rows, columns)
    ]
    model = small_model()
    return to_parquet((score(chunk, model, file=file.name).predictions for chunk in chunks), {})


def read_by_polars(data):
    return polars.read_parquet(io.BytesIO(data)).to_arrow()


def read_by_duckdb(data, folder):
    path = folder / "out.parquet"
    path.write_bytes(data)
    duckdb.sql("SET TimeZone='UTC'")
    return duckdb.read_parquet(str(path)).order("row").to_arrow_table()


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.parquet")), ids=lambda path: path.stem)
def test_files_of_other_writers_are_read_right(path):
    result = parquet.read_table(io.BytesIO(predict(path, ["farm", "region", "day"]))).to_pydict()
    rows = range(20)
    assert result["farm"] == [one * 2_654_435_761 % 2**31 for one in rows]
    assert result["region"] == [None if one % 3 else f"Región {one}" for one in rows]
    days = [day and datetime.date(day.year, day.month, day.day) for day in result["day"]]
    first = datetime.date(2020, 1, 1)
    assert days == [None if one % 4 else first + datetime.timedelta(one) for one in rows]
    cells = {"rain": [one / 20 for one in rows], "PIB": [-one / 20 for one in rows]}
    frame = pd.DataFrame({**cells, "precio_leche_LAG_1": 0.5})
    assert result["prediction"] == expected(frame)
