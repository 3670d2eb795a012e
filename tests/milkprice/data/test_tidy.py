"""One tidy table as a source, in its three formats."""

import io
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from milkprice.data.errors import ColumnChoiceError, TableError
from milkprice.data.formats import names
from milkprice.data.tidy import is_role, is_table, parse_role, read_tidy, series_of
from milkprice.errors import SettingError
from tests.support.workbooks import workbook

NOW = pd.Period("2026-01", "M")
MONTHS = pd.period_range("2019-11", periods=4, freq="M", name="month")
PRICES = [1.5, 2.0, 2.5, 1e3]


def read(text, file="t.csv", **options):
    data = text if isinstance(text, bytes) else text.encode()
    return read_tidy(data, file, **{"month": None, "price": None, "as_of": NOW, **options})


def csv(months=MONTHS, prices=PRICES, *, header="month,price"):
    rows = zip(months, prices, strict=True)
    return "\n".join([header, *(f"{month},{price}" for month, price in rows)])


def parquet(frame):
    file = io.BytesIO()
    frame.to_parquet(file, engine="pyarrow")
    return file.getvalue()


@pytest.mark.parametrize(
    "form",
    [
        "{0:%Y-%m}", "{0:%Y-%m-%d}", "{0:%Y/%m/%d}", "{0:%Y-%m-%d} 00:00:00 UTC",
        "{0:%Y-%m-%dT%H:%M:%S}", "{0:%Y}M{0:%m}", "{0:%b %Y}", "{0:%B} {0:%Y}", "{0:%b-%Y}",
    ],
)  # fmt: skip
def test_month_in_a_usual_form_is_told_by_its_cells(form):
    months = [form.format(month.to_timestamp()) for month in MONTHS]
    table = read(csv(months, header="when,paid"))
    assert list(table.prices.index) == list(MONTHS)
    assert table.prices["paid"].tolist() == PRICES
    assert table.regressors.shape == (4, 0)


def test_month_as_digits_is_told_by_its_name():
    text = csv([f"{month.year}{month.month:02}" for month in MONTHS], header="fecha,x")
    assert list(read(text).prices.index) == list(MONTHS)


@pytest.mark.parametrize("word", ["ene 2020", "enero-2020", "Ene.2020", "January 2020"])
def test_month_word_is_spanish_or_english(word):
    table = read(f"mes,x\ndic 2019,1\n{word},2")
    assert [str(month) for month in table.prices.index] == ["2019-12", "2020-01"]


@pytest.mark.parametrize("form", ["{0:%d-%m-%Y}", "{0:%m/%d/%Y}", "{0:%d.%m.%Y} 00:00"])
@pytest.mark.parametrize("freq", ["MS", "ME"])
def test_dates_in_one_possible_order_are_read(form, freq):
    days = pd.date_range("2018-03-01", periods=15, freq=freq)
    table = read(csv(map(form.format, days), range(1, 16), header="month,price"))
    assert [str(month) for month in table.prices.index][::14] == ["2018-03", "2019-05"]


def test_semicolons_and_decimal_commas_are_read():
    table = read("fecha;precio;azúcar\n01-01-2020;1.000,5;1,25\n01-02-2020;2.000;\n")
    assert table.prices["precio"].tolist() == [1000.5, 2000.0]
    assert table.regressors["azúcar"].tolist()[0] == 1.25


def test_typed_formats_equal_the_text():
    days = [month.to_timestamp().date() for month in MONTHS]
    columns = {"day": days, "price": PRICES, "oil": [1, 2, None, 4], "note": list("abcd")}
    frame = pd.DataFrame(columns)
    text = read(frame.to_csv(index=False))
    for data in (frame, frame.set_index("day")):
        typed = read(parquet(data), "t.PARQUET")
        assert_frame_equal(typed.prices, text.prices)
        assert_frame_equal(typed.regressors, text.regressors)
    assert list(text.regressors) == ["oil"]
    assert np.isnan(text.regressors["oil"].iloc[2])


def test_xlsx_equals_the_text():
    rows = [
        ("month", "price", "oil"),
        *((date(2020, one, 28), one * 1.5, one) for one in (1, 2, 3)),
    ]
    table = read(workbook(rows), "t.xlsx")
    assert [str(month) for month in table.prices.index] == ["2020-01", "2020-02", "2020-03"]
    assert table.prices["price"].tolist() == [1.5, 3.0, 4.5]
    assert table.regressors["oil"].tolist() == [1.0, 2.0, 3.0]


