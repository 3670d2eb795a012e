"""Whether a candidate is better: the table of cases, and the arithmetic behind it."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from milkprice.data.checks import Finding
from milkprice.validation.checks import (
    ModelErrors,
    compare_with_baselines,
    compare_with_champion,
    data_checks,
    errors_of,
    relative_error,
)
from milkprice.validation.drift import Shift
from milkprice.validation.gate import decide
from tests.support.forecasts import FORECASTER, HORIZONS, small_forecast
from tests.support.reports import small_drift

CANDIDATE = ModelErrors(forecast_mae={1: 4.0, 3: 6.0}, row_mae=8.0)
NEWER = "prices to 2021-03, the champion to 2021-02"
NOTHING_NEW = "neither its data nor its errors are any better"
WORSE_FORECASTS = "the forecasts' errors are 1.25 times the champion's on the same months"
WORSE_ROWS = "the row model's error is 8.00, the champion's on the same months 6.00"
ERRORS = st.dictionaries(st.sampled_from(HORIZONS), st.floats(0.01, 1e3), min_size=1)


def scaled(forecasts=1.0, rows=1.0):
    """A champion whose errors are so many times the candidate's; None where it cannot be scored."""
    mae = CANDIDATE.forecast_mae.items()
    return ModelErrors(
        forecast_mae=forecasts and {horizon: error * forecasts for horizon, error in mae},
        row_mae=rows and CANDIDATE.row_mae * rows,
    )


@pytest.mark.parametrize(
    ("champion", "new_data", "promote", "reason"),
    [
        pytest.param(champion, new_data, promote, reason, id=case)
        for case, champion, new_data, promote, reason in [
            ("better forecasts", scaled(1.25), "", True, "its forecasts are better"),
            ("better row model", scaled(1.0, 1.25), "", True, "its row model is better"),
            ("both better", scaled(1.25, 1.25), "", True,
             "its forecasts are better and its row model is better"),
            ("equal, newer data", scaled(), NEWER, True, f"it has {NEWER}"),
            ("equal, revised data", scaled(), "revised past values", True,
             "it has revised past values"),
            ("equal, nothing new", scaled(), "", False, NOTHING_NEW),
            ("equal but for rounding", scaled(1 + 1e-9, 1 + 1e-9), "", False, NOTHING_NEW),
            ("worse forecasts", scaled(0.8), "", False, f"{WORSE_FORECASTS}; {NOTHING_NEW}"),
            ("worse forecasts, newer data", scaled(0.8), NEWER, False, WORSE_FORECASTS),
            ("worse forecasts, better row model", scaled(0.8, 1.25), "", False, WORSE_FORECASTS),
            ("rows 5 % worse, newer data", scaled(1.0, 1 / 1.05), NEWER, True, f"it has {NEWER}"),
            ("rows 5 % worse, better forecasts", scaled(1.25, 1 / 1.05), "", True,
             "its forecasts are better"),
            ("rows 5 % worse, nothing new", scaled(1.0, 1 / 1.05), "", False, NOTHING_NEW),
            ("rows 33 % worse", scaled(1.25, 0.75), NEWER, False, WORSE_ROWS),
            ("champion without forecasts", scaled(None), "", True, "it makes forecasts"),
            ("champion without forecasts, better row model", scaled(None, 0.75), "", False,
             WORSE_ROWS),
            ("champion's rows not scored", scaled(1.0, None), NEWER, True, f"it has {NEWER}"),
            ("champion's rows not scored, nothing new", scaled(1.0, None), "", False, NOTHING_NEW),
        ]
    ],
)  # fmt: skip
def test_candidate_passes_that_is_not_worse_and_brings_something(
    champion, new_data, promote, reason
):
    checks = compare_with_champion(CANDIDATE, champion, new_data=new_data)
    verdict = decide(checks, gate="better", champion="v1")
    assert verdict.promote is promote
    assert verdict.reason == (f"all 3 checks passed, {reason}" if promote else reason)


def test_candidate_that_is_worse_fails_every_check():
    checks = compare_with_champion(CANDIDATE, scaled(0.5, 0.5), new_data="")
    assert [check.passed for check in checks] == [False, False, False]


def test_errors_are_of_the_forecasts_own_forecaster():
    assert errors_of(small_forecast()) == dict.fromkeys(HORIZONS, 2.0)


