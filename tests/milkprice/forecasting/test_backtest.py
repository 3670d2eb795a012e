"""The backtest forecasts every month as it would have been done then."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.errors import SettingError
from milkprice.forecasting.backtest import (
    ACTUAL,
    COLUMNS,
    FORECAST,
    FORECASTER,
    HORIZON,
    ORIGIN,
    TARGET,
    Plan,
    backtest,
    folds,
)
from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.forecasters.classical import Naive, SeasonalNaiveDrift
from milkprice.forecasting.forecasters.linear import ridge
from milkprice.forecasting.forecasters.regression import Regression
from milkprice.settings import Delays
from milkprice.training.errors import TrainingError

FIRST = pd.Period("1990-01", "M")
MONTHS = 130
PLAN = Plan(FIRST + 100, FIRST + MONTHS - 1, (1, 3, 6))
RIDGE = Regression("ridge", ridge)
TABLES = ("prices", "rainfall", "macro")


class Everything:
    """Its forecast hangs on every number of its history and on its length."""

    name = "everything"

    def forecast(self, history, horizons):
        tables = (getattr(history, table).to_numpy().ravel() for table in TABLES)
        total = sum(float(values @ np.arange(1, 1 + len(values))) for values in tables)
        return {horizon: total + horizon for horizon in horizons}


class Witness:
    """Remembers what it was asked."""

    name = "witness"

    def __init__(self):
        self.asked = []

    def forecast(self, history, horizons):
        self.asked.append((history, tuple(horizons)))
        return dict.fromkeys(horizons, 1.0)


@pytest.fixture(scope="module")
def history(history_of, walk):
    return history_of(walk(MONTHS))


plans = st.builds(
    lambda first, length, horizons: Plan(FIRST + first, FIRST + first + length, tuple(horizons)),
    st.integers(40, 60),
    st.integers(0, 30),
    st.lists(st.integers(1, 30), min_size=1, max_size=5, unique=True),
)


@given(plan=plans)
@hypothesis_settings(deadline=None)
def test_folds_in_order_hold_every_target_once_per_horizon(plan):
    planned = list(folds(plan))
    origins = [fold.origin for fold in planned]
    pairs = [(fold.origin + one, one) for fold in planned for one in fold.horizons]
    targets = pd.period_range(plan.first, plan.last, freq="M")
    assert origins == sorted(set(origins))
    assert all(fold.horizons for fold in planned)
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == {(target, one) for target in targets for one in plan.horizons}


@given(plan=plans)
@hypothesis_settings(max_examples=20, deadline=None)
def test_backtest_rows_are_a_horizon_apart_and_hold_the_actual_price(history, plan):
    results = backtest(history, [Naive()], plan)
    apart = [
        (target - origin).n for origin, target in zip(results[ORIGIN], results[TARGET], strict=True)
    ]
    assert apart == results[HORIZON].tolist()
    assert results[ACTUAL].tolist() == history.prices.loc[results[TARGET]].tolist()
    assert results[FORECAST].tolist() == history.prices.loc[results[ORIGIN]].tolist()


def test_backtest_of_two_forecasters_has_the_rows_of_each_alone(history):
    both = [Naive(), SeasonalNaiveDrift(3)]
    results = backtest(history, both, PLAN)
    assert list(results) == COLUMNS
    for one in both:
        rows = results[results[FORECASTER] == one.name].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, backtest(history, [one], PLAN))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"horizons": ()}, r"horizons is \(\); expected 1 or more each"),
        ({"horizons": (1, 0)}, r"horizons is \(1, 0\)"),
        ({"first": FIRST + MONTHS}, r"first is .*2000-11.*; expected at most 2000-10"),
        ({"window": 0}, "window is 0; expected 1 or more"),
        ({"window": -3}, "window is -3"),
    ],
    ids=["no_horizon", "horizon_zero", "first_after_last", "window_zero", "window_below_zero"],
)
def test_plan_with_an_invalid_value_is_refused(change, sentence):
    with pytest.raises(SettingError, match=sentence):
        replace(PLAN, **change)


def disturbed(history, after, seed):
    """Change every number from a month of each table on."""
    random = np.random.default_rng(seed)
    tables = {}
    for table, month in zip(TABLES, after, strict=True):
        values = getattr(history, table).copy()
        later = values.index > month
        values[later] = values[later] * random.uniform(1.5, 3.0, values[later].shape) + 1.0
        tables[table] = values
    return replace(history, **tables)


def assert_sees_no_future(history, forecaster, plan, origin, seed):
    delays = plan.delays
    known = [origin - months for months in (delays.prices, delays.rainfall, delays.macro)]
    before = backtest(history, [forecaster], plan)
    after = backtest(disturbed(history, known, seed), [forecaster], plan)
    made = before[ORIGIN] <= origin
    assert made.any()
    assert after[FORECAST][made].tolist() == before[FORECAST][made].tolist()
    assert (after[FORECAST][~made] != before[FORECAST][~made]).all()


ORIGINS = st.integers(94, MONTHS - 3).map(lambda months: FIRST + months)
SEEDS = st.integers(0, 2**32 - 1)
DELAYS = st.builds(Delays, st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))


@pytest.mark.slow
@given(origin=ORIGINS, seed=SEEDS, delays=DELAYS, window=st.none() | st.integers(5, 90))
@hypothesis_settings(max_examples=30, deadline=None)
def test_backtest_changed_after_an_origin_changes_no_forecast_made_there(
    history, origin, seed, delays, window
):
    plan = replace(PLAN, delays=delays, window=window)
    assert_sees_no_future(history, Everything(), plan, origin, seed)


@pytest.mark.parametrize("table", TABLES)
def test_backtest_changed_after_an_origin_in_one_table_changes_every_later_forecast(history, table):
    origin = FIRST + 110
    changed = disturbed(history, [origin if one == table else FIRST + MONTHS for one in TABLES], 0)
    plan = replace(PLAN, delays=Delays(0, 0, 0))
    before, after = (backtest(one, [Everything()], plan) for one in (history, changed))
    same = before[FORECAST] == after[FORECAST]
    assert same.tolist() == (before[ORIGIN] <= origin).tolist()


@pytest.mark.slow
@given(origin=ORIGINS, seed=SEEDS)
@hypothesis_settings(max_examples=6, deadline=None)
def test_backtest_of_ridge_changed_after_an_origin_changes_no_forecast_made_there(
    history, origin, seed
):
    plan = replace(PLAN, first=FIRST + 112, horizons=(1, 6))
    assert_sees_no_future(history, RIDGE, plan, max(origin, FIRST + 106), seed)


@pytest.mark.parametrize("forecaster", [Everything(), RIDGE], ids=["everything", "ridge"])
def test_backtest_with_a_sliding_window_forecasts_as_from_a_cut_history(history, forecaster):
    window = 84
    results = backtest(history, [forecaster], replace(PLAN, window=window))
    for row in results.iloc[::9].itertuples():
        cut = {table: getattr(history, table).loc[row.origin - window + 1 :] for table in TABLES}
        one = Plan(row.target, row.target, (row.horizon,))
        expected = backtest(replace(history, **cut), [forecaster], one)
        assert expected[FORECAST].tolist() == [row.forecast]
    assert (results[FORECAST] != backtest(history, [forecaster], PLAN)[FORECAST]).all()


@pytest.mark.parametrize(
    "forecaster", [Naive(), SeasonalNaiveDrift(3), RIDGE], ids=lambda forecaster: forecaster.name
)
def test_backtest_with_prices_two_months_late_forecasts_two_months_further(history, forecaster):
    late = backtest(history, [forecaster], replace(PLAN, horizons=(1, 4), delays=Delays(prices=2)))
    far = backtest(history, [forecaster], replace(PLAN, horizons=(3, 6)))
    for horizon in (1, 4):
        ours = late[late[HORIZON] == horizon].set_index(TARGET)
        theirs = far[far[HORIZON] == horizon + 2].set_index(TARGET)
        assert ours[FORECAST].to_dict() == theirs[FORECAST].to_dict()
        assert set(ours[ORIGIN] - theirs[ORIGIN]) == {pd.offsets.MonthEnd(2)}


def test_backtest_horizon_counts_from_the_last_price_and_shows_no_later_one(history):
    witness = Witness()
    plan = replace(PLAN, delays=Delays(prices=2, rainfall=1, macro=3))
    backtest(history, [witness], plan)
    made = list(folds(plan))
    assert len(witness.asked) == len(made)
    for fold, (seen, horizons) in zip(made, witness.asked, strict=True):
        ends = [getattr(seen, table).index[-1] for table in TABLES]
        assert ends == [fold.origin - 2, fold.origin - 1, fold.origin - 3]
        assert set(horizons) == {one + 2 for one in plan.horizons}


def test_backtest_of_a_month_that_is_not_known_is_refused(history):
    backtest(history, [Naive()], Plan(history.last, history.last, (1,)))
    with pytest.raises(SettingError, match=r"last is .*2000-11.*; expected at most 2000-10"):
        backtest(history, [Naive()], Plan(history.last, history.last + 1, (1,)))


def test_backtest_of_a_month_with_no_price_before_it_is_refused(history):
    with pytest.raises(TrainingError, match="At the end of 1989-12 no price is known"):
        backtest(history, [Naive()], Plan(FIRST + 5, FIRST + 9, (1, 6)))


class Far:
    """Says a price as far beyond all others as it is told."""

    name = "far"

    def __init__(self, price):
        self.price = price

    def forecast(self, history, horizons):  # noqa: ARG002
        return dict.fromkeys(horizons, self.price)


@pytest.mark.parametrize(
    ("price", "rows"), [(1e149, 1), (1e155, 0), (np.inf, 0), (np.nan, 0), (0.0, 0)], ids=str
)
def test_backtest_leaves_out_a_forecast_whose_error_has_no_square(history, price, rows):
    results = backtest(history, [Far(price)], Plan(history.last, history.last, (1,)))
    assert len(results) == rows


class Young:
    """Says the last price so many months ahead as it has known years."""

    name = "young"

    def forecast(self, history, horizons):
        years = len(history.prices) // 12
        known = [horizon for horizon in horizons if horizon <= years]
        if not known:
            raise HistoryTooShortError(
                forecaster="young", needed="more", available=f"{years} years"
            )
        return dict.fromkeys(known, float(history.prices.iloc[-1]))


def test_backtest_leaves_a_forecaster_out_where_it_knows_too_little(history):
    plan = Plan(FIRST + 20, FIRST + 90, (1, 3, 6))
    results = backtest(history, [Young(), Naive()], plan)
    made = results[results[FORECASTER] == "young"]
    others = results[results[FORECASTER] == "naive"]
    able = (others[ORIGIN].map(lambda origin: (origin - FIRST).n + 1) // 12) >= others[HORIZON]
    columns = [HORIZON, ORIGIN, TARGET, FORECAST, ACTUAL]
    assert made[columns].to_numpy().tolist() == others[able][columns].to_numpy().tolist()
    assert 0 < len(made) < len(others)
    assert set(made[HORIZON]) == {1, 3, 6}


class Broken:
    """Fails for another reason."""

    name = "broken"

    def forecast(self, _history, _horizons):
        raise TrainingError("It is broken.")


def test_backtest_of_a_forecaster_that_fails_otherwise_fails(history):
    with pytest.raises(TrainingError, match="It is broken"):
        backtest(history, [Broken()], PLAN)
