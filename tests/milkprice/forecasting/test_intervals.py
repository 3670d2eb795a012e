"""Intervals hold the share of prices that they promise."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.data.sample import generate
from milkprice.forecasting.accuracy import (
    backtest_intervals,
    conformal_factor,
    interval_around,
)
from milkprice.forecasting.backtest import (
    ACTUAL,
    COLUMNS,
    FORECAST,
    HORIZON,
    TARGET,
    Plan,
    backtest,
)
from milkprice.forecasting.document import Interval
from milkprice.forecasting.forecast import make_forecast
from milkprice.forecasting.forecasters.classical import Naive
from milkprice.forecasting.history import History
from milkprice.forecasting.settings import ForecastSettings
from milkprice.stages import clean_source
from milkprice.training.errors import TrainingError

FIRST = pd.Period("1990-01", "M")
NOW = pd.Period("2026-11", freq="M")


def results_of(actuals, *, horizon):
    """Results of a forecaster that always says 100."""
    return pd.DataFrame(
        [
            ("hundred", horizon, FIRST + month - horizon, FIRST + month, 100.0, actual)
            for month, actual in enumerate(actuals)
        ],
        columns=COLUMNS,
    )


def intervals_of(rows, **options):
    """Intervals of rows of a backtest at one horizon."""
    forecasts, actuals = rows[FORECAST].to_numpy(dtype=float), rows[ACTUAL].to_numpy(dtype=float)
    return backtest_intervals(forecasts, actuals, **options)


def coverage(results, *, level, least, delay=0):
    """Share of prices within their interval by horizon, each of the errors known at its origin."""
    shares = {}
    for horizon, rows in results.sort_values(TARGET).groupby(HORIZON):
        intervals = intervals_of(rows, horizon=horizon, level=level, least=least, delay=delay)
        within = [price in one for price, one in zip(rows[ACTUAL], intervals, strict=True) if one]
        if within:
            shares[horizon] = float(np.mean(within))
    return shares


@pytest.mark.parametrize(
    ("months", "level", "rank"),
    [(19, 0.95, 19), (38, 0.95, 38), (39, 0.95, 38), (4, 0.80, 4), (9, 0.80, 8), (10, 0.80, 9)],
    ids=lambda value: str(value),
)
def test_conformal_factor_is_the_conformal_order_statistic(months, level, rank):
    factors = np.random.default_rng(0).permutation(1.0 + 0.01 * np.arange(1, months + 1))
    actuals = 100.0 * np.where(np.arange(months) % 2, factors, 1 / factors)  # above and below
    found = conformal_factor(np.full(months, 100.0), actuals, level=level)
    assert found == pytest.approx(1.0 + 0.01 * rank)


@pytest.mark.parametrize(
    ("level", "least"),
    [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99)],
    ids=["50", "80", "90", "95", "99"],
)
def test_conformal_factor_of_too_few_months_is_refused_with_the_number_that_is_enough(level, least):
    prices = 100.0 + np.arange(least)
    assert conformal_factor(np.full(least, 100.0), prices, level=level) == pytest.approx(
        prices[-1] / 100
    )
    sentence = f"An interval of {level:.0%} needs {least} backtest months, there are {least - 1}"
    with pytest.raises(TrainingError, match=sentence):
        conformal_factor(np.full(least - 1, 100.0), prices[1:], level=level)


@given(
    pairs=st.lists(st.tuples(*[st.floats(1.0, 1e4)] * 2), min_size=19, max_size=60),
    level=st.sampled_from([0.5, 0.8, 0.95]),
)
@hypothesis_settings(max_examples=60, deadline=None)
def test_conformal_factor_holds_at_least_its_share_of_what_it_was_made_of(pairs, level):
    forecasts, actuals = np.array(pairs).T
    factor = conformal_factor(forecasts, actuals, level=level)
    within = [
        actual in interval_around(forecast, factor * (1 + 1e-9))
        for forecast, actual in zip(forecasts, actuals, strict=True)
    ]
    assert factor >= 1.0
    assert np.mean(within) >= level


def test_interval_around_reaches_as_far_down_as_up_and_holds_its_ends():
    interval = interval_around(200.0, 1.25)
    assert interval == Interval(160.0, 250.0)
    held = [price in interval for price in (159.9, 160.0, 200.0, 250.0, 250.1)]
    assert held == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("horizon", "delay"), [(1, 0), (2, 0), (6, 0), (1, 2), (3, 1)], ids=lambda value: str(value)
)
def test_coverage_uses_errors_known_at_the_origin_and_no_later_ones(horizon, delay):
    hidden = horizon + delay - 1  # targets after the newest price known at the last origin
    actuals = [101.0] * (30 + hidden) + [110.0]
    last_only = {"level": 0.8, "least": 30, "delay": delay}

    def share(first_wild, wilds):
        """Whether the last price lies within, with some months before it gone wild."""
        wild = np.array(actuals)
        wild[first_wild : first_wild + wilds] = 500.0
        return coverage(results_of(wild, horizon=horizon), **last_only)[horizon]

    assert share(0, 0) == 0.0
    assert share(30, hidden) == 0.0  # unknown: the interval stays narrow
    assert share(30 - 10, 10) == 1.0  # known: it widens


@pytest.mark.parametrize(
    ("months", "level", "promised"),
    [(39, 0.95, 38 / 40), (19, 0.95, 19 / 20), (24, 0.8, 20 / 25), (26, 0.8, 22 / 27)],
    ids=["39_months_95", "19_months_95", "24_months_80", "26_months_80"],
)
def test_interval_of_independent_errors_holds_what_conformal_promises(months, level, promised):
    """The rank over one more than the months, exactly and whatever the noise."""
    noise = np.exp(np.random.default_rng(0).laplace(0.0, 0.1, (4000, months + 1)))
    said = np.full(months, 100.0)
    held = [
        100.0 * row[-1]
        in interval_around(100.0, conformal_factor(said, 100.0 * row[:-1], level=level))
        for row in noise
    ]
    assert np.mean(held) == pytest.approx(promised, abs=0.015)


@pytest.fixture(scope="module")
def simulated(history_of, walk):
    """Results of the naive forecast over twelve series that move by 3 % a month."""
    histories = [history_of(walk(400, seed=seed)) for seed in range(12)]
    plan = Plan(FIRST + 40, histories[0].last, (1, 3, 6))
    return [backtest(history, [Naive()], plan) for history in histories]


@pytest.fixture(scope="module", params=[42, 1, 2], ids=lambda seed: f"seed_{seed}")
def sample_history(request):
    """The sample's own process, as it is read from its files."""
    return History.of(clean_source(generate(seed=request.param).files, clean="repaired", as_of=NOW))


