"""Wording of messages."""

import pytest

from milkprice.text import and_others, month_span, pluralize


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 months"), (1, "1 month"), (3, "3 months")], ids=str
)
def test_pluralize_adds_an_s_but_for_one(number, words):
    assert pluralize(number, "month") == words


@pytest.mark.parametrize(
    ("months", "words"),
    [(["2020-01"], "1 month (2020-01)"), (["2020-01", "2020-03"], "2 months (2020-01 to 2020-03)")],
    ids=["one", "two"],
)
def test_month_span_counts_months_between_the_first_and_the_last(months, words):
    assert month_span(months) == words


@pytest.mark.parametrize(
    ("names", "words"), [([], ""), (["a"], ""), (["a", "b", "c"], " (likewise b, c)")], ids=str
)
def test_and_others_names_all_but_the_first(names, words):
    assert and_others(names) == words
