"""Regressions on changes."""

import numpy as np
import pytest

from milkprice.errors import TrainingError
from milkprice.forecasting.forecasters import (
    LastValue,
    Regression,
    boosted_trees,
    elastic_net,
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
    assert LastValue().forecast(history, (horizon,))[horizon] != pytest.approx(prices[-1], rel=1e-3)


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
    sentence = f"it needs {needed} months of prices for {horizon} months ahead, there are"
    with pytest.raises(TrainingError, match=f"{sentence} {needed - 1}"):
        regression.forecast(history_of(walk(needed - 1)), (horizon,))


@pytest.mark.parametrize("months", [1, 30, 48, 49], ids=lambda months: f"{months}_months")
def test_regression_of_next_to_no_history_is_refused(history_of, walk, months):
    with pytest.raises(TrainingError, match=f"needs 73 months .* there are {months}"):
        RIDGE.forecast(history_of(walk(months)), (1,))


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: estimator.__name__)
def test_regression_asked_twice_says_the_same_whatever_else_is_asked(history_of, walk, estimator):
    history, regression = history_of(walk(150)), Regression("it", estimator)
    alone = regression.forecast(history, (3,))
    assert regression.forecast(history, (1, 3, 6))[3] == alone[3]
