"""Tables on disk."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from milkprice.data.errors import (
    CellError,
    ColumnsError,
    EmptyTableError,
    TableFormatError,
    TableMissingError,
)
from milkprice.data.tables.monthly import Definition, read_months, read_table, write_table
from milkprice.errors import SettingError

TABLE = Definition("table", ("a",), missing=True)


@pytest.fixture
def table():
    index = pd.period_range("1969-11", periods=4, freq="M", name="month")
    return pd.DataFrame({"a": [0.1 + 0.2, np.nan, 1e-9, 11810.9613]}, index=index)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_table_written_and_read_is_the_same_to_the_bit(tmp_path, table, name):
    write_table(table, tmp_path / "deep" / name, TABLE)
    assert_frame_equal(read_table(tmp_path / "deep" / name, TABLE), table, check_freq=False)


def test_write_table_broken_leaves_no_trace(tmp_path, table):
    with pytest.raises(ColumnsError):
        write_table(table.rename(columns={"a": "b"}), tmp_path / "t.csv", TABLE)
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
