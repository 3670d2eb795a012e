"""Exponential smoothing, beside what is known of the series it smooths."""

import numpy as np
import pytest

from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.forecasters.smoothing import ExponentialSmoothing

HORIZONS = (1, 3, 12, 13)


def test_smoothing_of_a_fixed_growth_and_season_nearly_goes_on_with_them(history_of, regular):
    """Nearly: its trend is damped."""
    prices = regular(240 + 13)
    found = ExponentialSmoothing().forecast(history_of(prices[:240]), HORIZONS)
    assert found == pytest.approx({one: prices[239 + one] for one in HORIZONS}, rel=0.02)


def test_smoothing_of_a_season_on_a_level_says_the_season(history_of):
    season = 100.0 * np.exp(0.1 * np.sin(2 * np.pi * np.arange(252) / 12))
    found = ExponentialSmoothing().forecast(history_of(season[:240]), (1, 6, 12))
    assert found == pytest.approx({one: season[239 + one] for one in (1, 6, 12)}, rel=0.01)


def test_smoothing_of_what_is_asked_alone_says_the_same(history_of, walk):
    history = history_of(walk(150))
    together = ExponentialSmoothing().forecast(history, HORIZONS)
    alone = {one: ExponentialSmoothing().forecast(history, (one,))[one] for one in HORIZONS}
    assert alone == pytest.approx(together, rel=1e-12)


def test_smoothing_of_less_than_four_years_is_refused_with_its_need(history_of, walk):
    assert sorted(ExponentialSmoothing().forecast(history_of(walk(48)), (1,))) == [1]
    words = "exponential smoothing needs 48 months of prices; there are 47"
    with pytest.raises(HistoryTooShortError, match=words):
        ExponentialSmoothing().forecast(history_of(walk(47)), (1,))


@pytest.mark.parametrize("seed", range(3), ids=lambda seed: f"seed_{seed}")
def test_smoothing_warns_of_nothing(history_of, walk, seed):
    made = ExponentialSmoothing().forecast(history_of(walk(300, seed=seed, scale=0.2)), (1, 12))
    assert all(price > 0 for price in made.values())
