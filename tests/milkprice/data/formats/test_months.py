"""Months as the files write them."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milkprice.data.formats.cells import SPANISH, dated_month, month_number, spanish_month


@given(year=st.integers(1, 9999), month=st.integers(1, 12))
def test_month_number_is_the_period_ordinal(year, month):
    assert month_number(year, month) == pd.Period(year=year, month=month, freq="M").ordinal


@given(year=st.integers(1000, 9999), month=st.integers(1, 12))
def test_both_spellings_give_the_same_number(year, month):
    dated = dated_month(f"{year}-{month:02d}-01 00:00:00 UTC")
    assert spanish_month(str(year), SPANISH[month - 1]) == dated == month_number(year, month)


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


def test_spanish_month_any_case_is_read():
    assert spanish_month(" 1979 ", "ENE") == month_number(1979, 1)
