import pytest

from benchmarks.faults import BenchmarkError
from benchmarks.serving.connection import answer_body
from benchmarks.serving.protocols import BINARY, NAMED
from benchmarks.serving.questions import check, questions, read_frames, write_frames

ROWS = [{"a": 1.0, "b": 2.0}, {"a": 3.0, "b": 4.0}, {"a": 5.0, "b": 6.0}]
EXPECTED = [10.0, 20.0, 30.0]


def test_questions_of_one_row_are_one_from_each():
    assert [one.expected for one in questions(ROWS, EXPECTED, NAMED, count=1)] == [
        (10.0,),
        (20.0,),
        (30.0,),
    ]


def test_questions_of_many_rows_go_round():
    asked = questions(ROWS, EXPECTED, NAMED, count=4)
    assert asked[1].expected == (20.0, 30.0, 10.0, 20.0)


def test_wire_of_a_question_says_its_length():
    asked = questions(ROWS, EXPECTED, BINARY, count=2)[0]
    head, _, body = asked.wire("/path", 8080).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert body == asked.body


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param([10.0], id="too few"),
        pytest.param([10.0, 20.1], id="another"),
        pytest.param([10.0, float("nan")], id="not a number"),
    ],
)
def test_check_of_a_wrong_answer_fails(answer):
    asked = questions(ROWS, EXPECTED, NAMED, count=2)[0]
    with pytest.raises(BenchmarkError):
        check(asked, answer, who="somebody")


def test_frames_written_and_read_are_the_same(tmp_path):
    frames = [b"one\ntwo\n", b"", b"\x00\xff"]
    write_frames(tmp_path / "frames", frames)
    assert list(read_frames(tmp_path / "frames")) == frames


def test_binary_answer_is_the_numbers_behind_the_json():
    answer = b'{"outputs": [{"name": "\xc3\xbc"}]}' + b"\x00\x00\x00\x00\x00\x00\xf0\x3f"
    assert BINARY.decode(answer) == [1.0]


@pytest.mark.parametrize(
    ("received", "body"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-le", None, id="within the head"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab", None, id="within the body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", b"ab", id="whole"),
    ],
)
def test_answer_body_is_there_when_all_of_it_is(received, body):
    assert answer_body(received) == body


def test_answer_body_of_a_refusal_fails():
    with pytest.raises(BenchmarkError, match="503"):
        answer_body(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
