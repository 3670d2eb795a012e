"""The months to come."""

import numpy as np
import pandas as pd
import pytest

from milkprice.errors import SettingError, TrainingError
from milkprice.forecasting import History
from milkprice.forecasting.forecasters import LastValue, SeasonalDrift
from milkprice.forecasting.outlook import outlook


def history(months=240, *, noise=0.0):
    index = pd.period_range("2000-01", periods=months, freq="M", name="month")
    wave = 0.1 * np.sin(2 * np.pi * np.arange(months) / 12)
    errors = np.random.default_rng(1).normal(0, noise, months) if noise else 0.0
    prices = pd.Series(np.exp(5 + 0.002 * np.arange(months) + wave + errors), index=index)
    nothing = pd.DataFrame(index=index)
    return History(prices, nothing, nothing)


def test_outlook_begins_after_the_last_known_price():
    made = outlook(history(), SeasonalDrift(3), months=3)
    assert (made.last, made.judged, made.forecaster) == (
        "2019-12", 120, "seasonal drift, 3 years",
    )  # fmt: skip
    assert [(one.month, one.horizon) for one in made.months] == [
        ("2020-01", 1), ("2020-02", 2), ("2020-03", 3),
    ]  # fmt: skip
    assert made.months[0].baselines["last value"] == pytest.approx(made.price)


def test_outlook_of_a_price_that_never_errs_has_ranges_without_width():
    for one in outlook(history(), SeasonalDrift(3)).months:
        assert one.likely.high - one.likely.low == pytest.approx(0, abs=1e-6)
        assert one.wide.high - one.wide.low == pytest.approx(0, abs=1e-6)


def test_outlook_of_a_noisy_price_has_ranges_that_enclose_each_other():
    for one in outlook(history(noise=0.05), LastValue()).months:
        assert one.wide.low < one.likely.low < one.price < one.likely.high < one.wide.high


@pytest.mark.parametrize("months", [0, 13])
def test_outlook_too_near_or_too_far_is_refused(months):
    with pytest.raises(SettingError, match="expected 1 to 12"):
        outlook(history(), LastValue(), months=months)


def test_outlook_judged_by_too_few_months_says_how_many_are_needed():
    with pytest.raises(TrainingError, match="needs 19 backtest months, there are 10"):
        outlook(history(), LastValue(), judged=10)
