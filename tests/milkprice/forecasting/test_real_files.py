"""What the forecasters reach on the real prices."""

import pandas as pd
import pytest

from milkprice.cleaning.tables import clean_all
from milkprice.forecasting import History, Plan, accuracies, backtest
from milkprice.forecasting.forecasters import CANDIDATES, LastValue
from milkprice.quirks import names

NOW = pd.Period("2026-11", freq="M")
PLAN = Plan(pd.Period("2017-01", "M"), pd.Period("2020-04", "M"), (1, 3, 6))


@pytest.fixture(scope="module")
def found(shared_data):
    files = {name: (shared_data / name).read_bytes() for name in names.RAW_FILES}
    tables = clean_all(files, mode="repaired", as_of=NOW)
    history = History(tables.prices.iloc[:, 0], tables.rainfall, tables.macro)
    [average] = [one for one in CANDIDATES if one.name == "average"]
    return accuracies(backtest(history, [LastValue(), average], PLAN), history.prices)


@pytest.mark.parametrize(
    ("horizon", "below"), [(1, 4.2), (3, 7.0), (6, 10.5)], ids=lambda value: str(value)
)
def test_average_on_the_real_prices_stays_below(found, horizon, below):
    assert found["average", horizon].months == 40
    assert found["average", horizon].mae < below


@pytest.mark.parametrize(
    ("horizon", "mae"), [(1, 6.87), (3, 16.15), (6, 21.53)], ids=lambda value: str(value)
)
def test_last_value_on_the_real_prices_is_as_published(found, horizon, mae):
    assert round(found["last value", horizon].mae, 2) == mae
