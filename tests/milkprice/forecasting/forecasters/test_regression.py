"""Regressions on changes of the price, and the rows they are fitted to."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.forecasters.classical import Naive
from milkprice.forecasting.forecasters.linear import elastic_net, ridge
from milkprice.forecasting.forecasters.regression import (
    LAGS,
    MEANS,
    YEARS,
    Regression,
    design,
    last_refit,
    months_before,
    newest_features,
)
from milkprice.forecasting.forecasters.trees import boosted_trees

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
def test_regression_of_some_months_is_fitted_to_those_alone(history_of, walk, horizon, before):
    history = history_of(walk(200))
    recent = Regression("recent", ridge, months=60).forecast(history, (horizon,))
    cut = RIDGE.forecast(history.newest(before + horizon + 60), (horizon,))
    assert recent == pytest.approx(cut, rel=1e-9)
    assert recent != pytest.approx(RIDGE.forecast(history, (horizon,)), rel=1e-6)


def test_regression_of_more_months_than_there_are_is_fitted_to_all(history_of, walk):
    history = history_of(walk(150))
    found = Regression("long", ridge, months=1000).forecast(history, (1, 6))
    assert found == RIDGE.forecast(history, (1, 6))


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: estimator.__name__)
def test_regression_of_a_horizon_does_not_depend_on_the_others(history_of, walk, estimator):
    history = history_of(walk(150, seed=4))
    together = Regression("it", estimator).forecast(history, (1, 6, 12))
    alone = Regression("it", estimator, months=1000).forecast(history, (6,))  # not the cached one
    assert together[6] == pytest.approx(alone[6], rel=1e-12)


def test_regression_of_a_history_too_short_for_far_horizons_has_the_near_ones(history_of, walk):
    history = history_of(walk(83))
    assert list(RIDGE.forecast(history, (1, 11, 12))) == [1, 11]


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


def test_regression_fitted_each_january_is_fitted_to_the_years_before(history_of, walk):
    """With the newest months changed, it has learnt the same and looks at other months."""
    yearly = Regression("yearly", ridge, refit=12)
    prices = walk(153)  # to 2002-09
    features = newest_features(history_of(prices).prices, 1)
    before = design(history_of(prices[:144]).prices, 1)
    change = ridge([(before.features, before.changes)])[0].predict(features)
    whole = prices[-1] * np.exp(change)
    assert yearly.forecast(history_of(prices), (1,)) == {1: pytest.approx(whole, rel=1e-12)}
    assert whole != RIDGE.forecast(history_of(prices), (1,))[1]
    assert yearly.forecast(history_of(prices[:144]), (1,)) == RIDGE.forecast(
        history_of(prices[:144]), (1,)
    )


def test_regression_fitted_each_january_uses_the_newest_price(history_of, walk):
    yearly = Regression("yearly", ridge, refit=12)
    prices = walk(153)
    other = np.r_[prices[:-1], 2 * prices[-1]]
    ours, theirs = (yearly.forecast(history_of(one), (1,))[1] for one in (prices, other))
    assert theirs != pytest.approx(ours, rel=0.1)


MONTHS = 150
COLUMNS = len(LAGS) + len(MEANS) + YEARS + 2 + 8
HORIZONS = st.sampled_from([1, 2, 6, 12, 13, 24, 25])


@pytest.fixture(scope="module")
def prices(history_of, walk):
    return history_of(walk(MONTHS)).prices


@pytest.mark.parametrize(
    ("horizon", "before"),
    [(1, 48), (12, 48), (13, 60), (24, 60), (25, 72)],
    ids=lambda value: str(value),
)
def test_design_has_a_row_for_each_origin_with_its_past_and_its_future(prices, horizon, before):
    found = design(prices, horizon)
    rows = MONTHS - before - horizon
    assert months_before(horizon) == before
    assert found.features.shape == (rows, COLUMNS)
    assert found.changes.shape == (rows,)
    assert newest_features(prices, horizon).shape == (COLUMNS,)
    assert np.isfinite(found.features).all()


@given(horizon=HORIZONS, data=st.data())
@hypothesis_settings(max_examples=40, deadline=None)
def test_design_features_of_an_origin_are_those_of_a_history_that_ends_there(prices, horizon, data):
    row = data.draw(st.integers(0, MONTHS - months_before(horizon) - horizon - 1))
    origin = months_before(horizon) + row
    then = newest_features(prices.iloc[: origin + 1], horizon)
    np.testing.assert_array_equal(design(prices, horizon).features[row], then)


@given(horizon=HORIZONS, after=st.integers(80, MONTHS - 1), factor=st.floats(0.2, 5.0))
@hypothesis_settings(max_examples=40, deadline=None)
def test_design_of_another_future_has_the_same_past_rows(prices, horizon, after, factor):
    other = prices.copy()
    other.iloc[after:] *= factor
    ours, theirs = design(prices, horizon), design(other, horizon)
    seen = after - months_before(horizon)  # origins before the change
    known = max(0, seen - horizon)  # whose changes end before it too
    np.testing.assert_array_equal(ours.features[:seen], theirs.features[:seen])
    np.testing.assert_array_equal(ours.changes[:known], theirs.changes[:known])


@given(horizon=HORIZONS, factor=st.floats(0.01, 100.0))
@hypothesis_settings(max_examples=20, deadline=None)
def test_design_in_another_currency_is_the_same(prices, horizon, factor):
    ours, theirs = design(prices, horizon), design(prices * factor, horizon)
    np.testing.assert_allclose(ours.features, theirs.features, atol=1e-10)
    np.testing.assert_allclose(ours.changes, theirs.changes, atol=1e-10)


@pytest.mark.parametrize("horizon", [1, 5, 13], ids=lambda horizon: f"{horizon}_ahead")
def test_design_of_an_origin_by_hand(prices, horizon):
    row = 20
    origin = months_before(horizon) + row
    logs = np.log(prices.to_numpy())
    past = [logs[origin] - logs[origin - lag] for lag in (1, 2, 3, 4, 6, 9, 12)]
    apart = [
        logs[origin] - logs[origin - months + 1 : origin + 1].mean()
        for months in (3, 6, 12, 24, 36)
    ]
    back = {1: (12, 24, 36, 48), 5: (12, 24, 36, 48), 13: (24, 36, 48, 60)}[horizon]
    years = [logs[origin + horizon - months] - logs[origin - months] for months in back]
    means = [(years[0] + years[1]) / 2, sum(years) / 4]
    angles = [
        2 * np.pi * harmonic * prices.index[place].month / 12
        for place in (origin, origin + horizon)
        for harmonic in (1, 2)
    ]
    seasons = [wave(angle) for angle in angles for wave in (np.sin, np.cos)]
    found = design(prices, horizon)
    expected = [*past, *apart, *years, *means, *seasons]
    np.testing.assert_allclose(found.features[row], expected, atol=1e-12)
    assert found.changes[row] == logs[origin + horizon] - logs[origin]


def test_design_of_moving_averages_on_round_numbers(history_of):
    prices = history_of(np.exp(np.arange(60.0))).prices  # logarithms 0, 1, 2 ...
    apart = newest_features(prices, 1)[len(LAGS) : len(LAGS) + len(MEANS)]
    np.testing.assert_allclose(apart, [1.0, 2.5, 5.5, 11.5, 17.5])


@pytest.mark.parametrize(
    ("months", "rows"), [(48, 0), (49, 0), (50, 1)], ids=["no_origin", "only_now", "one_row"]
)
def test_design_of_a_short_history_has_few_rows_or_none(prices, months, rows):
    found = design(prices.iloc[:months], 1)
    assert found.features.shape == (rows, COLUMNS)
    assert found.changes.shape == (rows,)


def test_elastic_net_of_few_rows_warns_of_nothing(history_of):
    season = 8.0 * (np.arange(84) % 12 > 5)
    prices = 100 + 0.5 * np.arange(84) + 5 * np.random.default_rng(1).random(84) + season
    forecast = Regression("elastic net", elastic_net).forecast(history_of(prices), (12,))
    assert 100 < forecast[12] < 200
