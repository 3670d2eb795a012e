import pytest

from benchmarks.environment import BenchmarkError
from benchmarks.serving.protocols import BINARY, NAMED

ROWS = [{"a": 1.0, "b": 2.0}, {"a": 3.0, "b": 4.0}, {"a": 5.0, "b": 6.0}]
EXPECTED = [10.0, 20.0, 30.0]


def test_requests_of_one_row_are_one_for_each():
    assert [one.expected for one in NAMED.requests(ROWS, EXPECTED, size=1)] == [
        (10.0,),
        (20.0,),
        (30.0,),
    ]


def test_requests_of_many_rows_start_over():
    requests = NAMED.requests(ROWS, EXPECTED, size=4)
    assert requests[1].expected == (20.0, 30.0, 10.0, 20.0)


def test_request_as_http_has_its_length():
    request = BINARY.requests(ROWS, EXPECTED, size=2)[0]
    head, _, body = request.to_http(8080).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert body == request.body


@pytest.mark.parametrize(
    "predictions",
    [
        pytest.param([10.0], id="too few"),
        pytest.param([10.0, 20.1], id="another"),
        pytest.param([10.0, float("nan")], id="not a number"),
    ],
)
def test_check_of_wrong_predictions_fails(predictions):
    request = NAMED.requests(ROWS, EXPECTED, size=2)[0]
    with pytest.raises(BenchmarkError):
        request.check(predictions, server="ours")


def test_binary_response_is_the_numbers_behind_the_json():
    body = b'{"outputs": [{"name": "\xc3\xbc"}]}' + b"\x00\x00\x00\x00\x00\x00\xf0\x3f"
    assert BINARY.decode(body) == [1.0]
