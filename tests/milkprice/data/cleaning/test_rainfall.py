"""Rainfall."""

import pandas as pd
import pytest

from milkprice.data.cleaning.prices_and_rainfall import clean_rainfall
from milkprice.data.errors import CellError, MonthError
from milkprice.data.formats.names import REGIONS
from milkprice.data.tables.raw import RAINFALL, read_raw

NOW = pd.Period("2020-01", freq="M")


def clean(*rows):
    lines = [",".join(["date", *REGIONS])]
    lines += [",".join([date, *([rain] * len(REGIONS))]) for date, rain in rows]
    return clean_rainfall(read_raw("\n".join(lines).encode(), RAINFALL), as_of=NOW)


def test_rain_is_put_in_order_of_months():
    table = clean(("1989-03-01", "0"), ("1989-01-01", "0.71903267610039"), ("1989-02-01", "2"))
    assert table.index.astype(str).tolist() == ["1989-01", "1989-02", "1989-03"]
    assert table["Los_Rios"].tolist() == [0.71903267610039, 2.0, 0.0]


@pytest.mark.parametrize(
    ("row", "error", "words"),
    [
        pytest.param(("1989-01-01", "-1"), CellError, "0 or more", id="negative"),
        pytest.param(("1989-01-01", "wet"), CellError, "row 2, column Coquimbo: 'wet'", id="text"),
        pytest.param(("1989-13-01", "1"), MonthError, "'1989-13-01' is no month", id="date"),
        pytest.param(("2020-02-01", "1"), MonthError, "lies after today's", id="future"),
    ],
)
def test_bad_row_is_an_error_with_its_place(row, error, words):
    with pytest.raises(error, match=words):
        clean(row)
