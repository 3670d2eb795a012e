import pytest

from benchmarks.environment import BenchmarkError
from benchmarks.serving.open_loop import due_times, response_body, summarize


def test_due_times_are_evenly_spread():
    assert due_times(4, 1).tolist() == [0, 0.25, 0.5, 0.75]


def test_due_times_of_a_low_rate_hold_one_request():
    assert due_times(0.1, 1).tolist() == [0]


def test_summarize_counts_latency_from_when_a_request_was_due():
    due = due_times(10, 1)
    stalled = [max(time, 0.5) + 0.01 for time in due]
    result = summarize(due, stalled, [0.0], rate=10)
    assert result.maximum == pytest.approx(510)
    assert result.p50 == pytest.approx(60)
    assert result.achieved == pytest.approx(10 / 0.91)


def test_summarize_has_the_delay_of_the_client():
    due = due_times(2, 1)
    assert summarize(due, due + 0.1, [0.002, 0.002], rate=2).client_delay == pytest.approx(2)


@pytest.mark.parametrize(
    ("received", "body"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-le", None, id="within the head"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab", None, id="within the body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", b"ab", id="whole"),
    ],
)
def test_response_body_is_none_until_complete(received, body):
    assert response_body(received) == body


def test_response_body_of_an_error_fails():
    with pytest.raises(BenchmarkError, match="503"):
        response_body(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
