"""Errors, the test of Diebold and Mariano, and the leaderboard."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy import stats

from milkprice.forecasting.accuracy import accuracies, compare, forecast_tables, leaderboard
from milkprice.forecasting.backtest import (
    COLUMNS,
    Plan,
    backtest,
)
from milkprice.forecasting.forecasters.classical import SeasonalNaive
from milkprice.training.errors import TrainingError

FIRST = pd.Period("1990-01", "M")
ERRORS = st.lists(st.tuples(*[st.floats(-1e3, 1e3)] * 2), min_size=9, max_size=40).map(
    lambda pairs: np.array(pairs).T
)


def results_of(*rows):
    """Results of forecaster, horizon, months after 1990-01, forecast and actual price."""
    return pd.DataFrame(
        [
            (name, horizon, FIRST + month - horizon, FIRST + month, forecast, actual)
            for name, horizon, month, forecast, actual in rows
        ],
        columns=COLUMNS,
    )


def test_forecast_tables_hold_each_forecast_once_at_its_month_and_name():
    results = results_of(
        ("b", 1, 25, 2.0, 20.0), ("a", 1, 24, 1.0, 10.0), ("b", 3, 24, 3.0, 10.0),
    )  # fmt: skip
    tables = forecast_tables(results)
    assert list(tables) == [1, 3]
    assert tables[1].names == ["b", "a"]
    assert list(tables[1].targets) == [FIRST + 24, FIRST + 25]
    assert list(tables[1].origins) == [FIRST + 23, FIRST + 24]
    assert tables[1].actuals.tolist() == [10.0, 20.0]
    assert tables[1].select(["a"])[0].tolist() == [1.0]
    months, forecasts, actuals = tables[1].of("b")
    assert (list(months), forecasts.tolist(), actuals.tolist()) == ([FIRST + 25], [2.0], [20.0])


@pytest.fixture(scope="module")
def prices(history_of):
    """Twelve months at 100, then 104, 96, 104, 96 ...: 4 away from last year's."""
    return history_of([100.0] * 12 + [104.0, 96.0] * 6 + [500.0] * 12).prices


def test_accuracies_by_hand(prices):
    results = results_of(("one", 1, 24, 103.0, 100.0), ("one", 1, 25, 196.0, 200.0))
    found = accuracies(results, prices)["one", 1]
    assert found.mae == pytest.approx(3.5)
    assert found.rmse == pytest.approx(np.sqrt((9 + 16) / 2))
    assert found.mape == pytest.approx((0.03 + 0.02) / 2)
    assert found.mase == pytest.approx(3.5 / 4)
    assert found.months == 2


def test_accuracies_are_of_each_forecaster_at_each_horizon(prices):
    results = results_of(
        ("one", 1, 24, 101.0, 100.0),
        ("two", 1, 24, 98.0, 100.0),
        ("one", 3, 26, 104.0, 100.0),
        ("one", 1, 25, 103.0, 100.0),
    )
    found = accuracies(results, prices)
    assert {key: (one.mae, one.months) for key, one in found.items()} == {
        ("one", 1): (2.0, 2),
        ("two", 1): (2.0, 1),
        ("one", 3): (4.0, 1),
    }


def test_accuracies_scale_uses_no_price_from_the_first_target_on(prices):
    results = results_of(("one", 1, 24, 103.0, 100.0))
    other = prices.copy()
    other.iloc[24:] *= 7.0
    assert accuracies(results, other) == accuracies(results, prices)


def test_accuracies_of_last_years_price_where_all_stays_as_it_was_have_mase_one(history_of):
    random = np.random.default_rng(0)
    steps = random.permutation(np.tile([-3.0, 3.0], 30))
    prices = (100.0 + np.tile(steps[:12], 5) + 5.0 * np.repeat(np.arange(5), 12)).tolist()
    history = history_of(prices)
    results = backtest(history, [SeasonalNaive()], Plan(FIRST + 36, FIRST + 59, (1, 12)))
    found = accuracies(results, history.prices)
    assert [one.mase for one in found.values()] == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("known", [11, 12], ids=["11_months", "12_months"])
def test_accuracies_of_a_year_or_less_before_the_backtest_are_refused(prices, known):
    with pytest.raises(TrainingError, match="MASE needs more than 12 months of prices"):
        accuracies(results_of(("one", 1, known, 1.0, 1.0)), prices)
    assert accuracies(results_of(("one", 1, 13, 1.0, 1.0)), prices)["one", 1].mae == 0.0


