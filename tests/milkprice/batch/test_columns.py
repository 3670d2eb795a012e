"""Columns of a file: matched by name, converted to numbers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milkprice.batch.columns import (
    INFINITE,
    MISSING,
    NOT_A_NUMBER,
    match_columns,
    reject_reasons,
    to_numbers,
    to_strings,
)
from milkprice.batch.errors import BatchColumnsError


@pytest.mark.parametrize(
    ("names", "known", "expected"),
    [
        pytest.param(["a", "b"], ["b", "x", "a"], ("a", "b"), id="any order, others ignored"),
        pytest.param(["PIB"], ["pib"], ("pib",), id="other case"),
        pytest.param(["PIB"], ["pib", "PIB"], ("PIB",), id="exact match first"),
        pytest.param(["Año"], ["AÑO"], ("AÑO",), id="letters beyond ASCII"),
        pytest.param(["a", "A"], ["A", "a"], ("a", "A"), id="differ in case alone"),
        pytest.param(["a", "a"], ["a"], ("a", "a"), id="requested twice"),
    ],
)
def test_match_columns_returns_names_of_the_file(names, known, expected):
    assert match_columns(names, known, file="f") == expected


@pytest.mark.parametrize(
    ("names", "known", "words"),
    [
        pytest.param(["a", "b"], ["b"], "f.csv lacks a; its columns are b", id="missing"),
        pytest.param(["a"], ["A", "A"], "more than one column for a", id="same name twice"),
        pytest.param(["pib"], ["PIB", "Pib"], "more than one column for pib", id="two cases"),
        pytest.param(["a", "A"], ["a"], "lacks A", id="case decides"),
        pytest.param(["a"], ["a", "a"], "more than one column for a", id="exact match twice"),
    ],
)
def test_match_columns_missing_or_ambiguous_name_is_reported_with_the_file(names, known, words):
    with pytest.raises(BatchColumnsError, match=words):
        match_columns(names, known, file="f.csv")


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_to_numbers_text_is_parsed_to_the_last_bit(values):
    column = pd.Series([*map(repr, values), "no"], dtype=object)
    assert to_numbers(column, from_text=True)[:-1].tolist() == values


@given(st.lists(st.text(max_size=8), min_size=1))
def test_to_numbers_any_text_raises_nothing(cells):
    values = to_numbers(pd.Series(cells, dtype=object), from_text=True)
    assert values.shape == (len(cells),)


@pytest.mark.parametrize(
    ("column", "from_text", "expected"),
    [
        pytest.param(pd.Series([1, 2]), False, [1, 2], id="integer"),
        pytest.param(pd.Series([1, None], dtype="Int64"), False, [1, np.nan], id="nullable"),
        pytest.param(pd.Series([1.5, np.inf], dtype="f4"), False, [1.5, np.inf], id="single"),
        pytest.param(pd.Series(["1.5", None], dtype=object), False, [np.nan] * 2, id="text"),
        pytest.param(pd.Series(["1.5", ""], dtype=object), True, [1.5, np.nan], id="CSV"),
        pytest.param(pd.Series([True, False]), True, [np.nan] * 2, id="boolean"),
        pytest.param(pd.Series(pd.to_datetime(["2020-01-01"])), False, [np.nan], id="date"),
    ],
)
def test_to_numbers_of_each_kind(column, from_text, expected):
    np.testing.assert_array_equal(to_numbers(column, from_text=from_text), expected)


@pytest.mark.parametrize(
    ("column", "reasons", "texts"),
    [
        pytest.param(pd.Series([np.nan, -np.inf]), [MISSING, INFINITE], ["", "-inf"], id="float"),
        pytest.param(
            pd.Series(["x", None, ""], dtype=object),
            [NOT_A_NUMBER, MISSING, MISSING],
            ["x", "", ""],
            id="text",
        ),
        pytest.param(pd.Series([None], dtype="Int64"), [MISSING], [""], id="nullable"),
        pytest.param(pd.Series([True]), [NOT_A_NUMBER], ["True"], id="boolean"),
    ],
)
def test_reject_reasons_of_each_kind(column, reasons, texts):
    assert reject_reasons(column).tolist() == reasons
    assert to_strings(column).tolist() == texts