def with_errors(mae, *, best=None):
    """The small forecast, its forecaster, and all others, with another error at every horizon."""
    forecast = small_forecast()
    leaderboard = tuple(
        replace(one, accuracy=replace(one.accuracy, mae=mae))
        if one.forecaster == FORECASTER
        else replace(
            one, accuracy=replace(one.accuracy, mae=one.accuracy.mae if best is None else best)
        )
        for one in forecast.leaderboard
    )
    return replace(forecast, leaderboard=leaderboard)


@pytest.mark.parametrize(
    ("mae", "passed", "ratio"),
    [
        # The best baselines err by 1, 3, 6 and 12: 3.83 by their geometric mean.
        pytest.param(2.0, True, "0.52", id="better"),
        pytest.param(3.8, True, "0.99", id="hardly_better"),
        pytest.param(3.9, False, "1.02", id="worse"),
        pytest.param(0.0, True, "0.00", id="without_error"),
        pytest.param(4000.0, False, "over 1,000", id="hopeless"),
    ],
)
def test_forecasts_have_to_beat_the_best_baseline_of_each_horizon(mae, passed, ratio):
    check = compare_with_baselines(with_errors(mae))
    assert check.passed is passed
    assert check.reason == (
        f"the forecasts' errors are {ratio} times those of the best baselines over 36 months"
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
    ("own", "best", "reason"),
    [
        pytest.param(0.0, 0.0, "are 1.00 times", id="nobody_errs"),
        pytest.param(1e-13, 3e-14, "are 1.00 times", id="rounding"),
        pytest.param(2.0, 0.0, "are over 1,000 times", id="baseline_does_not_err"),
        pytest.param(1e-13, 2.0, "are 0.00 times", id="only_baseline_errs"),
    ],
)
def test_error_that_is_none_is_compared_as_a_hair_of_the_price(own, best, reason):
    check = compare_with_baselines(with_errors(own, best=best))
    assert reason in check.reason
    assert check.passed is (own < best and best > 1)


def test_horizons_where_either_does_not_err_cancel_out():
    """Of infinitely better and infinitely worse no mean can be taken."""
    forecast = small_forecast()
    errors = {(FORECASTER, 1): 0.0, ("naive", 3): 0.0}
    leaderboard = tuple(
        replace(one, accuracy=replace(
            one.accuracy, mae=errors.get((one.forecaster, one.horizon), 1.0)))
        for one in forecast.leaderboard if one.horizon in (1, 3)
    )  # fmt: skip
    check = compare_with_baselines(replace(forecast, leaderboard=leaderboard))
    assert "are 1.00 times" in check.reason


STOP = Finding("units", stop=True, reason="rain is in cm")
ANOTHER = Finding("missing months", stop=True, reason="a month is gone")
WARNING = Finding("newest month", stop=False, reason="nothing is new")


@pytest.mark.parametrize(
    ("findings", "passed", "reason"),
    [
        pytest.param((), True, "nothing wrong with the source", id="nothing"),
        pytest.param((WARNING,), True, "nothing wrong with the source but 1 warning", id="warning"),
        pytest.param((STOP, WARNING, ANOTHER), False, "rain is in cm; a month is gone", id="stops"),
    ],
)
def test_source_passes_unless_something_stops(findings, passed, reason):
    [check] = data_checks(findings, None)
    assert (check.name, check.passed, check.reason) == ("source", passed, reason)


def shifted(count, *, of=8):
    shifts = [Shift(f"feature {place}", 0.3 if place < count else 0.0) for place in range(of)]
    return dataclasses.replace(small_drift(), shifts=tuple(shifts))


@pytest.mark.parametrize(
    ("drift", "passed", "reason"),
    [
        pytest.param(shifted(2), True, "2 of 8 features have shifted significantly", id="few"),
        pytest.param(shifted(3), False, "3 of 8 features have shifted significantly, over 25%",
                     id="many"),
        pytest.param(shifted(0, of=0), True, "0 of 0 features have shifted significantly",
                     id="none_in_common"),
    ],
)  # fmt: skip
def test_drift_passes_while_few_features_shifted(drift, passed, reason):
    [_, check] = data_checks((), drift)
    assert (check.name, check.passed, check.reason) == ("drift", passed, reason)
