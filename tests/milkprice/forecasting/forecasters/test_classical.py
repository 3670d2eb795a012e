"""Classical forecasts: naive, seasonal naive, with drift, exponential smoothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.forecasters.classical import (
    GUESS,
    LEAST,
    MOST,
    ExponentialSmoothing,
    Naive,
    SeasonalNaive,
    SeasonalNaiveDrift,
    Smoothing,
    smooth,
)

HORIZONS = (1, 2, 12, 13, 24, 25)


def test_naive_is_the_last_price_for_every_month(history_of):
    history = history_of([5.0, 9.0, 7.0])
    assert Naive().forecast(history, (1, 13, 24)) == {1: 7.0, 13: 7.0, 24: 7.0}


@pytest.mark.parametrize(
    ("horizon", "place"),
    [(1, 18), (2, 19), (11, 28), (12, 29), (13, 18), (24, 29), (25, 18)],
    ids=lambda value: str(value),
)
def test_seasonal_naive_is_the_newest_price_of_that_month(history_of, horizon, place):
    history = history_of(100.0 + np.arange(30.0))  # 1990-01 to 1992-06
    assert SeasonalNaive().forecast(history, (horizon,)) == {horizon: 100.0 + place}
    assert history.prices.index[place].month == (history.last + horizon).month


def test_seasonal_drift_of_one_year_changes_as_last_year_did(history_of):
    history = history_of([10.0, 20.0, *[50.0] * 10, 30.0])  # January 10, February 20, January 30
    assert SeasonalNaiveDrift(1).forecast(history, (1,))[1] == pytest.approx(30.0 * 20 / 10)
    assert SeasonalNaiveDrift(1).forecast(history, (12,))[12] == pytest.approx(30.0 * 30 / 10)


def test_seasonal_drift_of_two_years_takes_the_geometric_mean(history_of):
    years = [[10.0, 20.0, *[50.0] * 10], [10.0, 80.0, *[50.0] * 10], [30.0]]
    history = history_of(np.concatenate(years))  # doubled in one year, eightfold in the next
    assert SeasonalNaiveDrift(2).forecast(history, (1,))[1] == pytest.approx(30.0 * 4)


@pytest.mark.parametrize(
    ("horizon", "factor"), [(13, 21 / 10), (24, 27 / 10)], ids=["13_ahead", "24_ahead"]
)
def test_seasonal_drift_beyond_a_year_takes_changes_that_long(history_of, horizon, factor):
    prices = [10.0] * 25
    prices[13], prices[24] = 21.0, 27.0
    history = history_of(prices)
    found = SeasonalNaiveDrift(1).forecast(history, (horizon,))[horizon]
    assert found == pytest.approx(27.0 * factor)


@given(years=st.integers(1, 5), spare=st.integers(0, 14))
@hypothesis_settings(max_examples=30, deadline=None)
def test_seasonal_drift_of_a_fixed_growth_and_season_is_exact(history_of, regular, years, spare):
    known = (years + 2) * 12 + 1 + spare
    prices = regular(known + 25)
    found = SeasonalNaiveDrift(years).forecast(history_of(prices[:known]), HORIZONS)
    assert found == pytest.approx({one: prices[known - 1 + one] for one in HORIZONS}, rel=1e-12)


@pytest.mark.parametrize(
    ("forecaster", "horizon", "needed"),
    [
        (SeasonalNaive(), 1, 12),
        (SeasonalNaive(), 24, 12),
        (SeasonalNaiveDrift(3), 1, 37),
        (SeasonalNaiveDrift(3), 12, 37),
        (SeasonalNaiveDrift(3), 13, 49),
        (SeasonalNaiveDrift(3), 24, 49),
        (SeasonalNaiveDrift(10), 25, 145),
    ],
    ids=lambda value: value if isinstance(value, int) else value.name,
)
def test_forecast_of_too_short_a_history_is_refused_with_its_need(
    history_of, walk, forecaster, horizon, needed
):
    enough = forecaster.forecast(history_of(walk(needed)), (1, horizon))
    assert np.isfinite(enough[horizon])
    sentence = f"{forecaster.name} needs {needed} months of prices; there are {needed - 1}."
    with pytest.raises(HistoryTooShortError, match=sentence):
        forecaster.forecast(history_of(walk(needed - 1)), (horizon,))


def test_forecast_of_a_history_too_short_for_far_horizons_has_the_near_ones(history_of, walk):
    history = history_of(walk(48))
    found = SeasonalNaiveDrift(3).forecast(history, (1, 12, 13))
    assert found == SeasonalNaiveDrift(3).forecast(history, (1, 12))


SMOOTHED_HORIZONS = (1, 3, 12, 13)


def test_smoothing_of_a_fixed_growth_and_season_nearly_goes_on_with_them(history_of, regular):
    """Nearly: its trend is damped."""
    prices = regular(240 + 13)
    found = ExponentialSmoothing().forecast(history_of(prices[:240]), SMOOTHED_HORIZONS)
    assert found == pytest.approx({one: prices[239 + one] for one in SMOOTHED_HORIZONS}, rel=0.02)


def test_smoothing_of_a_season_on_a_level_forecasts_the_season(history_of):
    season = 100.0 * np.exp(0.1 * np.sin(2 * np.pi * np.arange(252) / 12))
    found = ExponentialSmoothing().forecast(history_of(season[:240]), (1, 6, 12))
    assert found == pytest.approx({one: season[239 + one] for one in (1, 6, 12)}, rel=0.01)


def test_smoothing_of_less_than_four_years_is_refused_with_its_need(history_of, walk):
    assert sorted(ExponentialSmoothing().forecast(history_of(walk(48)), (1,))) == [1]
    words = "exponential smoothing needs 48 months of prices; there are 47"
    with pytest.raises(HistoryTooShortError, match=words):
        ExponentialSmoothing().forecast(history_of(walk(47)), (1,))


@pytest.mark.parametrize("seed", range(3), ids=lambda seed: f"seed_{seed}")
def test_smoothing_warns_of_nothing(history_of, walk, seed):
    made = ExponentialSmoothing().forecast(history_of(walk(300, seed=seed, scale=0.2)), (1, 12))
    assert all(price > 0 for price in made.values())


SHARES = st.floats(0.001, 0.999)
PARAMETERS = st.tuples(SHARES, SHARES, SHARES, st.floats(LEAST[3], MOST[3])).map(np.array)


def season_and_noise(months, *, seed):
    """Logarithms of prices that wander around a season."""
    random = np.random.default_rng(seed)
    season = 0.1 * np.sin(2 * np.pi * np.arange(months) / 12)
    return 5 + season + random.normal(0, 0.03, months).cumsum() + random.normal(0, 0.02, months)


def theirs(series):
    return ETSModel(
        series, error="add", trend="add", damped_trend=True, seasonal="add", seasonal_periods=12,
        initialization_method="heuristic",
    )  # fmt: skip


@given(parameters=PARAMETERS, months=st.integers(48, 150), seed=st.integers(0, 99))
@hypothesis_settings(max_examples=30, deadline=None)
def test_smoothing_by_given_parameters_is_that_of_statsmodels(parameters, months, seed):
    series = season_and_noise(months, seed=seed)
    ours = Smoothing(smooth(series).start, parameters)
    expected = theirs(series).smooth(ours.weights)
    np.testing.assert_allclose(ours.errors, expected.resid, atol=1e-9)
    np.testing.assert_allclose(ours.forecast(25), expected.forecast(25), atol=1e-9)


@given(parameters=PARAMETERS, seed=st.integers(0, 99))
@hypothesis_settings(max_examples=30, deadline=None)
def test_slopes_of_smoothing_are_those_of_its_errors(parameters, seed):
    start = smooth(season_and_noise(90, seed=seed)).start
    step = 1e-6
    for place, slope in enumerate(Smoothing(start, parameters).slopes.T):
        more, less = (
            Smoothing(start, parameters + sign * step * np.eye(4)[place]).errors for sign in (1, -1)
        )
        np.testing.assert_allclose(slope, (more - less) / (2 * step), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("seed", range(8), ids=lambda seed: f"seed_{seed}")
def test_smoothing_leaves_as_few_squares_as_statsmodels(seed):
    """As few, nearly: there are several minima, and either may find the lesser one."""
    series = season_and_noise(60 + 40 * seed, seed=seed)
    expected = float((theirs(series).fit(disp=False).resid ** 2).sum())
    assert smooth(series).squares <= expected * 1.001


@given(months=st.integers(48, 200), seed=st.integers(0, 99))
@hypothesis_settings(max_examples=30, deadline=None)
def test_smoothing_ends_where_no_parameter_can_leave_fewer_squares(months, seed):
    found = smooth(season_and_noise(months, seed=seed))
    for sign in (-1, 1):
        for place in range(4):
            moved = np.clip(found.parameters + sign * 1e-3 * np.eye(4)[place], LEAST, MOST)
            assert Smoothing(found.start, moved).squares >= found.squares * (1 - 2e-4)


def test_smoothing_of_a_constant_series_goes_on_with_it():
    found = smooth(np.full(60, 3.0))
    np.testing.assert_allclose(found.forecast(13), np.full(13, 3.0), rtol=1e-12)


def test_smoothing_of_its_own_forecast_has_no_errors():
    first = Smoothing(smooth(season_and_noise(60, seed=1)).start, GUESS)
    longer = np.concatenate([first.start.series, first.forecast(24)])
    again = Smoothing(smooth(longer).start, GUESS)
    np.testing.assert_allclose(again.errors[60:], 0, atol=1e-12)
