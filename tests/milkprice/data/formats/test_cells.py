"""Months and numbers as the source files write them."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milkprice.data.formats.cells import (
    SPANISH,
    dated_month,
    month_number,
    spanish_month,
    write_number,
)


@given(year=st.integers(1000, 9999), month=st.integers(1, 12))
def test_month_number_is_the_period_ordinal_in_both_spellings(year, month):
    ordinal = pd.Period(year=year, month=month, freq="M").ordinal
    assert month_number(year, month) == ordinal
    assert dated_month(f"{year}-{month:02d}-01 00:00:00 UTC") == ordinal
    assert spanish_month(f" {year} ", SPANISH[month - 1].upper()) == ordinal


@pytest.mark.parametrize(
    "text",
    ["2020-13-01 00:00:00 UTC", "2020-00-01", "2020-02-15", "2020-2-1", "", "a", "01/02/2020"],
)
def test_dated_month_impossible_is_none(text):
    assert dated_month(text) is None


@pytest.mark.parametrize(
    ("year", "month"), [("1979", "Jan"), ("79", "Ene"), ("", ""), ("x", "Ene")]
)
def test_spanish_month_impossible_is_none(year, month):
    assert spanish_month(year, month) is None


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
