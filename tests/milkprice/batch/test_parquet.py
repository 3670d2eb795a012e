"""Parquet cut into runs, read by row groups, written the same way."""

import io
import itertools

import numpy as np
import pandas as pd
import pytest

from milkprice.batch.columns import ColumnMapping
from milkprice.batch.errors import BatchColumnsError, BatchFileError
from milkprice.batch.files import list_inputs
from milkprice.batch.parquet import parquet_ranges, read_parquet_chunks, to_parquet
from milkprice.registry.settings import StoreSettings
from tests.support.batches import READ, table, write_parquet

WANTED = ColumnMapping(read=READ)


def opened(path):
    return list_inputs(str(path), StoreSettings())[0]


def read(file):
    runs = parquet_ranges(file, rows=100, wanted=WANTED)
    return [chunk for run in runs for chunk in read_parquet_chunks(file, run, WANTED)]


@pytest.mark.parametrize(
    ("rows", "first_rows"),
    [(1, [0, 100, 200, 300]), (200, [0, 200]), (299, [0, 200]), (10**6, [0])],
    ids=["a group each", "two each", "no group is divided", "all"],
)
def test_runs_hold_as_many_rows_as_are_asked_for_or_one_group(tmp_path, rows, first_rows):
    file = opened(write_parquet(table(350), tmp_path / "a.parquet"))
    runs = parquet_ranges(file, rows=rows, wanted=WANTED)
    assert [run.first_row for run in runs] == first_rows
    assert [runs[0].start, runs[-1].stop] == [0, 4]
    assert all(one.stop == two.start for one, two in itertools.pairwise(runs))


def test_chunks_are_the_rows_in_their_places(tmp_path):
    frame = table(350)
    file = opened(write_parquet(frame, tmp_path / "a.parquet"))
    kept = ColumnMapping(read=READ, keep=("region",))
    runs = parquet_ranges(file, rows=200, wanted=kept)
    chunks = [chunk for run in runs for chunk in read_parquet_chunks(file, run, kept)]
    assert [chunk.first for chunk in chunks] == [0, 100, 200, 300]
    together = pd.concat([chunk.table for chunk in chunks], ignore_index=True)
    pd.testing.assert_frame_equal(
        together, frame[["precio_leche_LAG_1", "PIB", "rain", "region"]], check_names=False
    )


@pytest.mark.parametrize("compression", ["ZSTD", "SNAPPY", None], ids=str)
@pytest.mark.parametrize("missing", [False, True], ids=["no empty cell", "empty cells"])
def test_pages_of_version_2_are_the_same_rows_as_of_version_1(
    tmp_path, monkeypatch, compression, missing
):
    monkeypatch.setattr("fastparquet.writer.DATAPAGE_VERSION", 2)
    frame = table(350).assign(farm=np.arange(350) * 7919 - 1000)
    if missing:
        frame.loc[::3, ["PIB", "region"]] = None
    path = write_parquet(frame, tmp_path / "a.parquet", compression=compression)
    wanted = ColumnMapping(read=READ, keep=("farm", "region"))
    file = opened(path)
    runs = parquet_ranges(file, rows=200, wanted=wanted)
    tables = [chunk.table for run in runs for chunk in read_parquet_chunks(file, run, wanted)]
    columns = ["precio_leche_LAG_1", "PIB", "rain", "farm", "region"]
    pd.testing.assert_frame_equal(
        pd.concat(tables, ignore_index=True), frame[columns], check_names=False
    )


def test_column_that_lacks_is_named_with_the_file(tmp_path):
    file = opened(write_parquet(table(5).drop(columns="PIB"), tmp_path / "a.parquet"))
    with pytest.raises(BatchColumnsError, match=r"a\.parquet lacks PIB; its columns are rain"):
        parquet_ranges(file, rows=10, wanted=WANTED)


DAMAGES = {
    "no parquet": lambda _: b"region,PIB\n1,2\n",
    "empty": lambda _: b"",
    "too short": lambda _: b"PAR1",
    "footer longer than the file": lambda data: data[:-8] + b"\xff\xff\xff\x7fPAR1",
    "cut off": lambda data: data[: len(data) // 2],
    "footer overwritten": lambda data: data[:-200] + b"\x7f" * 192 + data[-8:],
    "rows overwritten": lambda data: data[:40] + b"\xff" * 4000 + data[4040:],
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.filterwarnings("default")
def test_damaged_file_is_refused_by_name(tmp_path, damage):
    path = write_parquet(table(350), tmp_path / "a.parquet")
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    with pytest.raises(BatchFileError, match=r"a\.parquet cannot be read: \w+"):
        read(opened(path))


KEPT = {
    "text": ["a", None, "ñ"],
    "whole": [1, 2, 3],
    "maybe whole": pd.array([1, None, 3], dtype="Int64"),
    "maybe true": pd.array([True, None, False], dtype="boolean"),
    "number": [1.5, np.nan, 3.0],
    "category": pd.Categorical(["x", "y", "x"]),
    "date": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
    "date of a zone": pd.to_datetime(["2020-01-01"] * 3).tz_localize("America/Santiago"),
    "month": pd.period_range("2020-01", periods=3, freq="M"),
    "bytes": [b"a", b"b", None],
}


@pytest.mark.parametrize("kind", KEPT)
def test_columns_of_any_kind_can_be_written(kind):
    frame = pd.DataFrame({"row": np.arange(3), "kept": KEPT[kind]})
    data = to_parquet([frame, frame.iloc[::-1]], {"who": "me"})
    found = pd.read_parquet(io.BytesIO(data), engine="fastparquet")
    assert found["row"].tolist() == [0, 1, 2, 2, 1, 0]
    missing = frame["kept"].isna().tolist()
    assert found["kept"].isna().tolist() == missing + missing[::-1]
    assert to_parquet([frame, frame.iloc[::-1]], {"who": "me"}) == data


def test_tables_without_rows_are_a_file_with_columns():
    data = to_parquet([pd.DataFrame({"row": np.arange(0), "x": np.empty(0)})], {})
    found = pd.read_parquet(io.BytesIO(data), engine="fastparquet")
    assert (list(found), len(found)) == (["row", "x"], 0)
