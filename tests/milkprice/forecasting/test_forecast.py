"""The months to come, and what such forecasts were worth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from milkprice.forecasting.backtest import FORECASTER, TARGET
from milkprice.forecasting.codec import decode_forecast, encode_forecast
from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.forecast import backtest_forecasters, make_forecast
from milkprice.forecasting.forecasters import BASELINES, select_forecasters
from milkprice.forecasting.forecasters.classical import SeasonalNaiveDrift
from milkprice.forecasting.selection import AVERAGE, ENSEMBLE, geometric_mean
from milkprice.forecasting.settings import ForecastSettings
from milkprice.settings import Delays

DRIFTS = tuple(f"seasonal drift, {years} years" for years in (3, 5, 10))
QUICK = ForecastSettings(forecasters=DRIFTS[:1])
MONTHS = 240  # to 2009-12


@pytest.fixture(scope="module")
def history(history_of, walk):
    return history_of(walk(MONTHS, seed=5))


@pytest.fixture(scope="module")
def made(history):
    return make_forecast(history, ForecastSettings(forecasters=DRIFTS))


def test_forecast_reaches_the_twelve_months_after_the_last_price(made, history):
    assert (made.origin, made.start, made.forecaster) == ("2009-12", "1990-01", ENSEMBLE)
    assert [one.horizon for one in made.future] == list(range(1, 13))
    assert [one.month for one in made.future] == [
        str(month) for month in pd.period_range("2010-01", "2010-12", freq="M")
    ]
    assert made.prices == tuple(history.prices)


def test_forecast_is_the_mean_of_its_members(made, history):
    for one in made.future:
        said = [drift.forecast(history, (one.horizon,))[one.horizon]
                for drift in select_forecasters(one.members, Delays())]  # fmt: skip
        assert one.price == pytest.approx(geometric_mean(said))
        assert sorted(one.members) == sorted(DRIFTS)


def test_forecast_has_the_baselines_beside_it(made, history):
    for one in made.future:
        assert one.baselines == {
            "naive": history.prices.iloc[-1],
            "seasonal naive": history.prices[pd.Period(one.month, "M") - 12],
        }


def test_forecast_has_intervals_that_enclose_each_other(made):
    for one in made.future:
        assert (
            one.interval_95.low
            < one.interval_80.low
            < one.price
            < one.interval_80.high
            < one.interval_95.high
        )


def test_forecast_reports_the_newest_months_at_each_horizon(made, history):
    for horizon in (1, 3, 6, 12):
        here = [one for one in made.past if one.horizon == horizon]
        assert [one.month for one in here] == [str(one) for one in history.prices.index[-40:]]
        assert [one.actual for one in here] == history.prices[-40:].tolist()
    assert len(made.past) == 4 * 40


def test_forecast_of_the_past_is_what_a_forecast_made_then_was(made, history):
    """At the end of 2009-09: the months after it are unknown, and nothing changes by that."""
    then = replace(history, prices=history.prices[:-3])
    before = make_forecast(then, ForecastSettings(forecasters=DRIFTS))
    for horizon in (1, 3):
        past = made.at(before.future[horizon - 1].month, horizon=horizon)
        assert before.future[horizon - 1].price == pytest.approx(past.price)
        assert before.future[horizon - 1].baselines == past.baselines
        assert before.future[horizon - 1].interval_95.low == pytest.approx(past.interval_95.low)


def test_forecast_has_a_row_for_every_forecaster(made):
    everybody = {*DRIFTS, AVERAGE, ENSEMBLE, "naive", "seasonal naive"}
    assert {(one.forecaster, one.horizon) for one in made.leaderboard} == {
        (name, horizon) for name in everybody for horizon in (1, 3, 6, 12)
    }
    assert {one.accuracy.months for one in made.leaderboard} == {40}


def test_forecast_leaderboard_is_of_its_own_past(made):
    for one in made.leaderboard:
        if one.forecaster == ENSEMBLE:
            errors = [past.price - past.actual for past in made.past if past.horizon == one.horizon]
            assert one.accuracy.mae == pytest.approx(np.mean(np.abs(errors)))


def test_forecast_has_the_last_known_month_of_each_source(made, history):
    assert made.known == {"prices": "2009-12", "rainfall": "2009-12", "macro": "2009-12"}
    dry = replace(history, rainfall=history.rainfall[:-5], macro=history.macro[:0])
    assert make_forecast(dry, QUICK).known == {"prices": "2009-12", "rainfall": "2009-07"}


def test_forecast_has_its_settings(made):
    assert ForecastSettings.of(made.settings) == ForecastSettings(forecasters=DRIFTS)


def test_forecast_of_the_same_history_is_the_same_bytes(made, history):
    again = make_forecast(history, ForecastSettings(forecasters=DRIFTS))
    assert encode_forecast(again) == encode_forecast(made)
    assert decode_forecast(encode_forecast(made), where="it") == made


def test_forecast_with_other_horizons_is_evaluated_at_them_and_forecasts_the_same(history):
    ours, theirs = (
        make_forecast(history, replace(QUICK, horizons=horizons)) for horizons in ((1, 12), (2,))
    )
    assert (
        {one.horizon for one in theirs.past} == {one.horizon for one in theirs.leaderboard} == {2}
    )
    assert ours.future == theirs.future


@pytest.mark.parametrize("delay", [1, 3], ids=lambda delay: f"{delay}_late")
def test_forecast_with_late_prices_begins_after_the_month_of_their_publication(history, delay):
    late = make_forecast(history, replace(QUICK, delays=Delays(prices=delay)))
    assert late.origin == str(history.last + delay)
    assert late.known["prices"] == "2009-12"
    assert late.future[0].month == str(history.last + delay + 1)
    drift = SeasonalNaiveDrift(3).forecast(history, (1 + delay, 12 + delay))
    assert late.future[0].price == pytest.approx(drift[1 + delay])
    assert late.future[-1].price == pytest.approx(drift[12 + delay])


def test_forecast_with_late_prices_evaluates_forecasts_from_further_away(history):
    late = make_forecast(history, replace(QUICK, delays=Delays(prices=2)))
    on_time = make_forecast(history, replace(QUICK, horizons=(3,)))
    ours = {one.month: one.price for one in late.past if one.horizon == 1}
    assert ours == {one.month: one.price for one in on_time.past}


@pytest.mark.slow
def test_forecast_with_a_sliding_window_sees_nothing_before_it(history):
    ridge = ForecastSettings(forecasters=("ridge, all months",), months=20)
    expanding = make_forecast(history, ridge)
    sliding = make_forecast(history, replace(ridge, window=120))
    assert all(
        ours.price != theirs.price
        for ours, theirs in zip(sliding.future, expanding.future, strict=True)
    )
    assert sliding.settings["window"] == 120
    assert sliding.prices == expanding.prices


def test_forecast_of_a_price_that_never_errs_has_intervals_without_width(history_of, regular):
    for one in make_forecast(history_of(regular(MONTHS)), QUICK).future:
        assert one.interval_80.high - one.interval_80.low == pytest.approx(0, abs=1e-6)
        assert one.interval_95.high - one.interval_95.low == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "least"),
    [
        (QUICK, 102),
        (replace(QUICK, delays=Delays(prices=3)), 120),
        (replace(QUICK, months=1, horizons=(1,)), 102),
    ],
    ids=["usual", "late", "one_month"],
)
def test_forecast_of_too_short_a_history_is_refused_with_the_months_it_needs(
    history_of, walk, settings, least
):
    words = (
        rf"A backtest needs {least} months of prices; there are {least - 1}, from .*: add earlier"
    )
    with pytest.raises(HistoryTooShortError, match=words):
        make_forecast(history_of(walk(least - 1)), settings)
    with pytest.raises(HistoryTooShortError, match=rf"needs {least} .* there are 30, "):
        make_forecast(history_of(walk(30)), settings)
    made = make_forecast(history_of(walk(least)), settings)
    assert {one.accuracy.months for one in made.leaderboard} == {min(settings.months, 18)}


def test_forecast_of_a_short_history_is_evaluated_on_fewer_months(history_of, walk):
    young = make_forecast(history_of(walk(110)), QUICK)
    assert {one.accuracy.months for one in young.leaderboard} == {26}
    assert [one.horizon for one in young.past].count(1) == 26
    assert len(young.future) == 12


@pytest.mark.slow
def test_forecast_of_stale_data_has_no_member_that_needs_them(history):
    """Rain ends a year before the price: the search took part in the past and does no more."""
    stale = replace(history, rainfall=history.rainfall[:-13])
    settings = ForecastSettings(forecasters=(*DRIFTS[:2], "notebook's search"), months=20)
    tried = backtest_forecasters(
        stale, select_forecasters(settings.forecasters, settings.delays), settings
    )
    search = tried.results[tried.results[FORECASTER] == "notebook's search"]
    assert search[TARGET].min() < pd.Period("2008-12", "M")
    assert search[search["horizon"] == 1][TARGET].max() == pd.Period("2009-01", "M")
    found = make_forecast(stale, settings)
    assert {one.members for one in found.future} <= {DRIFTS[:2], DRIFTS[1::-1]}


@pytest.mark.slow
def test_forecast_without_an_able_forecaster_is_refused(history):
    stale = replace(history, rainfall=history.rainfall[:-13])
    settings = ForecastSettings(forecasters=("notebook's search",), months=20)
    with pytest.raises(HistoryTooShortError, match="A forecast 1 month ahead needs a forecaster"):
        make_forecast(stale, settings)


@pytest.mark.parametrize(
    ("window", "by", "words"),
    [
        (36, DRIFTS[0], "A forecast 1 month ahead needs a forecaster that knows enough now"),
        (80, "ridge, all months", "A forecast 6 months ahead needs a forecaster that knows enough"),
    ],
    ids=["nobody_at_all", "nobody_so_far_ahead"],
)
def test_forecast_with_a_window_too_short_for_its_forecasters_is_refused(
    history, window, by, words
):
    settings = ForecastSettings(forecasters=(by,), window=window, months=14)
    with pytest.raises(HistoryTooShortError, match=words):
        make_forecast(history, settings)


@pytest.mark.slow
def test_forecast_with_a_forecaster_for_some_horizons_has_it_as_member_there(history):
    settings = ForecastSettings(
        forecasters=(DRIFTS[0], "ridge, all months"), window=92, months=14, selection_months=60
    )
    found = make_forecast(history, settings)
    reached = ["ridge, all months" in one.members for one in found.future]
    assert any(reached)
    assert reached == sorted(reached, reverse=True)


def test_backtest_forecasters_has_baselines_candidates_and_ensembles(history):
    tried = backtest_forecasters(
        history, select_forecasters(DRIFTS, Delays()), ForecastSettings(forecasters=DRIFTS)
    )
    names = {*(one.name for one in BASELINES), *DRIFTS, AVERAGE, ENSEMBLE}
    assert set(tried.results[FORECASTER]) == names
    assert tried.reported[TARGET].min() == tried.first == history.last - 39
