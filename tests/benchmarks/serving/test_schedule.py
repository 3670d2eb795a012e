import pytest

from benchmarks.serving.schedule import due_times, outcome


def test_due_times_are_evenly_spread():
    assert due_times(4, 1).tolist() == [0, 0.25, 0.5, 0.75]


def test_due_times_of_a_low_rate_hold_one_request():
    assert due_times(0.1, 1).tolist() == [0]


def test_outcome_counts_latency_from_when_a_request_was_due():
    due = due_times(10, 1)
    stalled = [max(time, 0.5) + 0.01 for time in due]
    told = outcome(due, stalled, [0.0], rate=10, checked=1)
    assert told.most == pytest.approx(510)
    assert told.p50 == pytest.approx(60)
    assert told.reached == pytest.approx(10 / 0.91)


def test_outcome_tells_the_clients_own_delay():
    due = due_times(2, 1)
    assert outcome(due, due + 0.1, [0.002, 0.002], rate=2, checked=0).late == pytest.approx(2)
