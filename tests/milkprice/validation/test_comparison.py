"""Whether a candidate is better: the table of cases, and the arithmetic behind it."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from milkprice.validation.comparison import (
    ModelErrors,
    compare_with_baselines,
    compare_with_champion,
    errors_of,
    relative_error,
)
from milkprice.validation.gate import judge
from tests.support.forecasts import FORECASTER, HORIZONS, small_forecast

MINE = ModelErrors(forecasts={1: 4.0, 3: 6.0}, rows=8.0)
NEWS = "prices to 2021-03, the champion to 2021-02"
NOTHING_NEW = "neither its data nor its errors are any better"
ERRORS = st.dictionaries(st.sampled_from(HORIZONS), st.floats(0.01, 1e3), min_size=1)


def scaled(forecasts=1.0, rows=1.0):
    """A champion whose errors are so many times the candidate's."""
    return ModelErrors(
        forecasts={horizon: mae * forecasts for horizon, mae in MINE.forecasts.items()},
        rows=MINE.rows * rows,
    )


CASES = {
    "better_forecasts": (scaled(1.25), "", True, "its forecasts are better"),
    "better_row_model": (scaled(1.0, 1.25), "", True, "its row model is better"),
    "better_in_both": (scaled(1.25, 1.25), "", True,
                       "its forecasts are better and its row model is better"),
    "equal_with_newer_data": (scaled(), NEWS, True, f"it has {NEWS}"),
    "equal_with_revised_data": (scaled(), "revised past values", True,
                                "it has revised past values"),
    "equal_and_nothing_new": (scaled(), "", False, NOTHING_NEW),
    "equal_but_for_rounding": (scaled(1 + 1e-9, 1 + 1e-9), "", False, NOTHING_NEW),
    "worse_forecasts": (scaled(0.8), "", False,
                        "the forecasts' errors are 1.25 times the champion's on the same months; "
                        f"{NOTHING_NEW}"),
    "worse_forecasts_with_newer_data": (scaled(0.8), NEWS, False,
                                        "the forecasts' errors are 1.25 times the champion's on "
                                        "the same months"),
    "worse_forecasts_with_a_better_row_model": (scaled(0.8, 1.25), "", False,
                                                "the forecasts' errors are 1.25 times the "
                                                "champion's on the same months"),
    "row_model_5_percent_worse_with_newer_data": (scaled(1.0, 1 / 1.05), NEWS, True,
                                                  f"it has {NEWS}"),
    "row_model_5_percent_worse_and_better_forecasts": (scaled(1.25, 1 / 1.05), "", True,
                                                       "its forecasts are better"),
    "row_model_5_percent_worse_and_nothing_new": (scaled(1.0, 1 / 1.05), "", False, NOTHING_NEW),
    "row_model_20_percent_worse": (scaled(1.25, 1 / 1.2), NEWS, False,
                                   "the row model's error is 8.00, the champion's on the same "
                                   "months 6.67"),
    "champion_without_forecasts": (ModelErrors(forecasts=None, rows=8.0), "", True,
                                   "it makes forecasts"),
    "champion_without_forecasts_but_a_better_row_model": (ModelErrors(forecasts=None, rows=6.0), "",
                                                          False,
                                                          "the row model's error is 8.00, the "
                                                          "champion's on the same months 6.00"),
    "champion_whose_row_model_cannot_be_scored": (ModelErrors(forecasts=MINE.forecasts, rows=None),
                                                  NEWS, True, f"it has {NEWS}"),
    "champion_whose_row_model_cannot_be_scored_and_nothing_new": (
        ModelErrors(forecasts=MINE.forecasts, rows=None), "", False, NOTHING_NEW),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_contest_lets_a_candidate_pass_that_is_not_worse_and_brings_something(case):
    champion, news, promote, words = CASES[case]
    verdict = judge(compare_with_champion(MINE, champion, news=news), gate="better", champion="v1")
    assert verdict.promote is promote
    assert verdict.reason == (f"all 3 checks passed, {words}" if promote else words)


@pytest.mark.parametrize(
    ("gate", "promote", "forced"), [("always", True, True), ("never", False, False)]
)
def test_contest_that_is_lost_is_decided_by_the_gate(gate, promote, forced):
    checks = compare_with_champion(MINE, scaled(0.5, 0.5), news="")
    verdict = judge(checks, gate=gate, champion="v1")
    assert (verdict.promote, verdict.forced) == (promote, forced)
    assert [check.passed for check in verdict.checks] == [False, False, False]


def test_form_is_of_the_forecasts_own_forecaster():
    found = errors_of(small_forecast(), rows=3.0)
    assert found == ModelErrors(forecasts=dict.fromkeys(HORIZONS, 2.0), rows=3.0)


def with_errors(mae):
    """The small forecast, its forecaster with another error at every horizon."""
    forecast = small_forecast()
    leaderboard = tuple(
        replace(one, accuracy=replace(one.accuracy, mae=mae))
        if one.forecaster == FORECASTER
        else one
        for one in forecast.leaderboard
    )
    return replace(forecast, leaderboard=leaderboard)


@pytest.mark.parametrize(
    ("mae", "passed", "said"),
    [
        # The best baselines err by 1, 3, 6 and 12: 3.83 by their geometric mean.
        pytest.param(2.0, True, "0.52", id="better"),
        pytest.param(3.8, True, "0.99", id="hardly_better"),
        pytest.param(3.9, False, "1.02", id="worse"),
        pytest.param(0.0, True, "0.00", id="without_error"),
    ],
)
def test_forecasts_have_to_beat_the_best_baseline_of_each_horizon(mae, passed, said):
    check = compare_with_baselines(with_errors(mae))
    assert check.passed is passed
    assert check.reason == (
        f"the forecasts' errors are {said} times those of the best baselines over 36 months"
    )


def test_forecasts_as_good_as_the_baselines_are_not_better():
    forecast = small_forecast()
    same = replace(
        forecast,
        leaderboard=tuple(
            replace(one, baseline=one.forecaster) for one in forecast.leaderboard
            if one.forecaster == FORECASTER
        ),
    )  # fmt: skip
    assert not compare_with_baselines(same).passed


@given(errors=ERRORS)
@hypothesis_settings(max_examples=40, deadline=None)
def test_relative_error_of_equals_is_one(errors):
    assert relative_error(errors, dict(errors)) == 1.0


@given(errors=ERRORS, factor=st.floats(0.1, 10.0).filter(lambda factor: abs(factor - 1) > 1e-3))
@hypothesis_settings(max_examples=40, deadline=None)
def test_relative_error_of_errors_times_a_factor_is_the_factor(errors, factor):
    larger = {horizon: mae * factor for horizon, mae in errors.items()}
    assert relative_error(larger, errors) == pytest.approx(factor)
    assert relative_error(errors, larger) == pytest.approx(1 / factor)


def test_relative_error_of_twice_as_good_and_half_as_good_cancels_out():
    assert relative_error({1: 2.0, 12: 20.0}, {1: 1.0, 12: 40.0}) == pytest.approx(1.0)


def test_relative_error_looks_at_shared_horizons_alone():
    assert relative_error({1: 2.0, 3: 99.0}, {1: 1.0, 6: 1.0}) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [(0.0, 0.0, 1.0), (0.0, 2.0, 0.0), (2.0, 0.0, float("inf"))],
    ids=["both_perfect", "perfect", "against_perfect"],
)
def test_relative_error_of_no_error(first, second, ratio):
    assert relative_error({1: first}, {1: second}) == ratio