@given(pairs=st.lists(st.tuples(*[st.floats(1.0, 1e4)] * 2), min_size=1, max_size=30))
@hypothesis_settings(max_examples=50, deadline=None)
def test_accuracies_rmse_is_at_least_mae_and_at_most_the_largest_error(prices, pairs):
    rows = [("one", 1, 24 + place, *pair) for place, pair in enumerate(pairs)]
    found = accuracies(results_of(*rows), prices)["one", 1]
    largest = max(abs(forecast - actual) for forecast, actual in pairs)
    assert found.mae <= found.rmse * (1 + 1e-12)
    assert found.rmse <= largest * (1 + 1e-12)


class TestCompare:
    @given(errors=ERRORS)
    @hypothesis_settings(max_examples=60, deadline=None)
    def test_compare_one_month_ahead_is_the_paired_t_test(self, errors):
        """The two are the same, not only nearly.

        With s^2 the variance over n - 1, the t-test divides the gain by s / sqrt(n). Diebold and
        Mariano take the variance over n, so their ratio is t sqrt(n / (n - 1)); the mend of
        Harvey, Leybourne and Newbold is sqrt((n + 1 - 2h + h (h - 1) / n) / n), which for h = 1 is
        sqrt((n - 1) / n): both cancel, and both ask Student with n - 1.
        """
        first, second = errors
        difference = np.abs(second) - np.abs(first)
        assume(np.ptp(difference) > 1e-6)
        ours = compare(first, second, horizon=1)
        theirs = stats.ttest_rel(np.abs(second), np.abs(first))
        interval = theirs.confidence_interval(0.95)
        assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-6, abs=1e-12)
        assert (ours.low, ours.high) == pytest.approx(tuple(interval), rel=1e-6, abs=1e-6)

    def test_compare_two_months_ahead_by_hand(self):
        # Around 3: -2 -1 1 2 0. Variance 10/5, neighbours 3/5 at weight 1/2, twice: 2.6.
        # Months that count: 5 + 1 - 4 + 2/5 = 2.4, so the error is sqrt(2.6 / 2.4).
        found = compare(np.zeros(5), np.array([1.0, -2.0, 4.0, 5.0, -3.0]), horizon=2)
        error = np.sqrt(2.6 / 2.4)
        assert found.gain == 3.0
        assert found.p_value == pytest.approx(2 * stats.t.sf(3.0 / error, 4))
        assert found.high - found.gain == pytest.approx(stats.t.ppf(0.975, 4) * error)
        assert found.gain - found.low == pytest.approx(stats.t.ppf(0.975, 4) * error)

    @given(errors=ERRORS, horizon=st.integers(1, 7))
    @hypothesis_settings(max_examples=60, deadline=None)
    def test_compare_swapped_turns_the_gain_and_keeps_the_p_value(self, errors, horizon):
        ours, theirs = compare(*errors, horizon=horizon), compare(*errors[::-1], horizon=horizon)
        assert (theirs.gain, theirs.low, theirs.high) == (-ours.gain, -ours.high, -ours.low)
        assert theirs.p_value == ours.p_value
        assert 0.0 <= ours.p_value <= 1.0
        assert ours.low <= ours.gain <= ours.high

    @given(errors=ERRORS, horizon=st.integers(1, 7))
    @hypothesis_settings(max_examples=30, deadline=None)
    def test_compare_looks_at_the_size_of_errors_alone(self, errors, horizon):
        first, second = errors
        assert compare(-first, second, horizon=horizon) == compare(first, second, horizon=horizon)

    @pytest.mark.parametrize("horizon", [1, 6], ids=lambda horizon: f"{horizon}_ahead")
    def test_compare_of_equal_errors_finds_nothing(self, horizon):
        errors = np.random.default_rng(0).normal(size=30)
        found = compare(errors, -errors, horizon=horizon)
        assert (found.gain, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)

    @pytest.mark.parametrize("horizon", [1, 6], ids=lambda horizon: f"{horizon}_ahead")
    @pytest.mark.parametrize("gain", [2.0, 0.1], ids=["exact", "rounded"])
    def test_compare_of_a_gain_that_never_varies_is_certain(self, horizon, gain):
        found = compare(np.full(30, 1.0), np.full(30, -1.0 - gain), horizon=horizon)
        assert (found.gain, found.low, found.high) == pytest.approx((gain,) * 3)
        assert found.p_value < 1e-12

    @pytest.mark.parametrize(
        ("horizon", "low", "high"),
        [(1, 0.02, 0.10), (6, 0.01, 0.15)],
        ids=["1_ahead", "6_ahead"],
    )
    def test_compare_of_equally_good_forecasters_cries_wolf_as_often_as_it_says(
        self, horizon, low, high
    ):
        random = np.random.default_rng(0)
        shocks = random.normal(size=(600, 2, 60 + horizon - 1))
        summed = np.lib.stride_tricks.sliding_window_view(shocks, horizon, axis=-1).sum(axis=-1)
        found = [compare(*errors, horizon=horizon).p_value for errors in summed]
        assert low < np.mean(np.array(found) < 0.05) < high
        assert 0.4 < np.mean(found) < 0.6
        if horizon == 1:
            assert stats.kstest(found, "uniform").pvalue > 0.01

    @pytest.mark.parametrize("horizon", [1, 3, 12], ids=lambda horizon: f"{horizon}_ahead")
    def test_compare_of_too_few_months_is_refused_with_the_number(self, horizon):
        errors = np.random.default_rng(0).normal(size=(2, horizon + 2))
        assert np.isfinite(compare(*errors, horizon=horizon).p_value)
        sentence = f"more than {horizon + 1} months are needed.*there are {horizon + 1} and"
        with pytest.raises(TrainingError, match=sentence):
            compare(*errors[:, 1:], horizon=horizon)

    @pytest.mark.parametrize(
        ("first", "second"), [(30, 29), (29, 30), (30, 1), (1, 30)], ids=lambda value: str(value)
    )
    def test_compare_of_other_months_is_refused(self, first, second):
        with pytest.raises(
            TrainingError, match=f"the same for both; there are {first} and {second}"
        ):
            compare(np.ones(first), np.zeros(second), horizon=1)


