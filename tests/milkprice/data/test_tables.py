"""Monthly tables: what they must be, and on disk."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from milkprice.data.errors import (
    CellError,
    ColumnsError,
    EmptyTableError,
    MissingMonthsError,
    TableFormatError,
    TableMissingError,
)
from milkprice.data.tables import Definition, read_months, read_table, write_table
from milkprice.errors import SettingError

RAIN = Definition("rain", ("a", "b"), least=0.0)
LOOSE = Definition("loose", ("a",), missing=True, extra=True)


def table(*, start="2020-01", rows=3, **columns):
    index = pd.period_range(start, periods=rows, freq="M", name="month")
    values = {"a": np.arange(rows, dtype=float), "b": np.ones(rows), **columns}
    return pd.DataFrame(values, index=index)


@pytest.mark.parametrize(
    ("definition", "sound"),
    [
        pytest.param(RAIN, table(), id="strict"),
        pytest.param(LOOSE, table(b=np.nan), id="loose"),
    ],
)
def test_check_returns_a_sound_table(definition, sound):
    assert definition.check(sound) is sound


@pytest.mark.parametrize(
    ("broken", "error", "words"),
    [
        pytest.param(table()[["a"]], ColumnsError, "lacks b", id="missing column"),
        pytest.param(table(c=1.0), ColumnsError, "unknown c", id="unknown column"),
        pytest.param(table(rows=0), EmptyTableError, "empty", id="no rows"),
        pytest.param(table().drop("2020-02"), MissingMonthsError, "2020-02", id="hole"),
        pytest.param(table().iloc[::-1], MissingMonthsError, "2020-01 to 2020-03", id="order"),
        pytest.param(table(a=[0.0, -1.0, 0.0]), CellError, "row 3, column a: -1.0", id="bound"),
        pytest.param(table(b=[0.0, 0.0, np.nan]), CellError, "row 4, column b: nan", id="nan"),
        pytest.param(table(b=[np.inf, 0.0, 0.0]), CellError, "row 2, column b: inf", id="inf"),
        pytest.param(table().reset_index(drop=True), ColumnsError, "lacks month", id="no months"),
    ],
)
def test_check_broken_table_is_refused(broken, error, words):
    with pytest.raises(error, match=words):
        RAIN.check(broken)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_table_written_and_read_is_the_same_to_the_bit(tmp_path, name):
    before = table(start="1969-11", a=[0.1 + 0.2, np.nan, 11810.9613], b=1e-9)
    write_table(before, tmp_path / "deep" / name, LOOSE)
    assert_frame_equal(read_table(tmp_path / "deep" / name, LOOSE), before, check_freq=False)


def test_write_table_broken_leaves_no_trace(tmp_path):
    with pytest.raises(ColumnsError):
        write_table(table()[["a"]], tmp_path / "t.csv", RAIN)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content", "error", "words"),
    [
        pytest.param("t.csv", b"", EmptyTableError, "t.csv is empty", id="empty"),
        pytest.param("t.csv", b"a\n1\n", ColumnsError, "lacks month", id="no month"),
        pytest.param("t.csv", b"month,a\nx,1\n", CellError, "row 2, column month: 'x'", id="month"),
        pytest.param("t.csv", b"a\n\xf1\n", TableFormatError, "t.csv", id="encoding"),
        pytest.param("t.csv", b"a\n1,2,3\n1\n1,2\n", TableFormatError, "t.csv", id="ragged"),
        pytest.param("t.txt", b"", SettingError, "csv or .parquet", id="suffix"),
    ],
)
def test_read_months_bad_file_is_refused(tmp_path, name, content, error, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=words):
        read_months(tmp_path / name)


def test_read_months_missing_file_is_named(tmp_path):
    with pytest.raises(TableMissingError, match=r"There is no .*t\.csv"):
        read_months(tmp_path / "t.csv")
