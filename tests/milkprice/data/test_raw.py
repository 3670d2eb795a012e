"""Raw files as text."""

import pytest

from milkprice.data.errors import (
    ColumnsError,
    EmptyTableError,
    EncodingError,
    TableFormatError,
)
from milkprice.data.raw import RAW_MACRO, RAW_PRICES, RAW_RAINFALL, RawFile, read_raw

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
