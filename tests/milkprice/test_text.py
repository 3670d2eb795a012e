"""Wording of messages."""

import pytest

from milkprice.text import and_others, month_span, pluralize, price_decimals


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


@pytest.mark.parametrize(
    ("prices", "decimals"),
    [
        pytest.param([350.0], (0, 1, 2), id="hundreds"),
        pytest.param([100.0], (0, 1, 2), id="a hundred"),
        pytest.param([6.76], (2, 3, 4), id="ones"),
        pytest.param([0.0035], (5, 6, 7), id="thousandths"),
        pytest.param([1e-9], (11, 12, 13), id="least"),
        pytest.param([3500.0], (0, 0, 1), id="thousands"),
        pytest.param([3.5e6], (0, 0, 0), id="millions"),
        pytest.param([1e15], (0, 0, 0), id="greatest"),
        pytest.param([3.85] * 500 + [318.0] * 12, (0, 1, 2), id="after inflation"),
        pytest.param([318.0] * 11 + [31800.0], (0, 1, 2), id="a stray month"),
    ],
)
def test_price_decimals_follow_the_level_of_the_last_year(prices, decimals):
    assert tuple(price_decimals(prices, places) for places in (0, 1, 2)) == decimals
