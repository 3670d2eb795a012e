"""What the forecasters reach on the real prices."""

import pandas as pd
import pytest

from milkprice.cli.forecasting import run_backtest
from milkprice.data.formats import names
from milkprice.forecasting.backtest import Plan
from milkprice.forecasting.history import History
from milkprice.forecasting.selection import ENSEMBLE
from milkprice.forecasting.settings import ForecastSettings
from milkprice.stages import clean_source

NOW = pd.Period("2026-11", freq="M")
PLAN = Plan(pd.Period("2017-01", "M"), pd.Period("2020-04", "M"), (1, 3, 6))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found(shared_data):
    """Everybody, judged by forty months as they would have been then."""
    files = {name: (shared_data / name).read_bytes() for name in names.RAW_FILES}
    history = History.of(clean_source(files, clean="repaired", as_of=NOW))
    standings = run_backtest(history, ForecastSettings(), PLAN)
    return {(one.forecaster, one.horizon): one for one in standings}


@pytest.mark.parametrize(
    ("horizon", "below"), [(1, 4.2), (3, 7.0), (6, 10.5)], ids=["1_ahead", "3_ahead", "6_ahead"]
)
def test_top3_ensemble_on_the_real_prices_stay_below(found, horizon, below):
    chosen = found[ENSEMBLE, horizon]
    assert chosen.accuracy.months == 40
    assert chosen.accuracy.mae < below
    assert chosen.comparison.low > 0


@pytest.mark.parametrize(
    ("horizon", "mae"), [(1, 6.87), (3, 16.15), (6, 21.53)], ids=["1_ahead", "3_ahead", "6_ahead"]
)
def test_naive_on_the_real_prices_is_as_published(found, horizon, mae):
    assert round(found["naive", horizon].accuracy.mae, 2) == mae


def test_notebooks_search_on_the_real_prices_takes_part_and_beats_no_baseline(found):
    """Rain and macro series reach all of these months; what they add is less than noise."""
    search = found["notebook's search", 1]
    assert search.accuracy.mae > found[ENSEMBLE, 1].accuracy.mae
