"""Parquet: split by row groups, read in batches, written; and what is refused."""

import datetime
import io
import itertools
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from milkprice.batch import parquet as module
from milkprice.batch.columns import ColumnMapping, storable
from milkprice.batch.errors import BatchColumnsError, BatchFileError
from milkprice.batch.files import list_inputs
from milkprice.batch.parquet import parquet_ranges, read_parquet_chunks, to_parquet
from milkprice.registry.settings import StoreSettings
from tests.support.batches import READ, table, write_parquet

COLUMNS = ColumnMapping(features=READ)
ZONE = datetime.timezone(datetime.timedelta(hours=-3))
TIME = datetime.datetime(2020, 1, 1, tzinfo=ZONE)


def input_file(path):
    return list_inputs(str(path), StoreSettings())[0]


def read(file, *, rows=100, columns=COLUMNS):
    ranges = parquet_ranges(file, rows=rows, columns=columns)
    return [chunk for part in ranges for chunk in read_parquet_chunks(file, part, columns)]


def kept(chunks, name):
    return pa.chunked_array([chunk.kept[name] for chunk in chunks])


def features(chunks):
    return np.array([[cells.to_numpy() for _, cells in chunk.features] for chunk in chunks])


@pytest.mark.parametrize(
    ("rows", "first_rows"),
    [(1, [0, 100, 200, 300]), (200, [0, 200]), (299, [0, 200]), (10**6, [0])],
    ids=["a group each", "two each", "no group is split", "all"],
)
def test_ranges_hold_at_most_the_rows_asked_for_or_one_group(tmp_path, rows, first_rows):
    file = input_file(write_parquet(table(350), tmp_path / "a.parquet"))
    ranges = parquet_ranges(file, rows=rows, columns=COLUMNS)
    assert [part.first_row for part in ranges] == first_rows
    assert [ranges[0].start, ranges[-1].stop] == [0, 4]
    assert all(one.stop == two.start for one, two in itertools.pairwise(ranges))


def test_chunks_are_the_rows_in_order_a_bounded_number_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BATCH_CELLS", 4 * 50)
    frame = table(300)
    file = input_file(write_parquet(frame, tmp_path / "a.parquet", group=150))
    chunks = read(file, columns=ColumnMapping(features=READ, keep=("region",)))
    assert [chunk.first_row for chunk in chunks] == [0, 50, 100, 150, 200, 250]
    rows = np.concatenate(features(chunks), axis=1).T
    assert rows.tolist() == frame[["precio_leche_LAG_1", "PIB", "rain"]].to_numpy().tolist()
    assert kept(chunks, "region").to_pylist() == frame["region"].tolist()


def test_missing_column_is_reported_with_the_file(tmp_path):
    file = input_file(write_parquet(table(5).drop(columns="PIB"), tmp_path / "a.parquet"))
    with pytest.raises(BatchColumnsError, match=r"a\.parquet lacks PIB; its columns are rain"):
        parquet_ranges(file, rows=10, columns=COLUMNS)


def test_columns_of_one_name_are_refused_where_they_are_read_and_no_harm_elsewhere(tmp_path):
    arrays = [pa.array(table(5)[name]) for name in ("precio_leche_LAG_1", "PIB", "rain")]
    names = ["precio_leche_LAG_1", "PIB", "rain", "x", "x"]
    twice = pa.table([*arrays, pa.array(range(5)), pa.array(range(5))], names)
    parquet.write_table(twice, tmp_path / "a.parquet")
    file = input_file(tmp_path / "a.parquet")
    assert len(read(file)) == 1
    with pytest.raises(BatchColumnsError, match=r"a\.parquet has more than one column for x"):
        read(file, columns=ColumnMapping(features=READ, keep=("x",)))


def test_column_whose_name_begins_another_ones_path_is_read_alone(tmp_path):
    frame = table(5).rename(columns={"more": "PIB.more"})
    [chunk] = read(input_file(write_parquet(frame, tmp_path / "a.parquet")))
    assert [name for name, _ in chunk.features] == ["precio_leche_LAG_1", "PIB", "rain"]