@pytest.fixture(scope="module")
def sample_forecast(sample_history):
    """The forecast of the top-3 ensemble, judged by twenty years of the sample."""
    names = [f"seasonal drift, {years} years" for years in (3, 5, 10)]
    return make_forecast(
        sample_history, ForecastSettings(months=240, forecasters=(*names, "ridge, all months"))
    )


@pytest.mark.parametrize(
    ("level", "low", "high"), [(0.95, 0.93, 0.97), (0.80, 0.77, 0.83)], ids=["95", "80"]
)
def test_interval_on_simulated_series_holds_its_share(simulated, level, low, high):
    shares = pd.DataFrame([coverage(one, level=level, least=40) for one in simulated]).mean()
    assert sorted(shares.index) == [1, 3, 6]
    assert shares.between(low, high).all(), shares.to_dict()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("level", "low", "high"), [(0.95, 0.90, 0.99), (0.80, 0.72, 0.88)], ids=["95", "80"]
)
def test_interval_of_the_top3_ensemble_holds_its_share_on_the_sample(
    sample_forecast, level, low, high
):
    held = [one for one in sample_forecast.coverage if one.level == level]
    # A year ahead the first of them knew too few errors for 95 %.
    assert [one.months for one in held] == [240, 240, 240, 235 if level == 0.95 else 240]
    share = sum(one.share * one.months for one in held) / sum(one.months for one in held)
    assert low <= share <= high


@pytest.mark.slow
def test_coverage_of_a_forecast_is_counted_from_its_own_past(sample_forecast):
    for one in sample_forecast.coverage:
        here = [past for past in sample_forecast.past if past.horizon == one.horizon]
        ranges = [past.interval_95 if one.level == 0.95 else past.interval_80 for past in here]
        within = [past.actual in found for past, found in zip(here, ranges, strict=True) if found]
        assert (one.share, one.months) == (np.mean(within), len(within))


def test_interval_grows_with_the_horizon(simulated):
    factors = [
        conformal_factor(rows[FORECAST].to_numpy(), rows[ACTUAL].to_numpy(), level=0.95)
        for _, rows in pd.concat(simulated).groupby(HORIZON)
    ]
    assert factors == sorted(factors)
    assert factors[0] == pytest.approx(np.exp(1.96 * 0.03), rel=0.01)


@pytest.mark.parametrize(("horizon", "delay"), [(1, 0), (3, 0), (3, 2)], ids=["1", "3", "3_late"])
def test_backtest_interval_is_of_the_errors_known_and_none_before(horizon, delay):
    actuals = 100.0 * np.exp(np.random.default_rng(0).normal(0.0, 0.05, 60))
    results = results_of(actuals, horizon=horizon)
    found = intervals_of(results, horizon=horizon, level=0.95, delay=delay)
    first = 19 + horizon + delay - 1
    assert found[:first] == [None] * first
    for place in (first, 40, 59):
        known = place - horizon - delay + 1
        factor = conformal_factor(np.full(known, 100.0), actuals[:known], level=0.95)
        assert found[place] == interval_around(100.0, factor)


def test_backtest_intervals_of_no_forecast_is_none():
    assert intervals_of(results_of([], horizon=1), horizon=1, level=0.8) == []
