"""Raw files as text."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from milkprice.data.errors import (
    CellError,
    ColumnsError,
    EmptyTableError,
    EncodingError,
    MissingMonthsError,
    TableFormatError,
    TableMissingError,
)
from milkprice.data.tables import (
    RAW_MACRO,
    RAW_PRICES,
    RAW_RAINFALL,
    Definition,
    RawFile,
    read_months,
    read_raw,
    read_table,
    write_table,
)
from milkprice.errors import SettingError

HEADER = b"Anio,Mes,Precio_leche\r\n"
LOOSE = RawFile("loose.csv", ("a",), extra=True)


def test_rows_carry_their_line_numbers():
    raw = read_raw(HEADER + b"1979,Ene, 3.85\r\n\r\n1979,Feb,4.58", RAW_PRICES)
    assert raw.index.tolist() == [2, 4]
    assert raw["Precio_leche"].tolist() == ["3.85", "4.58"]


def test_byte_order_mark_is_left_out():
    assert list(read_raw(b"\xef\xbb\xbf" + HEADER + b"1979,Ene,1", RAW_PRICES)) == list(
        RAW_PRICES.columns
    )


def test_extra_columns_are_kept_where_allowed():
    assert list(read_raw(b"b,a\n1,2\n", LOOSE)) == ["b", "a"]


@pytest.mark.parametrize(
    "file", [RAW_PRICES, RAW_RAINFALL, RAW_MACRO], ids=["prices", "rainfall", "macro"]
)
@pytest.mark.parametrize(
    "rename",
    [str.swapcase, lambda name: f"{name[:-1]}\u00e9", lambda name: f"{name[:2]} {name[2:]}",
     lambda name: f"\u200b{name}"],
    ids=["case", "accent", "space_inside", "invisible_letter"],
)  # fmt: skip
def test_renamed_column_is_refused_with_what_it_is_and_what_was_expected(file, rename):
    for name in file.columns:
        renamed = [rename(column) if column == name else column for column in file.columns]
        data = ",".join(renamed) + "\n" + ",".join("1" * len(renamed))
        with pytest.raises(ColumnsError) as caught:
            read_raw(data.encode(), file)
        said = str(caught.value)
        assert said.startswith(f"{file.file} has the wrong columns: it lacks {name}")
        assert said.isprintable()


@pytest.mark.parametrize(
    "file", [RAW_PRICES, RAW_RAINFALL, RAW_MACRO], ids=["prices", "rainfall", "macro"]
)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte_order_mark"])
def test_columns_in_another_order_with_spaces_around_are_the_same(file, mark):
    mixed = [f" {name}\u00a0" for name in reversed(file.columns)]
    data = mark + ",".join(mixed) + "\n" + ",".join("1" * len(mixed))
    assert set(read_raw(data.encode(), file)) == set(file.columns)


def test_renamed_column_among_many_that_may_be_there_is_found_by_its_likeness():
    columns = [name.lower() if name == "PIB" else name for name in RAW_MACRO.columns]
    data = ",".join([*columns, "Ocupados"]) + "\n" + ",".join("1" * (len(columns) + 1))
    with pytest.raises(ColumnsError, match=r"it lacks PIB and has unknown pib\.$"):
        read_raw(data.encode(), RAW_MACRO)


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        pytest.param(b"", EmptyTableError, "empty", id="no bytes"),
        pytest.param(HEADER, EmptyTableError, "empty", id="header only"),
        pytest.param(b"Anio,Mes\n1,2\n", ColumnsError, "lacks Precio_leche", id="missing column"),
        pytest.param(
            HEADER[:-2] + b",Nota\n1,2,3,4\n", ColumnsError, "unknown Nota", id="unknown column"
        ),
        pytest.param(
            HEADER[:-2] + b",Mes\n1,2,3,4\n",
            ColumnsError,
            "has more than one Mes;",
            id="column twice",
        ),
        pytest.param(
            "A\u00f1o,Mes\n1,2\n".encode("latin-1"),
            EncodingError,
            "byte 0xf1 at offset 1",
            id="other encoding",
        ),
        pytest.param(HEADER + b"1979,Ene\n", TableFormatError, "row 2 has 2 cells", id="cut row"),
        pytest.param(HEADER + b'1979,Ene,"3\n', TableFormatError, "line 2", id="open quote"),
    ],
)
def test_bad_file_is_refused_by_name(data, error, words):
    with pytest.raises(error, match=words) as caught:
        read_raw(data, RAW_PRICES)
    assert "precio_leche.csv" in str(caught.value)


RAIN = Definition("rain", ("a", "b"), least=0.0)
LOOSE_TABLE = Definition("loose", ("a",), missing=True, extra=True)


def table(*, start="2020-01", rows=3, **columns):
    index = pd.period_range(start, periods=rows, freq="M", name="month")
    values = {"a": np.arange(rows, dtype=float), "b": np.ones(rows), **columns}
    return pd.DataFrame(values, index=index)


@pytest.mark.parametrize(
    ("definition", "sound"),
    [
        pytest.param(RAIN, table(), id="strict"),
        pytest.param(LOOSE_TABLE, table(b=np.nan), id="loose"),
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
    write_table(before, tmp_path / "deep" / name, LOOSE_TABLE)
    assert_frame_equal(read_table(tmp_path / "deep" / name, LOOSE_TABLE), before, check_freq=False)


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
