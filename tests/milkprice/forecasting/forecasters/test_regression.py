"""Regressions on changes."""

import numpy as np
import pandas as pd
import pytest

from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.forecasters.naive import Naive
from milkprice.forecasting.forecasters.regression import (
    Regression,
    boosted_trees,
    elastic_net,
    last_refit,
    ridge,
)

RIDGE = Regression("ridge", ridge)
ESTIMATORS = [ridge, elastic_net, boosted_trees]


@pytest.mark.parametrize("horizon", [1, 3, 12, 13, 24], ids=lambda horizon: f"{horizon}_ahead")
def test_ridge_of_a_predictable_series_recovers_it(history_of, regular, horizon):
    prices = regular(240 + horizon)
    history = history_of(prices[:240])
    found = RIDGE.forecast(history, (horizon,))[horizon]
    assert found == pytest.approx(prices[-1], rel=1e-3)
    assert Naive().forecast(history, (horizon,))[horizon] != pytest.approx(prices[-1], rel=1e-3)


@pytest.mark.parametrize(("horizon", "before"), [(1, 48), (13, 60)], ids=["1_ahead", "13_ahead"])
def test_regression_of_some_months_learns_from_those_alone(history_of, walk, horizon, before):
    history = history_of(walk(200))
    recent = Regression("recent", ridge, months=60).forecast(history, (horizon,))
    cut = RIDGE.forecast(history.newest(before + horizon + 60), (horizon,))
    assert recent == pytest.approx(cut, rel=1e-9)
    assert recent != pytest.approx(RIDGE.forecast(history, (horizon,)), rel=1e-6)


def test_regression_of_more_months_than_there_are_learns_from_all(history_of, walk):
    history = history_of(walk(150))
    found = Regression("long", ridge, months=1000).forecast(history, (1, 6))
    assert found == RIDGE.forecast(history, (1, 6))


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: estimator.__name__)
@pytest.mark.parametrize(
    ("horizon", "needed"), [(1, 73), (12, 84), (13, 97)], ids=["1_ahead", "12_ahead", "13_ahead"]
)
def test_regression_of_too_few_rows_is_refused_with_its_need(
    history_of, walk, estimator, horizon, needed
):
    regression = Regression("it", estimator)
    assert np.isfinite(regression.forecast(history_of(walk(needed)), (horizon,))[horizon])
    sentence = f"it needs {needed} months of prices for {horizon} months ahead; there are"
    with pytest.raises(HistoryTooShortError, match=f"{sentence} {needed - 1}"):
        regression.forecast(history_of(walk(needed - 1)), (horizon,))


@pytest.mark.parametrize("months", [1, 30, 48, 49], ids=lambda months: f"{months}_months")
def test_regression_of_next_to_no_history_is_refused(history_of, walk, months):
    with pytest.raises(HistoryTooShortError, match=f"needs 73 months .* there are {months}"):
        RIDGE.forecast(history_of(walk(months)), (1,))


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: estimator.__name__)
def test_regression_asked_twice_says_the_same_whatever_else_is_asked(history_of, walk, estimator):
    history, regression = history_of(walk(150)), Regression("it", estimator)
    alone = regression.forecast(history, (3,))
    assert regression.forecast(history, (1, 3, 6))[3] == alone[3]


@pytest.mark.parametrize(
    ("month", "every", "found"),
    [
        ("2020-12", 12, "2020-12"),
        ("2021-01", 12, "2020-12"),
        ("2021-11", 12, "2020-12"),
        ("2021-03", 1, "2021-03"),
        ("2021-02", 3, "2020-12"),
        ("2021-03", 3, "2021-03"),
    ],
    ids=["december", "january", "november", "monthly", "within_a_quarter", "end_of_a_quarter"],
)
def test_last_refit_is_the_end_of_the_last_whole_span(month, every, found):
    assert last_refit(pd.Period(month, "M"), every) == pd.Period(found, "M")


def test_regression_that_learns_each_january_learns_from_the_years_before(history_of, walk):
    """With the newest months changed, it has learnt the same and looks at other months."""
    yearly = Regression("yearly", ridge, refit=12)
    prices = walk(153)  # to 2002-09
    whole = yearly._ahead(history_of(prices).prices, history_of(prices[:144]).prices, 1)
    assert yearly.forecast(history_of(prices), (1,)) == {1: whole}
    assert whole != RIDGE.forecast(history_of(prices), (1,))[1]
    assert yearly.forecast(history_of(prices[:144]), (1,)) == RIDGE.forecast(
        history_of(prices[:144]), (1,)
    )


def test_regression_that_learns_each_january_looks_at_the_newest_price(history_of, walk):
    yearly = Regression("yearly", ridge, refit=12)
    prices = walk(153)
    other = np.r_[prices[:-1], 2 * prices[-1]]
    ours, theirs = (yearly.forecast(history_of(one), (1,))[1] for one in (prices, other))
    assert theirs != pytest.approx(ours, rel=0.1)