def test_column_that_pandas_metadata_does_not_know_is_kept(tmp_path):
    of_pandas = pa.Table.from_pandas(table(5))
    days = pa.array([datetime.date(2020, 1, 1)] * 5)
    parquet.write_table(of_pandas.append_column("day", days), tmp_path / "a.parquet")
    file = input_file(tmp_path / "a.parquet")
    chunks = read(file, columns=ColumnMapping(features=READ, keep=("day",)))
    assert kept(chunks, "day").combine_chunks() == days


def test_path_columns_are_kept_as_text(tmp_path):
    folder = tmp_path / "year=2020" / "region=Los%20R%C3%ADos" / "x=__HIVE_DEFAULT_PARTITION__"
    file = input_file(write_parquet(table(2), folder / "a.parquet"))
    [chunk] = read(file, columns=ColumnMapping(features=READ, keep=("Year", "region", "x")))
    texts = {name: column.to_pylist() for name, column in chunk.kept.items()}
    # The file has a column `region` too, which goes before.
    assert texts == {"Year": ["2020"] * 2, "region": table(2)["region"].tolist(), "x": [None] * 2}


CORRUPTIONS = {
    "no parquet": lambda _: b"region,PIB\n1,2\n",
    "empty": lambda _: b"",
    "too short": lambda _: b"PAR1",
    "footer longer than the file": lambda data: data[:-8] + b"\xff\xff\xff\x7fPAR1",
    "truncated": lambda data: data[: len(data) // 2],
    "footer overwritten": lambda data: data[:-200] + b"\x7f" * 192 + data[-8:],
    "rows overwritten": lambda data: data[:40] + b"\xff" * 4000 + data[4040:],
}


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_corrupt_file_is_reported_by_name(tmp_path, corruption):
    path = write_parquet(table(350), tmp_path / "a.parquet")
    path.write_bytes(CORRUPTIONS[corruption](path.read_bytes()))
    with pytest.raises(BatchFileError, match=r"a\.parquet cannot be read: \w+"):
        read(input_file(path))


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_column_that_cannot_be_decoded_is_named_with_its_encoding(tmp_path, encoding):
    frame = table(50).assign(text=[f"number {one}" for one in range(50)])
    frame["text"] = frame["text"].astype("category")
    parquet.write_table(
        pa.Table.from_pandas(frame), tmp_path / "a.parquet",
        use_dictionary=False, column_encoding={"text": encoding},
    )  # fmt: skip
    file = input_file(tmp_path / "a.parquet")
    assert len(read(file)) == 1
    with pytest.raises(BatchFileError, match=f"column text, encoded as .*{encoding}.*: "):
        read(file, columns=ColumnMapping(features=READ, keep=("text",)))


KEPT = {
    "text": pa.array(["a", None, "ñ"]),
    "large text": pa.array(["a", None, "ñ"], pa.large_string()),
    "text view": pa.array(["a", None, "ñ"], pa.string_view()),
    "integer": pa.array([1, None, 3]),
    "unsigned": pa.array([1, None, 2**64 - 1], pa.uint64()),
    "boolean": pa.array([True, None, False]),
    "float, null and NaN": pa.array([1.5, None, float("nan")]),
    "half": pa.array([np.float16(1.5), None, np.float16(2)]),
    "dictionary": pa.array(["x", None, "x"]).dictionary_encode(),
    "date": pa.array([datetime.date(9999, 12, 31), None, datetime.date(1, 1, 1)]),
    "timestamp": pa.array([2**50, None, -(2**50)], pa.timestamp("us")),
    "nanoseconds": pa.array([2**62, None, 1], pa.timestamp("ns")),
    "timestamp with zone": pa.array([TIME, None, TIME], pa.timestamp("us", "America/Santiago")),
    "timestamp with offset": pa.array([TIME, None, TIME], pa.timestamp("ms", "-03:00")),
    "time": pa.array([datetime.time(1, 2, 3, 4), None, datetime.time(0)]),
    "duration": pa.array([datetime.timedelta(1, 2, 3), None, datetime.timedelta(0)]),
    "decimal": pa.array([Decimal("1234567890123456789012345678.90"), None, Decimal("-0.01")]),
    "long decimal": pa.array([Decimal(10) ** 60, None, Decimal(1)], pa.decimal256(70, 2)),
    "bytes": pa.array([b"\xff\x00", None, b""]),
    "bytes of one length": pa.array([b"\xff\x00", None, b"ab"], pa.binary(2)),
    "list": pa.array([[1, None], None, []]),
    "struct": pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": "y"}]),
    "nulls": pa.nulls(3),
}


@pytest.mark.parametrize("kind", KEPT)
def test_kept_column_comes_out_as_it_went_in(tmp_path, kind):
    arrays = [pa.array(table(3)[name]) for name in ("precio_leche_LAG_1", "PIB", "rain")]
    before = pa.table([*arrays, KEPT[kind]], ["precio_leche_LAG_1", "PIB", "rain", "kept"])
    parquet.write_table(before, tmp_path / "a.parquet")
    chunks = read(
        input_file(tmp_path / "a.parquet"), columns=ColumnMapping(features=READ, keep=("kept",))
    )
    batches = [pa.RecordBatch.from_pydict(chunk.kept) for chunk in chunks]
    after = parquet.read_table(io.BytesIO(to_parquet(batches, {})))["kept"].combine_chunks()
    assert after.type == KEPT[kind].type
    assert str(after.to_pylist()) == str(KEPT[kind].to_pylist())  # so that NaN is NaN


def test_uuid_is_kept_as_its_text(tmp_path):
    arrays = [pa.array(table(1)[name]) for name in ("precio_leche_LAG_1", "PIB", "rain")]
    ids = pa.array([b"0123456789abcdef"], pa.uuid())
    before = pa.table([*arrays, ids], ["precio_leche_LAG_1", "PIB", "rain", "id"])
    parquet.write_table(before, tmp_path / "a.parquet")
    file = input_file(tmp_path / "a.parquet")
    [chunk] = read(file, columns=ColumnMapping(features=READ, keep=("id",)))
    assert storable(chunk.kept["id"]).to_pylist() == ["30313233-3435-3637-3839-616263646566"]


def test_old_timestamp_beyond_2262_is_read_right(tmp_path):
    days = pa.array([253_402_214_400_000_000], pa.timestamp("us"))  # 9999-12-31
    frame = pa.Table.from_pandas(table(1)).append_column("day", days)
    parquet.write_table(frame, tmp_path / "a.parquet", use_deprecated_int96_timestamps=True)
    file = input_file(tmp_path / "a.parquet")
    [chunk] = read(file, columns=ColumnMapping(features=READ, keep=("day",)))
    assert chunk.kept["day"].to_pylist() == days.to_pylist()


def test_to_parquet_is_the_same_bytes_for_the_same_batches():
    batches = [pa.RecordBatch.from_pydict({"row": [one], "x": ["a"]}) for one in (0, 1)]
    metadata = {"b": "milk", "a": "price"}
    data = to_parquet(batches, metadata)
    assert data == to_parquet(batches, dict(reversed(metadata.items())))
    assert parquet.read_table(io.BytesIO(data)).to_pydict() == {"row": [0, 1], "x": ["a", "a"]}
    found = parquet.read_metadata(io.BytesIO(data)).metadata
    assert found[b"a"] == b"price"


def test_to_parquet_of_no_rows_has_the_columns():
    batch = pa.RecordBatch.from_pydict({"row": pa.array([], pa.int64()), "x": pa.array([], "f8")})
    written = pd.read_parquet(io.BytesIO(to_parquet([batch], {})))
    assert (list(written), len(written)) == (["row", "x"], 0)
