"""Words for numbers."""

import pytest

from milkprice.text import and_others, month_span, pluralize


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 months"), (1, "1 month"), (3, "3 months")], ids=str
)
def test_number_of_things_has_its_plural(number, words):
    assert pluralize(number, "month") == words


@pytest.mark.parametrize(
    ("months", "words"),
    [(["2020-01"], "1 month (2020-01)"), (["2020-01", "2020-03"], "2 months (2020-01 to 2020-03)")],
    ids=["one", "two"],
)
def test_months_are_counted_and_spanned(months, words):
    assert month_span(months) == words


@pytest.mark.parametrize(
    ("names", "words"), [([], ""), (["a"], ""), (["a", "b", "c"], " (likewise b, c)")], ids=str
)
def test_others_are_named_where_the_first_was_told_of(names, words):
    assert and_others(names) == words
