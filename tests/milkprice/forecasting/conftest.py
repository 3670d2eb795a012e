"""Small worlds to forecast: prices given or drawn, rain and the economy beside them."""

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from milkprice.data.formats import names
from milkprice.forecasting.history import History

SERIES = ["a", "b", names.RETAIL_SALES]  # the last is among those that models look at
GROWTH = 0.005  # a month
SEASON = 0.06 * np.cos(2 * np.pi * np.arange(12) / 12) + 0.02 * np.sin(
    4 * np.pi * np.arange(12) / 12
)


@pytest.fixture(scope="package", autouse=True)
def one_thread():
    """Learn on one thread: several on a busy machine wait for each other a hundred times longer."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def history_of():
    """Return a maker of histories that begin in 1990-01, rain and macro drawn by a seed."""
    return _history_of


@pytest.fixture(scope="session")
def walk():
    """Return a maker of prices that wander without direction."""
    return _walk


@pytest.fixture(scope="session")
def regular():
    """Return a maker of prices with a fixed growth and a fixed season, without any chance."""
    return _regular


def _history_of(prices, *, seed=0):
    index = pd.period_range("1990-01", periods=len(prices), freq="M", name="month")
    random = np.random.default_rng(seed)
    return History(
        prices=pd.Series(np.asarray(prices, dtype=float), index, name="price"),
        rainfall=pd.DataFrame(random.gamma(1.0, 50.0, (len(index), 2)), index, ["south", "north"]),
        macro=pd.DataFrame(random.normal(size=(len(index), 3)), index, SERIES),
    )


def _walk(months, *, seed=0, scale=0.03):
    return 200.0 * np.exp(np.random.default_rng(seed).normal(0.0, scale, months).cumsum())


def _regular(months):
    place = np.arange(months)
    return 100.0 * np.exp(GROWTH * place + SEASON[place % 12])
