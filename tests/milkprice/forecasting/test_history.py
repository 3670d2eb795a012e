"""What is known at a moment: nothing that was published later."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.settings import Delays
from milkprice.training.errors import TrainingError

TABLES = ("prices", "rainfall", "macro")
FIRST = pd.Period("1990-01", "M")


@pytest.fixture(scope="module")
def history(history_of, walk):
    return history_of(walk(60))


@given(
    origin=st.integers(10, 80),
    months=st.tuples(*[st.integers(0, 9)] * 3),
)
@hypothesis_settings(deadline=None)
def test_known_at_shows_all_that_was_published_and_nothing_later(history, origin, months):
    known = history.known_at(FIRST + origin, Delays(*months))
    for table, delay in zip(TABLES, months, strict=True):
        whole = getattr(history, table)
        expected = whole[whole.index <= FIRST + origin - delay]
        assert getattr(known, table).equals(expected), table


def test_known_at_by_default_waits_for_rain_and_longer_for_the_economy(history):
    known = history.known_at(FIRST + 30, Delays())
    ends = [str(getattr(known, table).index[-1]) for table in TABLES]
    assert ends == ["1992-07", "1992-06", "1992-05"]
    assert known.last == FIRST + 30


@pytest.mark.parametrize("delay", [0, 1, 4], ids=lambda delay: f"delay_{delay}")
def test_known_at_the_first_price_is_enough_and_a_month_before_is_refused(history, delay):
    delays = Delays(prices=delay)
    assert len(history.known_at(FIRST + delay, delays).prices) == 1
    sentence = f"At the end of {FIRST + delay - 1} no price is known: they begin in 1990-01"
    with pytest.raises(TrainingError, match=sentence):
        history.known_at(FIRST + delay - 1, delays)


def test_known_at_before_any_rain_or_macro_has_empty_tables(history):
    known = history.known_at(FIRST, Delays(rainfall=1, macro=2))
    assert known.rainfall.empty
    assert known.macro.empty
    assert list(known.macro) == list(history.macro)


def test_known_at_changed_in_place_leaves_the_history_as_it_was(history_of, walk):
    history = history_of(walk(60))
    known = history.known_at(FIRST + 30, Delays(0, 0, 0))
    for table in TABLES:
        getattr(known, table).iloc[:] = -1.0
    untouched = history_of(walk(60))
    assert all(getattr(history, table).equals(getattr(untouched, table)) for table in TABLES)


def test_newest_begins_in_the_same_month_in_every_table(history):
    newest = history.known_at(FIRST + 40, Delays()).newest(12)
    assert [str(getattr(newest, table).index[0]) for table in TABLES] == ["1992-06"] * 3
    assert [len(getattr(newest, table)) for table in TABLES] == [12, 11, 10]


def test_newest_of_more_months_than_there_are_is_all_of_them(history):
    newest = history.newest(1000)
    assert all(getattr(newest, table).equals(getattr(history, table)) for table in TABLES)
