"""Cells as numbers, and what is said of others."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milkprice.batch.columns import INFINITE, MISSING, NO_NUMBER, faults, numbers, texts


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_written_numbers_are_read_to_the_last_bit(values):
    column = pd.Series([*map(repr, values), "no"], dtype=object)
    assert numbers(column, written=True)[:-1].tolist() == values


@given(st.lists(st.text(max_size=8), min_size=1))
def test_any_text_is_a_number_or_none_and_never_a_fault(cells):
    values = numbers(pd.Series(cells, dtype=object), written=True)
    assert values.shape == (len(cells),)


@pytest.mark.parametrize(
    ("column", "written", "expected"),
    [
        pytest.param(pd.Series([1, 2]), False, [1, 2], id="whole"),
        pytest.param(pd.Series([1, None], dtype="Int64"), False, [1, np.nan], id="maybe missing"),
        pytest.param(pd.Series([1.5, np.inf], dtype="f4"), False, [1.5, np.inf], id="single"),
        pytest.param(pd.Series(["1.5", None], dtype=object), False, [np.nan] * 2, id="text"),
        pytest.param(pd.Series(["1.5", ""], dtype=object), True, [1.5, np.nan], id="written"),
        pytest.param(pd.Series([True, False]), True, [np.nan] * 2, id="truth"),
        pytest.param(pd.Series(pd.to_datetime(["2020-01-01"])), False, [np.nan], id="date"),
    ],
)
def test_numbers_of_a_column(column, written, expected):
    np.testing.assert_array_equal(numbers(column, written=written), expected)


@pytest.mark.parametrize(
    ("column", "reasons", "shown"),
    [
        pytest.param(pd.Series([np.nan, -np.inf]), [MISSING, INFINITE], ["", "-inf"], id="float"),
        pytest.param(
            pd.Series(["x", None, ""], dtype=object),
            [NO_NUMBER, MISSING, MISSING],
            ["x", "", ""],
            id="text",
        ),
        pytest.param(pd.Series([None], dtype="Int64"), [MISSING], [""], id="maybe missing"),
        pytest.param(pd.Series([True]), [NO_NUMBER], ["True"], id="truth"),
    ],
)
def test_faults_say_what_stands_there(column, reasons, shown):
    assert faults(column).tolist() == reasons
    assert texts(column).tolist() == shown
