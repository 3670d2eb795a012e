"""Months and numbers as the source files write them."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milkprice.data.formats.cells import (
    SPANISH,
    month_number,
    named_month,
    parse_date,
    write_number,
)

FORMS = {
    "iso_date": "{year}-{month:02d}-01",
    "big_query": "{year}-{month:02d}-01 00:00:00 UTC",
    "iso_time": "{year}-{month:02d}-01T00:00:00",
    "iso_zone": "{year}-{month:02d}-01T00:00:00.000-03:00",
    "zulu": "{year}-{month:02d}-01T00:00:00Z",
    "slashes": "{year}/{month:02d}/01",
    "month": "{year}-{month:02d}",
    "day_first": "01-{month:02d}-{year}",
    "day_first_slashes": "01/{month:02d}/{year}",
    "day_first_short": "1/{month}/{year}",
    "day_first_points": "01.{month:02d}.{year}",
    "excel_time": "01-{month:02d}-{year} 0:00",
    "name_point": "{name}.{year}",
    "name_dash": "{name}-{year}",
    "name_blank": "{name}. {year}",
    "name_day": "01-{name}-{year}",
    "name_of": "{name} de {year}",
}
SEPTEMBERS = ["Sep", "sep.", "SEPT", "Sept.", "set", "septiembre", "Setiembre"]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@given(
    year=st.integers(1000, 9999), month=st.integers(1, 12),
    case=st.sampled_from([str.upper, str.lower, str.title]),
)  # fmt: skip
def test_date_in_each_form_is_its_month(form, year, month, case):
    name = case(SPANISH[month - 1])
    date = parse_date(form.format(year=year, month=month, name=name))
    assert date.is_first
    assert date.number == pd.Period(year=year, month=month, freq="M").ordinal


@given(year=st.integers(1000, 9999), month=st.integers(1, 12))
def test_month_number_is_the_period_ordinal(year, month):
    ordinal = pd.Period(year=year, month=month, freq="M").ordinal
    assert month_number(year, month) == ordinal
    assert named_month(f" {year} ", SPANISH[month - 1].upper()) == ordinal


@pytest.mark.parametrize("name", SEPTEMBERS)
def test_named_month_is_known_by_its_usual_short_forms(name):
    assert named_month("2019", name) == month_number(2019, 9)


@pytest.mark.parametrize(
    "text",
    ["2020-2-1", "", "a", "01-02/2020", "ene-20", "ja.2020", "2020-02-01 03:00:00", "202002"],
)
def test_date_in_another_form_is_none(text):
    assert parse_date(text) is None


@pytest.mark.parametrize("text", ["2020-13-01 00:00:00 UTC", "2020-00-01", "2020-13"])
def test_date_of_no_month_has_no_number(text):
    assert parse_date(text).number is None


@pytest.mark.parametrize(
    "text", ["2020-02-15", "15/02/2020", "31-01-2020", "01/13/2020", "02/01/2020", "15-ene-2020"]
)
def test_date_of_another_day_than_the_first_is_no_first(text):
    assert not parse_date(text).is_first


@pytest.mark.parametrize(("year", "month"), [("1979", "Ja"), ("79", "Ene"), ("", ""), ("x", "Ene")])
def test_named_month_impossible_is_none(year, month):
    assert named_month(year, month) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(1593.6, "1593.6", id="two decimals or fewer are kept"),
        pytest.param(28577.0, "28577", id="a whole number stays whole"),
        pytest.param(99.8310201, "998.310.201", id="the point is lost"),
        pytest.param(102.796218, "102.796.218", id="the point seems to be kept"),
        pytest.param(105.46824, "10.546.824", id="trailing zeros had gone"),
        pytest.param(0.738, "738", id="leading zeros had gone"),
        pytest.param(93.621, "93.621", id="three decimals look intact"),
        pytest.param(0.00001234, "1.234", id="small"),
        pytest.param(-99.8310201, "-998.310.201", id="negative"),
        pytest.param(0.0, "0", id="zero"),
    ],
)
def test_write_number_follows_the_source(value, text):
    assert write_number(value) == text


@given(st.floats(1e-6, 1e9))
def test_write_number_keeps_every_digit(value):
    digits = format(Decimal(repr(value)), "f").replace(".", "").strip("0")
    assert write_number(value).replace(".", "").strip("0") == digits
