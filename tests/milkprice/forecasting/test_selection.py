"""Who would have been asked, by what was known."""

import numpy as np
import pandas as pd
import pytest

from milkprice.forecasting.accuracy import forecast_tables
from milkprice.forecasting.selection import (
    AVERAGE,
    ENSEMBLE,
    MOST_MONTHS,
    average_ensemble,
    geometric_mean,
    top3_ensemble,
    top_forecasters,
)

MONTHS = pd.period_range("2010-01", periods=80, freq="M")
NAMES = ("a", "b", "c", "d", "e")


def rows(forecaster, errors, *, horizon=1, months=MONTHS):
    return pd.DataFrame({
        "forecaster": forecaster, "horizon": horizon, "origin": months - horizon,
        "target": months, "forecast": 200.0 + np.asarray(errors), "actual": 200.0,
    })  # fmt: skip


def steady(**errors):
    """Forecasters that always err by so much."""
    return pd.concat([rows(name, [error] * 80) for name, error in errors.items()])


def taken(results, candidates=NAMES, *, delay=0):
    chosen = top3_ensemble(results, candidates, delay=delay)
    return chosen.set_index("target")["forecast"]


def together(*errors):
    return geometric_mean([200.0 + error for error in errors])


def test_geometric_mean_is_of_logarithms():
    assert geometric_mean([100.0, 400.0]) == pytest.approx(200.0)
    assert geometric_mean([1.0, 10.0, 100.0]) == pytest.approx(10.0)


def test_top3_ensemble_is_the_mean_of_the_three_best_so_far():
    found = top3_ensemble(steady(a=1.0, b=2.0, c=9.0, d=3.0, e=8.0), NAMES)
    assert set(found["forecaster"]) == {ENSEMBLE}
    assert found["forecast"].tolist() == pytest.approx([together(1.0, 2.0, 3.0)] * len(found))
    assert found["target"].min() == MONTHS[24]
    assert list(found["origin"] + 1) == list(found["target"])


def test_top3_ensemble_of_fewer_than_three_takes_those_there_are():
    assert taken(steady(a=1.0, b=2.0)).iloc[0] == pytest.approx(together(1.0, 2.0))
    assert taken(steady(a=1.0)).iloc[0] == pytest.approx(201.0)


@pytest.mark.parametrize("horizon", [1, 6], ids=lambda horizon: f"{horizon}_ahead")
def test_top3_ensemble_uses_nothing_of_months_after_the_origin(horizon):
    late = np.ones(80)
    late[60:] = 50.0
    others = [rows(name, [9.0] * 80, horizon=horizon) for name in ("b", "c", "d")]
    before = pd.concat([rows("a", np.ones(80), horizon=horizon), *others])
    after = pd.concat([rows("a", late, horizon=horizon), *others])
    first, second = taken(before), taken(after)
    pd.testing.assert_series_equal(first[: MONTHS[59]], second[: MONTHS[59]])
    # The first bad month is known so many months later only; until then it is still asked.
    blind = MONTHS[60 : 60 + horizon]
    assert second[blind].tolist() == pytest.approx([together(50.0, 9.0, 9.0)] * horizon)


def test_top3_ensemble_changes_once_a_member_was_worse_for_long():
    worse_later = np.where(np.arange(80) < 30, 1.0, 9.0)
    steady_ones = steady(b=2.0, c=3.0, d=4.0)
    found = taken(pd.concat([rows("a", worse_later), steady_ones]))
    assert found.iloc[0] == pytest.approx(together(1.0, 2.0, 3.0))
    assert found.iloc[-1] == pytest.approx(together(2.0, 3.0, 4.0))


def test_top3_ensemble_ignores_errors_of_more_than_ten_years_ago():
    months = pd.period_range("1990-01", periods=MOST_MONTHS + 40, freq="M")
    once = np.where(np.arange(len(months)) < 30, 150.0, 1.0)
    others = [rows(name, [9.0] * len(months), months=months) for name in ("b", "c", "d")]
    found = taken(pd.concat([rows("a", once, months=months), *others]))
    assert found.iloc[60] == pytest.approx(together(9.0, 9.0, 9.0))
    assert found.iloc[-1] == pytest.approx(together(1.0, 9.0, 9.0))


def test_top3_ensemble_among_candidates_leaves_others_out():
    results = steady(a=3.0, b=2.0, best=0.0)
    found = taken(results, ("a", "b"))
    assert found.tolist() == pytest.approx([together(3.0, 2.0)] * len(found))


def test_top3_ensemble_with_too_few_months_known_is_none():
    results = steady(a=1.0, b=2.0)
    assert top3_ensemble(results[results["target"] < MONTHS[24]], NAMES).empty


def test_top3_ensemble_with_late_prices_knows_so_many_months_less():
    assert top3_ensemble(steady(a=1.0, b=2.0), NAMES, delay=3)["target"].min() == MONTHS[27]


def test_top3_ensemble_leaves_out_a_forecaster_without_a_forecast():
    results = steady(a=1.0, b=2.0, c=3.0, d=4.0)
    absent = (results["forecaster"] == "a") & (results["target"] == MONTHS[50])
    found = taken(results[~absent])
    assert found[MONTHS[50]] == pytest.approx(together(2.0, 3.0, 4.0))
    assert found[MONTHS[51]] == pytest.approx(together(1.0, 2.0, 3.0))


def test_top3_ensemble_leaves_out_a_forecaster_with_few_errors():
    results = pd.concat([steady(b=2.0, c=3.0, d=4.0), rows("a", [0.0] * 80).iloc[40:]])
    found = taken(results)
    assert found[MONTHS[63]] == pytest.approx(together(2.0, 3.0, 4.0))  # of 23 months
    assert found[MONTHS[64]] == pytest.approx(together(0.0, 2.0, 3.0))


def test_top_forecasters_are_the_best_first():
    table = forecast_tables(steady(a=4.0, b=2.0, c=3.0, d=1.0))[1]
    assert top_forecasters(table, NAMES) == ["d", "b", "c"]
    assert top_forecasters(table, ["a", "b"]) == ["b", "a"]


@pytest.mark.parametrize(
    ("available", "months"), [((), 80), (("nobody",), 80), (("a",), 23)],
    ids=["nobody_can", "without_record", "short_record"],
)  # fmt: skip
def test_top_forecasters_of_none_are_none(available, months):
    table = forecast_tables(rows("a", [1.0] * 80).iloc[:months])[1]
    assert top_forecasters(table, available) == []


def test_average_is_the_mean_of_all_with_a_forecast():
    results = steady(a=1.0, b=2.0, c=30.0, naive=0.0)
    absent = (results["forecaster"] == "c") & (results["target"] == MONTHS[7])
    found = average_ensemble(results[~absent], ["a", "b", "c"])
    assert list(found) == list(results)
    assert set(found["forecaster"]) == {AVERAGE}
    made = found.set_index("target")["forecast"]
    assert made[MONTHS[6]] == pytest.approx(together(1.0, 2.0, 30.0))
    assert made[MONTHS[7]] == pytest.approx(together(1.0, 2.0))


def test_average_of_none_has_no_row():
    assert average_ensemble(steady(naive=1.0), ["a"]).empty
