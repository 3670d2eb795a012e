"""``milkprice backtest``."""

import pytest

SHORT = ("--by", "seasonal drift, 10 years", "--by", "seasonal drift, 3 years",
         "--first", "2020-06", "--last", "2020-12", "--horizons", "1,3")  # fmt: skip


@pytest.mark.slow
def test_backtest_ranks_every_forecaster_beside_the_best_baseline(milkprice):
    found = milkprice("backtest", *SHORT, "--json").json
    assert [one["horizon"] for one in found] == [1] * 5 + [3] * 5
    assert {one["accuracy"]["months"] for one in found} == {7}
    for horizon in (1, 3):
        here = [one for one in found if one["horizon"] == horizon]
        errors = [one["accuracy"]["mae"] for one in here]
        assert errors == sorted(errors)
        (alone,) = [one for one in here if one["against"] is None]
        assert {one["baseline"] for one in here} == {alone["forecaster"]}


@pytest.mark.slow
def test_backtest_shows_a_table_a_horizon_and_what_a_gain_is(milkprice):
    shown = milkprice("backtest", *SHORT[:-1], "1").out
    assert "1 month ahead, 2020-06 to 2020-12, errors in CLP per litre" in shown
    assert "chosen by past errors" in shown
    assert "seasonal drift, 10 years" in shown
    assert "gain: how much smaller the MAE is" in shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--horizons", "one"), "horizons is 'one'"),
        (("--horizons", "0"), "horizons"),
        (("--first", "soon"), "first is 'soon'"),
        (("--last", "2030-01"), "at most 2021-02"),
        (("--first", "2020-12", "--last", "2020-06"), "at most 2020-06"),
        (("--first", "2020-12", "--last", "2020-12"), "14 months, so at most 2019-11"),
        (("--window", "12"), "needs"),
        (("--by", "nobody"), "by is 'nobody'"),
    ],
)
def test_backtest_that_cannot_be_made_says_why(milkprice, options, words):
    finished = milkprice("backtest", *options)
    assert finished.status == 1
    assert words in finished.err
    assert finished.out == ""
