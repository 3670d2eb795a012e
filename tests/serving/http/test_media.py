import pytest

from serving.errors import MediaTypeError, RequestFieldError
from serving.http import body as media


@pytest.mark.parametrize(
    "claimed",
    [
        b"application/json",
        b"application/json; charset=utf-8",
        b"application/json;charset=UTF-8",
        b'Application/JSON; charset="utf-8"',
        b"application/json; charset=us-ascii",
    ],
)
def test_media_json_is_accepted(claimed):
    media.check({b"content-type": claimed})


def test_media_without_a_claim_is_taken_for_json():
    media.check({})


@pytest.mark.parametrize(
    "claimed",
    [
        b"text/plain",
        b"application/json; charset=latin-1",
        b"application/x-www-form-urlencoded",
        b"application/octet-stream",
        b"",
        b"\xff",
        b"application/jsonx",
    ],
)
def test_media_anything_else_is_refused(claimed):
    with pytest.raises(MediaTypeError, match=r"^Content-Type is .*; expected application/json"):
        media.check({b"content-type": claimed})


def test_media_binary_is_accepted_where_tensors_may_be():
    media.check({b"content-type": b"application/octet-stream"}, binary=True)


def test_media_compressed_body_is_refused():
    with pytest.raises(MediaTypeError, match="Content-Encoding is 'gzip'; expected none"):
        media.check({b"content-encoding": b"gzip"})


def test_media_header_length_is_a_number_or_absent():
    assert media.header_length({}) is None
    assert media.header_length({media.HEADER_LENGTH: b"12"}) == 12


@pytest.mark.parametrize("length", [b"", b"-1", b"1.0", b"x", b"9" * 30, "\u0661".encode()])
def test_media_senseless_header_length_is_refused(length):
    with pytest.raises(RequestFieldError, match="expected the length of the JSON part"):
        media.header_length({media.HEADER_LENGTH: length})