def test_rows_may_be_in_any_order_and_prices_end_before_regressors():
    table = read("month,price,oil\n2020-03,,7\n2020-01,5,\n2020-02,6,3")
    assert [str(month) for month in table.prices.index] == ["2020-01", "2020-02"]
    assert table.regressors["oil"].tolist()[1:] == [3.0, 7.0]


def test_column_without_name_is_no_regressor():
    frame = pd.DataFrame({"month": MONTHS.astype(str), "price": PRICES})
    assert read(frame.to_csv()).regressors.shape == (4, 0)


@pytest.mark.parametrize("step", [1, -1])
def test_column_that_only_counts_the_months_is_named(caplog, step):
    rows = "\n".join(f"2020-0{n},{n * n},{step * n},{n + n % 2}" for n in range(1, 6))
    table = read(f"month,price,nr,steps\n{rows}\n")
    assert list(table.regressors) == ["nr", "steps"]
    assert caplog.messages == [
        "t.csv: regressors that only count the months: 'nr'; leave them out if they are numbers of "
        "rows"
    ]


def test_columns_are_chosen_by_option():
    text = "a,b,x,y\n2020-01,2010-01,1,2\n2020-02,2010-02,3,5\n"
    table = read(text, month="b", price="y")
    assert table.prices["y"].tolist() == [2.0, 5.0]
    assert [str(month) for month in table.prices.index] == ["2010-01", "2010-02"]
    assert list(table.regressors) == ["x"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "is empty", id="no bytes"),
        pytest.param("month,price\n", "is empty", id="no rows"),
        pytest.param("month,price\n,\n", "is empty", id="blank rows"),
        pytest.param("month;price\n2020-01;1.500\n2020-02;2.500", "row 2, column price: '1.500'; "
                     "it is not clear which mark stands before decimals", id="points may group"),
        pytest.param('month,price\n2020-01,1.5\n2020-02,"1,5"', "row 3, column price: '1,5' beside "
                     "row 2, column price: '1.5'", id="points beside commas"),
        pytest.param("month,price\n2020-13,1", "row 2: month '2020-13' is no month", id="month 13"),
        pytest.param("month,price\n01/03/2020,1", "as 2020-01, 2020-01-31", id="day or month"),
        pytest.param("month,price\n01/03/2020,1\n02/05/2020,2", "month '01/03/2020' is no month",
                     id="day or month in two rows"),
        pytest.param("month,price\n2020,1\n2021,2", "month '2020' is no month", id="years"),
        pytest.param("month,price\n2027-01,1", "lies after today's, 2026-01", id="future"),
        pytest.param(
            "month,price\n2020-01-01,1\n2020-01-08,2",
            "row 3: month 2020-01 stands in row 2 already; expected one row a month", id="weeks",
        ),
        pytest.param("month,price\n2020-01,1\n2020-04,2", "no row for 2020-02, 2020-03", id="gap"),
        pytest.param("month,price\n2020-01,1\n2020-02,x", "row 3, column price: 'x'", id="text"),
        pytest.param("month,price\n2020-01,1\n2020-02,inf", "price: 'inf'", id="infinity"),
        pytest.param(
            "month,price\n2020-02,3\n2020-01,0\n2020-03,5",
            "row 3, column price: 0.0; expected a price of 1e-09", id="zero",
        ),
        pytest.param("month,price\n2020-01,1\n2020-02,-1", "price: -1.0", id="negative"),
        pytest.param("month,price\n2020-01,1\n2020-02,1e16", "price: 1e+16", id="too large"),
        pytest.param(
            "month,price\n2020-01,1\n2020-02,\n2020-03,2", "row 3, column price: ''", id="hole"
        ),
        pytest.param("month,price\n2020-01,5\n2020-02,5", "is 5 in every month", id="constant"),
        pytest.param("month,price\n2020-01,1", "the price is 1 in every", id="one row"),
        pytest.param("date,month,price\n2020-01-01,1,2", "called month", id="number as month"),
        pytest.param("month,price,price\n2020-01,1,2", "more than one price", id="repeated"),
    ],
)  # fmt: skip
def test_unfit_table_is_refused_by_file_and_place(text, words):
    with pytest.raises(TableError) as raised:
        read(text)
    assert words in str(raised.value)
    assert "t.csv" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            "a,b\n1,2\n",
            "t.csv has no column of months; of 'a', 'b', name one by --month (parameter month), "
            "whose cells are months as 2020-01.",
            id="no month",
        ),
        pytest.param(
            "a,b,c\n2020-01,2020-01,3\n",
            "t.csv has several columns of months, 'a', 'b'; name one by --month (parameter month).",
            id="months",
        ),
        pytest.param(
            "m,b,c\n2020-01,2,3\n",
            "t.csv has several columns of numbers, 'b', 'c'; name that of prices by --price "
            "(parameter price).",
            id="prices",
        ),
        pytest.param(
            "m,b\n2020-01,\n2020-02,$3\n",
            "t.csv has no column of numbers; row 3, column b: '$3'; write numbers without units or "
            "signs.",
            id="no number",
        ),
        pytest.param("m\n2020-01\n", "t.csv has no column of numbers; add the prices.", id="alone"),
    ],
)
def test_column_that_is_not_clear_is_asked_for(text, sentence):
    with pytest.raises(ColumnChoiceError) as raised:
        read(text)
    assert str(raised.value) == sentence


