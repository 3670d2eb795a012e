"""What the gate says of a candidate's data."""

from dataclasses import replace

import pytest

from milkprice.data.checks.finding import Finding
from milkprice.validation.checks import data_checks
from milkprice.validation.drift import Shift
from tests.support.reports import small_drift

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
    return replace(small_drift(), shifts=tuple(shifts))


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
