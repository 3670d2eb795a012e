"""The design of regressions: nothing after an origin is in its features."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.forecasting.forecasters.regression import (
    LAGS,
    MEANS,
    YEARS,
    design,
    months_before,
    newest,
)

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
    assert newest(prices, horizon).shape == (COLUMNS,)
    assert np.isfinite(found.features).all()


@given(horizon=HORIZONS, data=st.data())
@hypothesis_settings(max_examples=40, deadline=None)
def test_design_features_of_an_origin_are_those_of_a_history_that_ends_there(prices, horizon, data):
    row = data.draw(st.integers(0, MONTHS - months_before(horizon) - horizon - 1))
    origin = months_before(horizon) + row
    then = newest(prices.iloc[: origin + 1], horizon)
    np.testing.assert_array_equal(design(prices, horizon).features[row], then)


@given(horizon=HORIZONS, after=st.integers(80, MONTHS - 1), factor=st.floats(0.2, 5.0))
@hypothesis_settings(max_examples=40, deadline=None)
def test_design_of_another_future_learns_the_same_from_the_past(prices, horizon, after, factor):
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
    apart = newest(prices, 1)[len(LAGS) : len(LAGS) + len(MEANS)]
    np.testing.assert_allclose(apart, [1.0, 2.5, 5.5, 11.5, 17.5])


@pytest.mark.parametrize(
    ("months", "rows"), [(48, 0), (49, 0), (50, 1)], ids=["no_origin", "only_now", "one_row"]
)
def test_design_of_a_short_history_has_few_rows_or_none(prices, months, rows):
    found = design(prices.iloc[:months], 1)
    assert found.features.shape == (rows, COLUMNS)
    assert found.changes.shape == (rows,)
