"""Parquet: split by row groups, read, written; corrupt footers."""

import io
import itertools
import struct
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milkprice.batch.errors import BatchColumnsError, BatchFileError
from milkprice.batch.files import list_inputs
from milkprice.batch.parquet import (
    CorruptFooterError,
    check_footer,
    parquet_ranges,
    read_parquet_chunks,
    to_parquet,
)
from milkprice.batch.scoring import ColumnMapping
from milkprice.registry.settings import StoreSettings
from tests.support.batches import READ, table, write_parquet

COLUMNS = ColumnMapping(features=READ)


def input_file(path):
    return list_inputs(str(path), StoreSettings())[0]


def read(file, *, rows=100, columns=COLUMNS):
    ranges = parquet_ranges(file, rows=rows, columns=columns)
    return [chunk for part in ranges for chunk in read_parquet_chunks(file, part, columns)]


def footer_of(frame, **options):
    """The footer that fastparquet writes for a table."""
    buffer = io.BytesIO()
    buffer.close = lambda: None
    frame.to_parquet(buffer, engine="fastparquet", index=False, **options)
    data = buffer.getvalue()
    (length,) = struct.unpack("<I", data[-8:-4])
    return data[-8 - length : -8]


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


def test_chunks_are_the_rows_in_order(tmp_path):
    frame = table(350)
    file = input_file(write_parquet(frame, tmp_path / "a.parquet"))
    chunks = read(file, rows=200, columns=ColumnMapping(features=READ, keep=("region",)))
    assert [chunk.first_row for chunk in chunks] == [0, 100, 200, 300]
    pd.testing.assert_frame_equal(
        pd.concat([chunk.table for chunk in chunks], ignore_index=True),
        frame[["precio_leche_LAG_1", "PIB", "rain", "region"]],
        check_names=False,
    )


@pytest.mark.parametrize("compression", ["ZSTD", "SNAPPY", None], ids=str)
@pytest.mark.parametrize("missing", [False, True], ids=["no empty cell", "empty cells"])
def test_pages_of_version_2_give_the_same_rows_as_version_1(
    tmp_path, monkeypatch, compression, missing
):
    monkeypatch.setattr("fastparquet.writer.DATAPAGE_VERSION", 2)
    frame = table(350).assign(farm=np.arange(350) * 7919 - 1000)
    if missing:
        frame.loc[::3, ["PIB", "region"]] = None
    file = input_file(write_parquet(frame, tmp_path / "a.parquet", compression=compression))
    columns = ColumnMapping(features=READ, keep=("farm", "region"))
    chunks = read(file, rows=200, columns=columns)
    pd.testing.assert_frame_equal(
        pd.concat([chunk.table for chunk in chunks], ignore_index=True),
        frame[["precio_leche_LAG_1", "PIB", "rain", "farm", "region"]],
        check_names=False,
    )


def test_missing_column_is_reported_with_the_file(tmp_path):
    file = input_file(write_parquet(table(5).drop(columns="PIB"), tmp_path / "a.parquet"))
    with pytest.raises(BatchColumnsError, match=r"a\.parquet lacks PIB; its columns are rain"):
        parquet_ranges(file, rows=10, columns=COLUMNS)


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
@pytest.mark.filterwarnings("default")
def test_corrupt_file_is_reported_by_name(tmp_path, corruption):
    path = write_parquet(table(350), tmp_path / "a.parquet")
    path.write_bytes(CORRUPTIONS[corruption](path.read_bytes()))
    with pytest.raises(BatchFileError, match=r"a\.parquet cannot be read: \w+"):
        read(input_file(path))


FRAME = pd.DataFrame({"a": np.arange(90.0), "b": ["x", None, "y"] * 30, "c": [True, False] * 45})
FOOTER = footer_of(FRAME, row_group_offsets=20)


@pytest.mark.parametrize(
    "frame",
    [FRAME, FRAME.head(0), pd.DataFrame({f"column_{one}": [one] for one in range(300)})],
    ids=["several kinds", "no rows", "many columns"],
)
def test_footer_as_fastparquet_writes_it_is_accepted(frame):
    check_footer(footer_of(frame))


@given(length=st.integers(0, len(FOOTER) - 1))
@settings(max_examples=60, deadline=None)
def test_footer_truncated_is_corrupt(length):
    with pytest.raises(CorruptFooterError):
        check_footer(FOOTER[:length])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(FOOTER + b"abc", "3 bytes are left over", id="longer"),
        pytest.param(b"\x7f" * 50, "kind 15", id="kind"),
        pytest.param(b"\x18\xff\xff\xff\xff\x0f" + b"a" * 9, "in the middle", id="length"),
        pytest.param(b"\x19\xfc\xff\xff\xff\x7f" + b"a" * 9, "more items", id="items"),
        pytest.param(b"\x15" + b"\xff" * 20, "does not end", id="number"),
        pytest.param(b"\x1c" * 50, "32 deep", id="depth"),
    ],
)
def test_footer_corrupt_is_reported_with_the_reason(data, words):
    with pytest.raises(CorruptFooterError, match=words):
        check_footer(data)


@given(data=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_footer_of_any_bytes_is_accepted_or_corrupt(data):
    with suppress(CorruptFooterError):
        check_footer(data)


KEPT = {
    "text": ["a", None, "ñ"],
    "integer": [1, 2, 3],
    "nullable integer": pd.array([1, None, 3], dtype="Int64"),
    "nullable boolean": pd.array([True, None, False], dtype="boolean"),
    "float": [1.5, np.nan, 3.0],
    "category": pd.Categorical(["x", "y", "x"]),
    "date": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
    "date with zone": pd.to_datetime(["2020-01-01"] * 3).tz_localize("America/Santiago"),
    "month": pd.period_range("2020-01", periods=3, freq="M"),
    "bytes": [b"a", b"b", None],
}


@pytest.mark.parametrize("kind", KEPT)
def test_to_parquet_writes_columns_of_any_kind(kind):
    frame = pd.DataFrame({"row": np.arange(3), "kept": KEPT[kind]})
    data = to_parquet([frame, frame.iloc[::-1]], {"model": "milk"})
    written = pd.read_parquet(io.BytesIO(data), engine="fastparquet")
    assert written["row"].tolist() == [0, 1, 2, 2, 1, 0]
    missing = frame["kept"].isna().tolist()
    assert written["kept"].isna().tolist() == missing + missing[::-1]
    assert to_parquet([frame, frame.iloc[::-1]], {"model": "milk"}) == data


def test_to_parquet_of_no_rows_has_the_columns():
    data = to_parquet([pd.DataFrame({"row": np.arange(0), "x": np.empty(0)})], {})
    written = pd.read_parquet(io.BytesIO(data), engine="fastparquet")
    assert (list(written), len(written)) == (["row", "x"], 0)