MONTHS = pd.period_range("2019-01", periods=20, freq="M")


def rows(forecaster, horizon, errors):
    return pd.DataFrame({
        "forecaster": forecaster, "horizon": horizon, "origin": MONTHS - horizon,
        "target": MONTHS, "forecast": 200.0 + np.asarray(errors), "actual": 200.0,
    })  # fmt: skip


@pytest.fixture
def rising_prices():
    index = pd.period_range("2016-01", MONTHS[-1], freq="M")
    return pd.Series(100.0 + np.arange(len(index)), index=index)


def test_leaderboard_rank_by_error_and_compare_with_the_best_baseline(rising_prices):
    wave = np.resize([1.0, 2.0, 3.0], 20)
    results = pd.concat(
        [rows("ours", 1, wave), rows("naive", 1, 2 * wave), rows("worse", 1, 3 * wave),
         rows("ours", 3, wave), rows("naive", 3, 4 * wave), rows("worse", 3, 3 * wave)]
    )  # fmt: skip
    found = leaderboard(results, rising_prices, baselines=["naive", "worse"])
    assert [(one.horizon, one.forecaster) for one in found] == [
        (1, "ours"), (1, "naive"), (1, "worse"), (3, "ours"), (3, "worse"), (3, "naive"),
    ]  # fmt: skip
    assert [one.baseline for one in found] == ["naive"] * 3 + ["worse"] * 3
    assert [one.comparison is None for one in found] == [False, True, False, False, True, False]
    assert found[0].comparison.gain == pytest.approx(wave.mean())
    assert found[2].comparison.gain == pytest.approx(-wave.mean())


def test_leaderboard_of_months_in_any_order_are_the_same(rising_prices):
    wave = np.arange(20.0)
    results = pd.concat([rows("ours", 1, wave), rows("naive", 1, wave[::-1] * 2)])
    mixed = results.sample(frac=1, random_state=0)
    ordered = leaderboard(results, rising_prices, baselines=["naive"])
    found = leaderboard(mixed, rising_prices, baselines=["naive"])
    assert [one.forecaster for one in found] == [one.forecaster for one in ordered]
    assert found[0].comparison == ordered[0].comparison


def test_leaderboard_of_fewer_months_come_last_and_are_compared_on_their_own(rising_prices):
    wave = np.resize([1.0, 2.0, 3.0], 20)
    late = rows("late", 1, 0.1 * wave).iloc[8:]
    results = pd.concat([rows("ours", 1, wave), rows("naive", 1, 2 * wave), late])
    found = leaderboard(results, rising_prices, baselines=["naive"])
    assert [(one.forecaster, one.accuracy.months) for one in found] == [
        ("ours", 20), ("naive", 20), ("late", 12),
    ]  # fmt: skip
    assert found[2].comparison.gain == pytest.approx(1.9 * wave[8:].mean())


@pytest.mark.parametrize(
    ("months", "tested"), [(4, False), (5, True)], ids=["too_few", "just_enough"]
)
def test_leaderboard_of_too_few_months_for_a_test_have_none(rising_prices, months, tested):
    wave = np.resize([1.0, 2.0, 4.0], 20)
    few = rows("few", 3, wave[::-1]).iloc[-months:]
    results = pd.concat([rows("naive", 3, 2 * wave), few])
    found = {
        one.forecaster: one for one in leaderboard(results, rising_prices, baselines=["naive"])
    }
    assert (found["few"].comparison is not None) is tested
    assert found["few"].accuracy.months == months
