"""The notebook's search as a forecaster: it sees what was published and nothing else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from milkprice.data.formats import names
from milkprice.forecasting.accuracy import accuracies
from milkprice.forecasting.backtest import FORECAST, Plan, backtest
from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.forecasters.classical import Naive
from milkprice.forecasting.forecasters.search import NotebookSearch
from milkprice.settings import Delays
from milkprice.training.settings import SearchSettings

MONTHS = 190
FIRST = pd.Period("1990-01", "M")
SMALL = SearchSettings(k=(2,), degree=(1,), alpha=(0.01,), folds=2)
PLAN = Plan(FIRST + 154, FIRST + MONTHS - 1, (1,))
PLANTED = {"rainfall": "south", "macro": names.RETAIL_SALES}


def search(delays, settings=SMALL):
    return NotebookSearch(delays, settings)


def planted(history, table, lead):
    """The history with one column that holds the price of so many months later."""
    column = PLANTED[table]
    values = getattr(history, table).assign(**{column: history.prices.shift(-lead)})
    cut = history.prices.iloc[: len(history.prices) - lead]
    return replace(history, prices=cut, **{table: values.loc[: cut.index[-1]]})


def errors(history, *, seen, delays):
    """Errors of the search and of the naive forecast, one month ahead.

    Args:
        history: All there is.
        seen: When each source is really known.
        delays: When the search believes it is.
    """
    results = backtest(history, [search(delays), Naive()], replace(PLAN, delays=seen))
    found = accuracies(results, history.prices)
    return found["notebook's search", 1].mae, found["naive", 1].mae


@pytest.fixture(scope="module")
def history(history_of, walk):
    return history_of(walk(MONTHS + 3, seed=3))


@pytest.mark.parametrize("table", PLANTED)
def test_search_with_a_column_of_the_future_that_is_seen_at_once_is_perfect(history, table):
    now = Delays(0, 0, 0)
    leaking, last_value = errors(planted(history, table, 1), seen=now, delays=now)
    assert leaking < 0.05 * last_value


@pytest.mark.parametrize(("lead", "delay"), [(1, 1), (1, 2), (3, 3)], ids=lambda value: str(value))
@pytest.mark.parametrize("table", PLANTED)
def test_search_with_a_column_of_the_future_that_comes_as_late_gains_nothing(
    history, table, lead, delay
):
    late = Delays(0, delay, delay)
    leaking, last_value = errors(planted(history, table, lead), seen=late, delays=late)
    assert last_value > 1.0
    assert leaking > 0.9 * last_value


@pytest.mark.parametrize("table", PLANTED)
def test_search_with_a_column_further_in_the_future_than_it_is_late_is_perfect(history, table):
    late = Delays(0, 2, 2)
    leaking, last_value = errors(planted(history, table, 3), seen=late, delays=late)
    assert leaking < 0.05 * last_value


def test_search_with_too_short_delays_is_refused_for_unpublished_data(history):
    known = history.known_at(FIRST + 150, Delays(0, 2, 2))
    words = r"needs rain and macro series that were published by 2002-07; there are those of 2002-0"
    with pytest.raises(HistoryTooShortError, match=words):
        search(Delays(0, 1, 2)).forecast(known, (1,))


@pytest.mark.parametrize("table", PLANTED)
def test_search_without_newest_figures_takes_no_part(history, table):
    stale = replace(history, **{table: getattr(history, table).iloc[:-5]})
    forecasters = [search(Delays(0, 0, 0)), Naive()]
    plan = Plan(FIRST + MONTHS - 10, history.last, (1,), Delays(0, 0, 0))
    results = backtest(stale, forecasters, plan)
    made = results[results["forecaster"] == "notebook's search"]
    assert made["origin"].max() == history.last - 5
    assert results["origin"].max() == history.last - 1


def test_search_of_late_prices_knows_as_much_of_the_rest(history):
    """Prices two months late, the rest at once: the price of two months ago, the rain of now."""
    late = Delays(2, 0, 0)
    ahead = planted(history, "rainfall", 1)
    plan = replace(PLAN, delays=late)
    results = backtest(ahead, [search(late), Naive()], plan)
    found = accuracies(results, ahead.prices)
    assert found["notebook's search", 1].mae < 0.05 * found["naive", 1].mae


def test_search_is_fitted_each_january_to_the_years_before(history):
    """Until the next one a changed price moves what it looks at and not what it has learnt."""
    now = Delays(0, 0, 0)
    first = history.known_at(pd.Period("2003-03", "M"), now)
    prices = first.prices.copy()
    prices.loc["2003-01":] *= 1.5
    other = replace(first, prices=prices)
    seen = search(now).table(first)
    moved = search(now).table(other)
    assert not moved.loc["2003-03"].equals(seen.loc["2003-03"])
    again = replace(first, prices=pd.concat([first.prices.loc[:"2002-12"], prices.loc["2003-01":]]))
    assert search(now).forecast(other, (1,)) == search(now).forecast(again, (1,))


def test_search_clips_its_price_to_the_training_range(history_of):
    calm = np.random.default_rng(0).uniform(90.0, 110.0, 120)
    prices = np.r_[calm, 100.0 * np.exp(0.4 * np.arange(1, 12))]
    wild = SearchSettings(k=(2,), degree=(7,), alpha=(0.01,), folds=2)
    found = search(Delays(0, 0, 0), wild).forecast(history_of(prices), (1,))
    assert found[1] in (pytest.approx(calm.min() / 2), pytest.approx(calm.max() * 2))


def test_search_of_too_few_rows_is_refused_with_its_need(history):
    known = replace(history, prices=history.prices.iloc[:40])
    words = r"needs 24 months with all features for 12 months ahead; there are \d+\."
    with pytest.raises(HistoryTooShortError, match=words):
        search(Delays(0, 0, 0)).forecast(known, (12,))


def test_search_of_rows_with_one_price_takes_no_part(history):
    """The price moved before there were figures, and has not since."""
    prices = history.prices.where(history.prices.index < FIRST + 20, 5.0)
    late = history.macro.index >= FIRST + 30
    flat = replace(history, prices=prices, macro=history.macro[late])
    with pytest.raises(HistoryTooShortError, match="needs prices that move"):
        search(Delays(0, 0, 0)).forecast(flat, [1])


def test_search_of_the_whole_grid_forecasts_a_price(history):
    results = backtest(
        history, [NotebookSearch(Delays())], Plan(history.last, history.last, (1, 12))
    )
    assert results[FORECAST].between(history.prices.min() / 2, history.prices.max() * 2).all()
