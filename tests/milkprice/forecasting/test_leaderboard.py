"""Forecasters beside the best baseline."""

import numpy as np
import pandas as pd
import pytest

from milkprice.forecasting.accuracy import leaderboard

MONTHS = pd.period_range("2019-01", periods=20, freq="M")


def rows(forecaster, horizon, errors):
    return pd.DataFrame({
        "forecaster": forecaster, "horizon": horizon, "origin": MONTHS - horizon,
        "target": MONTHS, "forecast": 200.0 + np.asarray(errors), "actual": 200.0,
    })  # fmt: skip


@pytest.fixture
def prices():
    index = pd.period_range("2016-01", MONTHS[-1], freq="M")
    return pd.Series(100.0 + np.arange(len(index)), index=index)


def test_standings_rank_by_error_and_compare_with_the_best_baseline(prices):
    wave = np.resize([1.0, 2.0, 3.0], 20)
    results = pd.concat(
        [rows("ours", 1, wave), rows("naive", 1, 2 * wave), rows("worse", 1, 3 * wave),
         rows("ours", 3, wave), rows("naive", 3, 4 * wave), rows("worse", 3, 3 * wave)]
    )  # fmt: skip
    found = leaderboard(results, prices, baselines=["naive", "worse"])
    assert [(one.horizon, one.forecaster) for one in found] == [
        (1, "ours"), (1, "naive"), (1, "worse"), (3, "ours"), (3, "worse"), (3, "naive"),
    ]  # fmt: skip
    assert [one.baseline for one in found] == ["naive"] * 3 + ["worse"] * 3
    assert [one.comparison is None for one in found] == [False, True, False, False, True, False]
    assert found[0].comparison.gain == pytest.approx(wave.mean())
    assert found[2].comparison.gain == pytest.approx(-wave.mean())


def test_standings_of_months_in_any_order_are_the_same(prices):
    wave = np.arange(20.0)
    results = pd.concat([rows("ours", 1, wave), rows("naive", 1, wave[::-1] * 2)])
    mixed = results.sample(frac=1, random_state=0)
    ordered = leaderboard(results, prices, baselines=["naive"])
    found = leaderboard(mixed, prices, baselines=["naive"])
    assert [one.forecaster for one in found] == [one.forecaster for one in ordered]
    assert found[0].comparison == ordered[0].comparison


def test_standings_of_fewer_months_come_last_and_are_compared_on_their_own(prices):
    wave = np.resize([1.0, 2.0, 3.0], 20)
    late = rows("late", 1, 0.1 * wave).iloc[8:]
    results = pd.concat([rows("ours", 1, wave), rows("naive", 1, 2 * wave), late])
    found = leaderboard(results, prices, baselines=["naive"])
    assert [(one.forecaster, one.accuracy.months) for one in found] == [
        ("ours", 20), ("naive", 20), ("late", 12),
    ]  # fmt: skip
    assert found[2].comparison.gain == pytest.approx(1.9 * wave[8:].mean())


@pytest.mark.parametrize(
    ("months", "tested"), [(4, False), (5, True)], ids=["too_few", "just_enough"]
)
def test_standings_of_too_few_months_for_a_test_have_none(prices, months, tested):
    wave = np.resize([1.0, 2.0, 4.0], 20)
    few = rows("few", 3, wave[::-1]).iloc[-months:]
    results = pd.concat([rows("naive", 3, 2 * wave), few])
    found = {one.forecaster: one for one in leaderboard(results, prices, baselines=["naive"])}
    assert (found["few"].comparison is not None) is tested
    assert found["few"].accuracy.months == months
