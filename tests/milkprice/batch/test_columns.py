"""Columns found by name."""

import pytest

from milkprice.batch.columns import find_columns
from milkprice.batch.errors import BatchColumnsError


@pytest.mark.parametrize(
    ("wanted", "known", "found"),
    [
        pytest.param(["a", "b"], ["b", "x", "a"], ("a", "b"), id="any order, others ignored"),
        pytest.param(["PIB"], ["pib"], ("pib",), id="other case"),
        pytest.param(["PIB"], ["pib", "PIB"], ("PIB",), id="written alike goes first"),
        pytest.param(["Año"], ["AÑO"], ("AÑO",), id="letters beyond ASCII"),
        pytest.param(["a", "A"], ["A", "a"], ("a", "A"), id="differ in case alone"),
        pytest.param(["a", "a"], ["a"], ("a", "a"), id="wanted twice"),
    ],
)
def test_columns_are_found(wanted, known, found):
    assert find_columns(wanted, known, file="f") == found


@pytest.mark.parametrize(
    ("wanted", "known", "words"),
    [
        pytest.param(["a", "b"], ["b"], "f.csv lacks a; its columns are b", id="missing"),
        pytest.param(["a"], ["A", "A"], "more than one column for a", id="alike"),
        pytest.param(["pib"], ["PIB", "Pib"], "more than one column for pib", id="open"),
        pytest.param(["a", "A"], ["a"], "lacks A", id="case is all there is"),
        pytest.param(["a"], ["a", "a"], "more than one column for a", id="twice"),
    ],
)
def test_columns_that_cannot_be_told_are_named_with_the_file(wanted, known, words):
    with pytest.raises(BatchColumnsError, match=words):
        find_columns(wanted, known, file="f.csv")
