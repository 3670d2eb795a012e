"""Raw files as text."""

import pytest

from milkprice.errors import ColumnsError, EmptyTableError, EncodingError, TableFormatError
from milkprice.tables.raw import PRICES, RawFile, read_raw

HEADER = b"Anio,Mes,Precio_leche\r\n"
LOOSE = RawFile("loose.csv", ("a",), extra=True)


def test_rows_carry_their_line_numbers():
    raw = read_raw(HEADER + b"1979,Ene, 3.85\r\n\r\n1979,Feb,4.58", PRICES)
    assert raw.index.tolist() == [2, 4]
    assert raw["Precio_leche"].tolist() == ["3.85", "4.58"]


def test_byte_order_mark_is_left_out():
    assert list(read_raw(b"\xef\xbb\xbf" + HEADER + b"1979,Ene,1", PRICES)) == list(PRICES.columns)


def test_extra_columns_are_kept_where_allowed():
    assert list(read_raw(b"b,a\n1,2\n", LOOSE)) == ["b", "a"]


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
            HEADER[:-2] + b",Mes\n1,2,3,4\n", ColumnsError, "unknown Mes", id="column twice"
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
        read_raw(data, PRICES)
    assert "precio_leche.csv" in str(caught.value)
