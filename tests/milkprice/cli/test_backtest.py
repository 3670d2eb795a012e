"""``milkprice backtest``."""

import pytest

BY = "seasonal drift, 10 years; seasonal drift, 3 years"
SHORT = ("--forecasters", BY, "--first", "2020-06", "--last", "2020-12", "--horizons", "1,3")


def test_backtest_ranks_every_forecaster_beside_the_best_baseline(milkprice):
    found = milkprice("backtest", *SHORT, "--json").json
    assert [one["horizon"] for one in found] == [1] * 6 + [3] * 6
    assert {one["accuracy"]["months"] for one in found} == {7}
    for horizon in (1, 3):
        here = [one for one in found if one["horizon"] == horizon]
        errors = [one["accuracy"]["mae"] for one in here]
        assert errors == sorted(errors)
        (alone,) = [one for one in here if one["against"] is None]
        assert {one["baseline"] for one in here} == {alone["forecaster"]}


def test_backtest_shows_a_table_a_horizon_and_what_a_gain_is(milkprice):
    shown = milkprice("backtest", *SHORT[:-1], "1").out
    assert "1 month ahead, 2020-06 to 2020-12, errors in CLP per litre" in shown
    for name in ("top-3 ensemble", "average of all", "seasonal drift, 10"):
        assert name in shown
    assert "gain: how much smaller the MAE is" in shown


def test_backtest_with_a_window_too_short_for_its_forecasters_has_the_baselines(milkprice):
    found = milkprice("backtest", *SHORT, "--window", "12", "--json").json
    assert {one["forecaster"] for one in found} == {"naive", "seasonal naive"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(("--horizons", "one"), "horizons is 'one'", id="horizon no number"),
        pytest.param(("--horizons", "0"), "expected numbers of 1 to 12", id="horizon zero"),
        pytest.param(("--first", "soon"), "first is 'soon'", id="first no month"),
        pytest.param(("--last", "2030-01"), "at most 2021-02", id="last unknown"),
        pytest.param(
            ("--first", "2020-12", "--last", "2020-06"), "at most 2020-06", id="first after last"
        ),
        pytest.param(
            ("--first", "2020-12", "--last", "2020-12"), "14 months, so at most 2019-11",
            id="too few months",
        ),
        pytest.param(("--window", "6"), "window is 6; expected 12 or more", id="window"),
        pytest.param(("--price-delay=-1",), "delay of prices is -1", id="delay"),
        pytest.param(("--forecasters", "nobody"), "forecasters is 'nobody'", id="forecaster"),
        pytest.param(("--forecasters", ""), "forecasters is ''", id="no forecaster"),
    ],
)  # fmt: skip
def test_backtest_that_cannot_be_made_says_why(milkprice, options, words):
    finished = milkprice("backtest", *options)
    assert finished.status == 1
    assert words in " ".join(finished.err.split())
    assert "Traceback" not in finished.err
    assert finished.out == ""
