"""A column that knows the future: random months praise it, the backtest does not."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from milkprice.forecasting.accuracy import accuracies
from milkprice.forecasting.backtest import FORECAST, Plan, backtest
from milkprice.forecasting.forecast import backtest_forecasters
from milkprice.forecasting.forecasters.classical import Naive
from milkprice.forecasting.forecasters.search import NotebookSearch
from milkprice.forecasting.selection import ENSEMBLE
from milkprice.forecasting.settings import ForecastSettings
from milkprice.settings import Delays
from milkprice.training.settings import SearchSettings

MONTHS = 200
FIRST = pd.Period("1990-01", "M")
PLAN = Plan(FIRST + 120, FIRST + MONTHS - 1, (1,))
LEAK = "next month's price"
SEARCHING = ForecastSettings(forecasters=("notebook's search",), months=20)


@dataclass(frozen=True)
class Gullible:
    """Learns next month's price from a column of the same month, and believes its newest value."""

    name: str = "gullible"

    def forecast(self, history, horizons):
        column = history.macro[LEAK]
        made = {}
        for horizon in horizons:
            later = history.prices.shift(-horizon).reindex(column.index)
            rows = pd.concat([column, later], axis="columns").dropna().to_numpy()
            model = LinearRegression().fit(rows[:, :1], rows[:, 1])
            made[horizon] = float(model.predict([[column.iloc[-1]]])[0])
        return made


@pytest.fixture(scope="module")
def planted(history_of, walk):
    """A history whose macro table holds the price of a month later, its last month aside."""
    history = history_of(walk(MONTHS + 1, seed=3))
    macro = history.macro.assign(**{LEAK: history.prices.shift(-1)}).iloc[:-1]
    return replace(history, prices=history.prices.iloc[:-1], macro=macro)


def maes(history, macro):
    plan = replace(PLAN, delays=Delays(macro=macro))
    results = backtest(history, [Gullible(), Naive()], plan)
    found = accuracies(results, history.prices)
    return found["gullible", 1].mae, found["naive", 1].mae


def test_leak_in_a_backtest_without_delay_is_still_perfect(planted):
    leaking, last_value = maes(planted, 0)
    assert leaking < 1e-9 * last_value


@pytest.mark.parametrize("delay", [1, 2, 3], ids=lambda delay: f"delay_{delay}")
def test_leak_in_a_backtest_with_a_delay_is_no_better_than_naive(planted, delay):
    leaking, last_value = maes(planted, delay)
    assert last_value > 1.0
    assert leaking >= last_value * (1 - 1e-9)


class Cheat:
    """Answers with the price to come, if it can find it."""

    name = "cheat"

    def __init__(self, look):
        self.look = look

    def forecast(self, history, horizons):
        return {horizon: self.look(history, horizon) for horizon in horizons}


def by_month(history, horizon):
    return history.prices.get(history.last + horizon, np.nan)


def by_place(history, horizon):
    return dict(enumerate(history.prices)).get(len(history.prices) - 1 + horizon, np.nan)


def by_the_array_behind(history, horizon):
    values = history.prices.to_numpy()
    known = len(values)
    while isinstance(values.base, np.ndarray):
        values = values.base
    return dict(enumerate(values.ravel())).get(known - 1 + horizon, np.nan)


@pytest.mark.parametrize("look", [by_month, by_place, by_the_array_behind])
def test_cheat_that_looks_for_the_price_to_come_finds_none(planted, look):
    assert look(planted, 0) == planted.prices.iloc[-1]  # it can look
    results = backtest(planted, [Cheat(look)], replace(PLAN, horizons=(1, 3)))
    assert results[FORECAST].isna().all()


@pytest.fixture(scope="module")
def foreseen(history_of, walk):
    """A history whose rain is the price of the month after."""
    history = history_of(walk(MONTHS + 1, seed=3))
    rainfall = history.rainfall.assign(south=history.prices.shift(-1)).iloc[:-1]
    return replace(history, prices=history.prices.iloc[:-1], rainfall=rainfall)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rainfall", "low", "high"), [(1, 0.9, 2.0), (0, 0.0, 0.1)], ids=["honest", "lying"]
)
def test_leak_in_backtest_forecasters_shows_where_delays_lie_and_nowhere_else(
    foreseen, rainfall, low, high
):
    delays = Delays(0, rainfall, 0)
    search = NotebookSearch(delays, SearchSettings(k=(2,), degree=(1,), alpha=(0.01,), folds=2))
    tried = backtest_forecasters(foreseen, (search,), replace(SEARCHING, delays=delays))
    found = accuracies(tried.reported, foreseen.prices)
    assert low <= found[ENSEMBLE, 1].mae / found["naive", 1].mae <= high
