import asyncio
import gzip
import tracemalloc
import zlib

import pytest

from serving.errors import BodyTooLargeError, MediaTypeError, RequestFieldError
from serving.http import body

LIMIT = 10


def reading(*parts, headers=None):
    """Read a body that comes in parts; return it, and how many bytes of each part were held."""
    asked, held = [], []

    async def receive():
        part = parts[len(asked)]
        asked.append(part)
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": len(asked) < len(parts)}

    read = asyncio.run(body.read(receive, headers or {}, limit=LIMIT, hold=held.append))
    return read, held


@pytest.mark.parametrize("parts", [[b""], [b"0123456789"], [b"01", b"", b"23"]], ids=len)
def test_body_up_to_the_limit_is_read_and_held(parts):
    assert reading(*parts) == (b"".join(parts), [len(part) for part in parts])


@pytest.mark.parametrize("parts", [[b"0123456789a"], [b"012345", b"6789a", b"b"]], ids=len)
def test_body_over_the_limit_is_refused_after_it_was_read(parts):
    with pytest.raises(BodyTooLargeError, match="larger than 10 bytes"):
        reading(*parts)


def test_body_far_over_the_limit_is_not_read_to_its_end():
    endless = [b"0" * body.DISCARDED_BYTES] * 3
    with pytest.raises(BodyTooLargeError):
        reading(*endless)


def test_body_that_says_it_is_far_too_long_is_not_read():
    length = b"%d" % (LIMIT + body.DISCARDED_BYTES + 1)
    with pytest.raises(BodyTooLargeError):
        reading(b"0", b"must not be asked for", headers={b"content-length": length})


def test_body_of_a_client_that_leaves_is_nobodys():
    with pytest.raises(body.ClientDisconnectedError):
        reading(b"01", None)


def test_body_read_is_given_again_and_then_what_follows():
    async def receive():
        return {"type": "http.disconnect"}

    async def twice():
        again = body.replay(b"01", receive)
        return await again(), await again()

    first, second = asyncio.run(twice())
    assert (first["body"], first["more_body"]) == (b"01", False)
    assert second == {"type": "http.disconnect"}


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/json",
        b"application/json; charset=utf-8",
        b"application/json;charset=UTF-8",
        b'Application/JSON; charset="utf-8"',
        b"application/json; charset=us-ascii",
    ],
)
def test_content_type_json_is_accepted(content_type):
    body.check({b"content-type": content_type})


def test_content_type_absent_or_binary_is_accepted_where_tensors_may_be():
    body.check({})
    body.check({b"content-type": b"application/octet-stream"}, binary=True)


@pytest.mark.parametrize(
    "content_type",
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
def test_content_type_anything_else_is_refused(content_type):
    with pytest.raises(MediaTypeError, match=r"^Content-Type is .*; expected application/json"):
        body.check({b"content-type": content_type})


PACKED = {b"gzip": gzip.compress, b"deflate": zlib.compress}


@pytest.mark.parametrize("encoding", [b"gzip", b"GZIP", b"x-gzip", b"deflate"])
@pytest.mark.parametrize("text", [b"", b"0123456789"], ids=len)
def test_inflate_body_up_to_the_limit_is_what_was_packed(encoding, text):
    packed = PACKED[encoding.lower().removeprefix(b"x-")](text)
    assert body.inflate(packed, encoding, limit=LIMIT) == text


def test_inflate_body_that_is_not_packed_is_left_alone():
    assert body.inflate(b"0", b"identity", limit=LIMIT) == b"0"


@pytest.mark.parametrize("encoding", PACKED)
def test_inflate_bomb_is_refused_and_never_whole_in_memory(encoding):
    bomb = PACKED[encoding](bytes(64 * 2**20))
    tracemalloc.start()
    with pytest.raises(BodyTooLargeError, match="larger than 10 bytes"):
        body.inflate(bomb, encoding, limit=LIMIT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


ONE = gzip.compress(b"0123")


@pytest.mark.parametrize(
    ("packed", "encoding", "error", "message"),
    [
        pytest.param(
            b"0", b"br", MediaTypeError, "'br'; expected gzip, deflate or none.", id="other"
        ),
        pytest.param(
            ONE, b"gzip, gzip", MediaTypeError, "Content-Encoding is 'gzip, gzip'", id="twice"
        ),
        pytest.param(
            b"{}", b"gzip", RequestFieldError, "The body: is not gzip, as Content-", id="plain"
        ),
        pytest.param(
            ONE, b"deflate", RequestFieldError, "is not deflate, as Content-Encoding", id="gzip"
        ),
        pytest.param(
            ONE[:-1], b"gzip", RequestFieldError, "lacks the end of its gzip stream", id="cut off"
        ),
        pytest.param(
            ONE * 2, b"gzip", RequestFieldError, "has 24 bytes behind the end", id="two streams"
        ),
    ],
)
def test_inflate_body_that_is_no_such_stream_is_refused(packed, encoding, error, message):
    with pytest.raises(error) as caught:
        body.inflate(packed, encoding, limit=LIMIT)
    assert message in str(caught.value)


def test_content_type_header_length_is_a_number_or_absent():
    assert body.header_length({}) is None
    assert body.header_length({body.HEADER_LENGTH: b"12"}) == 12


@pytest.mark.parametrize("length", [b"", b"-1", b"1.0", b"x", b"9" * 30, "\u0661".encode()])
def test_content_type_senseless_header_length_is_refused(length):
    with pytest.raises(RequestFieldError, match="expected the length of the JSON part"):
        body.header_length({body.HEADER_LENGTH: length})
