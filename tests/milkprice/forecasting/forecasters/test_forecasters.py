"""Those that a model's forecasts are chosen from, and laws of every forecaster."""

from dataclasses import replace

import numpy as np
import pytest

from milkprice.errors import SettingError
from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.forecasters import BASELINES, candidates, select_forecasters
from milkprice.forecasting.forecasters.search import NotebookSearch
from milkprice.settings import Delays
from milkprice.training.settings import SearchSettings

DELAYS = Delays(0, 0, 0)
SMALL = SearchSettings(k=(3,), degree=(1,), alpha=(1.0,), folds=2)
ALL = tuple(
    replace(one, settings=SMALL) if isinstance(one, NotebookSearch) else one
    for one in (*BASELINES, *candidates(DELAYS))
)


def named(forecaster):
    return forecaster.name.replace(" ", "_")


def test_forecasters_have_names_of_their_own():
    assert len({one.name for one in ALL}) == len(ALL) == 11


@pytest.mark.parametrize("forecaster", ALL, ids=named)
def test_forecaster_of_prices_in_another_currency_forecasts_the_same_price(
    history_of, walk, forecaster
):
    pesos = history_of(walk(200))
    cents = replace(pesos, prices=pesos.prices * 128)
    ours, theirs = (forecaster.forecast(one, (1, 13)) for one in (pesos, cents))
    assert sorted(ours) == [1, 13]
    # Roughly: a hair of rounding may send a month down another branch of a tree.
    assert theirs == pytest.approx({one: price * 128 for one, price in ours.items()}, rel=0.01)


@pytest.mark.parametrize("forecaster", ALL, ids=named)
def test_forecaster_leaves_its_history_as_it_was(history_of, walk, forecaster):
    history = history_of(walk(200))
    forecaster.forecast(history, (1, 6))
    assert history.prices.equals(history_of(walk(200)).prices)


@pytest.mark.parametrize("forecaster", ALL, ids=named)
def test_forecaster_of_one_horizon_equals_that_of_several(history_of, walk, forecaster):
    history = history_of(walk(200))
    alone = forecaster.forecast(history, (3,))
    # The filter that smooths is compiled: its last digit may depend on how much it is asked.
    assert forecaster.forecast(history, (1, 3, 6))[3] == pytest.approx(alone[3], rel=1e-12)


@pytest.mark.parametrize("forecaster", ALL[1:], ids=named)
def test_forecaster_of_a_minimal_history_is_refused_with_its_name(history_of, walk, forecaster):
    with pytest.raises(HistoryTooShortError, match=f"{forecaster.name} needs .*; there are "):
        forecaster.forecast(history_of(walk(11)), (1,))


@pytest.mark.parametrize("forecaster", ALL, ids=named)
def test_forecaster_of_a_long_history_forecasts_plausible_prices(history_of, walk, forecaster):
    prices = walk(300)
    made = forecaster.forecast(history_of(prices), tuple(range(1, 13)))
    assert sorted(made) == list(range(1, 13))
    assert all(prices.min() / 2 <= price <= prices.max() * 2 for price in made.values())
    assert all(np.isfinite(price) for price in made.values())


def test_select_forecasters_without_names_are_all():
    assert select_forecasters((), DELAYS) == candidates(DELAYS)


def test_select_forecasters_of_names_are_those_in_order_each_once():
    names = ("elastic net", "seasonal drift, 3 years", "elastic net")
    assert [one.name for one in select_forecasters(names, DELAYS)] == list(names[:2])


def test_select_forecasters_passes_delays_to_the_search():
    [search] = select_forecasters(("notebook's search",), Delays(1, 2, 3))
    assert search.delays == Delays(1, 2, 3)


def test_select_forecasters_of_an_unknown_name_lists_the_names():
    words = "forecasters is 'nobody'; expected seasonal drift, 3 years; .*; notebook's search"
    with pytest.raises(SettingError, match=words):
        select_forecasters(("nobody",), DELAYS)
