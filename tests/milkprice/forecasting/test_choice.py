"""Who would have been asked, by what was known."""

import numpy as np
import pandas as pd
import pytest

from milkprice.forecasting.choice import CHOSEN, choose

MONTHS = pd.period_range("2010-01", periods=80, freq="M")


def rows(forecaster, errors, *, horizon=1):
    return pd.DataFrame({
        "forecaster": forecaster, "horizon": horizon, "origin": MONTHS - horizon,
        "target": MONTHS, "forecast": 200.0 + np.asarray(errors), "actual": 200.0,
    })  # fmt: skip


def taken(results, candidates=("a", "b")):
    chosen = choose(results, candidates)
    return chosen.set_index("target")["forecast"] - 200.0


def test_choice_is_the_one_that_was_better_so_far():
    found = choose(pd.concat([rows("a", [1.0] * 80), rows("b", [2.0] * 80)]), ["a", "b"])
    assert set(found["forecaster"]) == {CHOSEN}
    assert set(found["forecast"]) == {201.0}
    assert found["target"].min() == MONTHS[24]
    assert list(found["origin"] + 1) == list(found["target"])


@pytest.mark.parametrize("horizon", [1, 6])
def test_choice_knows_nothing_of_months_after_the_origin(horizon):
    quiet = np.ones(80)
    late = quiet.copy()
    late[60:] = 50.0
    before = pd.concat([rows("a", quiet, horizon=horizon), rows("b", quiet * 2, horizon=horizon)])
    after = pd.concat([rows("a", late, horizon=horizon), rows("b", quiet * 2, horizon=horizon)])
    same = MONTHS[: 60 + horizon - 1]
    first, second = taken(before), taken(after)
    shared = first.index.intersection(same)
    assert len(shared) > 20
    # Up to there even what is chosen is the same; of month 60 itself the error is not known yet.
    assert (second[MONTHS[60 : 60 + horizon]] == 50.0).all()
    assert (first[shared.drop(MONTHS[60:], errors="ignore")]
            == second[shared.drop(MONTHS[60:], errors="ignore")]).all()  # fmt: skip


def test_choice_changes_once_the_better_one_has_been_worse_for_long():
    worse_later = np.where(np.arange(80) < 30, 1.0, 9.0)
    found = taken(pd.concat([rows("a", worse_later), rows("b", [2.0] * 80)]))
    assert found.iloc[0] == 1.0
    assert found.iloc[-1] == 2.0


def test_choice_among_candidates_leaves_others_out():
    results = pd.concat([rows("a", [3.0] * 80), rows("b", [2.0] * 80), rows("best", [0.0] * 80)])
    assert set(taken(results)) == {2.0}


def test_choice_with_too_few_months_known_is_none():
    results = pd.concat([rows("a", [1.0] * 80), rows("b", [2.0] * 80)])
    assert choose(results[results["target"] < MONTHS[24]], ["a", "b"]).empty


def test_choice_with_late_prices_knows_so_many_months_less():
    results = pd.concat([rows("a", [1.0] * 80), rows("b", [2.0] * 80)])
    assert choose(results, ["a", "b"], delay=3)["target"].min() == MONTHS[27]