def test_price_column_of_text_is_refused_by_its_first_cell():
    with pytest.raises(ColumnChoiceError, match=r"row 2, column b: '\$3'"):
        read("m,b\n2020-01,$3\n", price="b")


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        pytest.param("m,b\n2020-01,1", {"month": "z"}, "month is 'z'", id="wrong month"),
        pytest.param("m,b\n2020-01,1", {"price": "z"}, "price is 'z'", id="wrong price"),
    ],
)
def test_column_of_an_unknown_name_is_refused(text, options, words):
    with pytest.raises(SettingError, match=words):
        read(text, **options)


@pytest.mark.parametrize("file", ["t.parquet", "t.xlsx"])
@pytest.mark.parametrize("data", [b"", b"PAR1xxxx", b"PK\x03\x04xxxx", b"month,price\n"])
def test_file_of_another_format_is_refused_in_one_sentence(file, data):
    with pytest.raises(TableError, match=f"^{file} cannot be read as") as raised:
        read(data, file)
    assert "\n" not in str(raised.value)


LONG = "unique_id,ds,y,oil\nb,2020-01,1,5\nÑuble 2,2020-01,3,\nb,2020-02,2,6\nÑuble 2,2020-02,4,7\n"


@pytest.mark.parametrize(("series", "prices"), [("b", [1.0, 2.0]), ("Ñuble 2", [3.0, 4.0])])
def test_series_of_a_long_table_is_chosen_by_name(series, prices):
    assert series_of(LONG.encode(), "t.csv") == ["b", "Ñuble 2"]
    table = read(LONG, series=series)
    assert table.prices["y"].tolist() == prices
    assert list(table.regressors) == ["oil"]


def test_only_series_of_a_table_needs_no_name():
    rows = [("series", "month", "price"), (7.0, "2020-01", 1.0), (7.0, "2020-02", 2.0)]
    assert series_of(workbook(rows), "t.xlsx") == ["7"]
    assert read(workbook(rows), "t.xlsx").prices["price"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("text", "series", "words"),
    [
        pytest.param(LONG, None, "series is ''; expected one of the series of t.csv: b, Ñuble 2"),
        pytest.param(LONG, "c", "series is 'c'; expected one of"),
        pytest.param(csv(), "c", "expected none: t.csv has no column serie, series, unique_id"),
    ],
)
def test_series_that_is_not_there_is_named(text, series, words):
    with pytest.raises(SettingError, match=words):
        read(text, series=series)


def test_row_without_a_series_is_refused_by_its_place():
    with pytest.raises(TableError, match="row 3, column series: ''; expected the name of a series"):
        read("series,month,price\na,2020-01,1\n,2020-02,2", series="a")


@given(prices=st.lists(st.floats(1e-9, 1e15), min_size=2, max_size=30, unique=True))
@hypothesis_settings(deadline=None)
def test_parts_of_a_table_read_back_equal(prices):
    frame = pd.DataFrame({"price": prices, "x": prices[::-1]})
    frame.insert(0, "month", pd.period_range("2000-01", periods=len(prices), freq="M").astype(str))
    table = read(frame.to_csv(index=False))
    parts = [parse_role(table.files()[name]) for name in names.RAW_FILES]
    assert all(map(is_role, table.files().values()))
    assert_frame_equal(parts[0], table.prices)
    assert_frame_equal(parts[2], table.regressors)
    assert parts[1].shape == (len(prices), 0)


@pytest.mark.parametrize(
    ("source", "expected"),
    [("a.csv", True), ("s3://b/k/a.XLSX", True), ("a.parquet", True), ("a", False),
     ("sample", False), ("s3://b/k.json", False)],
)  # fmt: skip
def test_table_is_told_by_its_address(source, expected):
    assert is_table(source) is expected


def test_folder_is_no_table(tmp_path):
    folder = tmp_path / "a.csv"
    folder.mkdir()
    assert not is_table(str(folder))
