"""Milk prices and rainfall: in order of months, or an error with its place."""

import pandas as pd
import pytest

from milkprice.data.cleaning import clean_prices, clean_rainfall
from milkprice.data.errors import CellError, MissingMonthsError, MonthError
from milkprice.data.formats.names import REGIONS
from milkprice.data.raw import RAW_PRICES, RAW_RAINFALL, read_raw

NOW = pd.Period("1979-06", freq="M")


def prices(*rows):
    data = "\r\n".join(["Anio,Mes,Precio_leche", *rows]).encode()
    return clean_prices(read_raw(data, RAW_PRICES), as_of=NOW)


def rainfall(*rows):
    lines = [",".join(["date", *REGIONS])]
    lines += [",".join([date, *([rain] * len(REGIONS))]) for date, rain in rows]
    return clean_rainfall(read_raw("\n".join(lines).encode(), RAW_RAINFALL), as_of=NOW)


def test_prices_are_in_order_of_months():
    table = prices("1979,Feb,4.58", "1979,Ene,3.85")
    assert table["Precio_leche"].to_dict() == {
        pd.Period("1979-01", freq="M"): 3.85,
        pd.Period("1979-02", freq="M"): 4.58,
    }


def test_rain_is_in_order_of_months():
    table = rainfall(("1979-03-01", "0"), ("1979-01-01", "0.71903267610039"), ("1979-02-01", "2"))
    assert table.index.astype(str).tolist() == ["1979-01", "1979-02", "1979-03"]
    assert table["Los_Rios"].tolist() == [0.71903267610039, 2.0, 0.0]


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        pytest.param(["1979,Ene,n/d"], CellError, "row 2, column Precio_leche: 'n/d'", id="text"),
        pytest.param(["1979,Ene,"], CellError, "every month needs one", id="no data"),
        pytest.param(["1979,Ene,0"], CellError, "0.01 or more", id="zero"),
        pytest.param(["1979,Ene,-3"], CellError, "0.01 or more", id="negative"),
        pytest.param(["1979,Ene,nan"], CellError, "'nan'", id="nan"),
        pytest.param(["1979,Jam,3"], MonthError, "row 2: month '1979 Jam' is no month", id="month"),
        pytest.param(["1979,Jul,3"], MonthError, "lies after today's, 1979-06", id="future"),
        pytest.param(
            ["1979,Ene,3", "1979,Ene,4"],
            MonthError,
            "row 3: month 1979-01 stands in row 2",
            id="twice",
        ),
        pytest.param(
            ["1979,Ene,3", "1979,Mar,4"], MissingMonthsError, "no row for 1979-02", id="hole"
        ),
    ],
)
def test_bad_row_of_prices_is_an_error_with_its_place(rows, error, words):
    with pytest.raises(error, match=words):
        prices(*rows)


@pytest.mark.parametrize(
    ("row", "error", "words"),
    [
        pytest.param(("1979-01-01", "-1"), CellError, "0 or more", id="negative"),
        pytest.param(("1979-01-01", "wet"), CellError, "row 2, column Coquimbo: 'wet'", id="text"),
        pytest.param(("1979-13-01", "1"), MonthError, "'1979-13-01' is no month", id="date"),
        pytest.param(("1979-07-01", "1"), MonthError, "lies after today's", id="future"),
    ],
)
def test_bad_row_of_rain_is_an_error_with_its_place(row, error, words):
    with pytest.raises(error, match=words):
        rainfall(row)
