"""Numbers the way the file writes them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milkprice.data.formats.cells import write_number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(1593.6, "1593.6", id="two decimals or fewer are honest"),
        pytest.param(28577.0, "28577", id="a whole number stays whole"),
        pytest.param(99.8310201, "998.310.201", id="the point is lost"),
        pytest.param(102.796218, "102.796.218", id="the point seems to be kept"),
        pytest.param(105.46824, "10.546.824", id="trailing zeros had gone"),
        pytest.param(0.738, "738", id="leading zeros had gone"),
        pytest.param(93.621, "93.621", id="three decimals look honest"),
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
