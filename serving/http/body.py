"""A request's body: which content types it may have, reading and inflating it up to its limit."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from email.message import Message
from functools import lru_cache
from typing import Any

from serving.errors import BodyTooLargeError, MediaTypeError, RequestFieldError

Headers = Mapping[bytes, bytes]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

JSON = "application/json"
BINARY = "application/octet-stream"
CHARSETS = ("utf-8", "utf8", "us-ascii")
EVENT = "application/cloudevents+json"
EVENT_VERSION = b"ce-specversion"
ENCODING = b"content-encoding"
# What may compress a body, with zlib's number for its format.
WINDOW_BITS = {
    "gzip": 16 + zlib.MAX_WBITS,
    "x-gzip": 16 + zlib.MAX_WBITS,
    "deflate": zlib.MAX_WBITS,
}
HEADER_LENGTH = b"inference-header-content-length"
# A client that has not finished sending may never read the response: this much more is read and
# discarded so that it does.
DISCARDED_BYTES = 32 * 1024 * 1024


class ClientDisconnectedError(Exception):
    """The client disconnected before its request was complete; there is nobody to answer."""


def check(headers: Headers, *, binary: bool = False) -> None:
    """Refuse a body that is not JSON in UTF-8; without a content type it is taken for that.

    Args:
        headers: Of the request.
        binary: Whether ``application/octet-stream`` is allowed too, as of JSON with binary tensors
            behind it. Triton's asyncio client sends JSON without any under it as well.

    Raises:
        MediaTypeError: Its content type is another one.
    """
    kind = headers.get(b"content-type")
    if kind is not None and _media_type(kind) not in ((JSON, BINARY) if binary else (JSON,)):
        text = kind.decode("latin-1")
        raise MediaTypeError(header="Content-Type", value=text, expected=f"{JSON} in UTF-8")


def header_length(headers: Headers) -> int | None:
    """The length of the JSON before binary tensors; None if there are none.

    Raises:
        RequestFieldError: The header holds no length.
    """
    length = headers.get(HEADER_LENGTH)
    if length is None:
        return None
    if not length.isdigit() or len(length) > 18:
        text = length.decode("latin-1")
        reason = f"is {text[:20]!r}; expected the length of the JSON part in bytes"
        raise RequestFieldError(field="Inference-Header-Content-Length", reason=reason)
    return int(length)


def is_event(headers: Headers) -> bool:
    """Whether a request is a CloudEvent."""
    return EVENT_VERSION in headers or _media_type(headers.get(b"content-type", b"")) == EVENT


def is_structured_event(headers: Headers) -> bool:
    """Whether a request is a CloudEvent whose attributes are in its body."""
    return _media_type(headers.get(b"content-type", b"")) == EVENT


def wants_page(headers: Headers) -> bool:
    """Whether a browser asks for something to show; programs accept anything."""
    return b"text/html" in headers.get(b"accept", b"")


async def read(
    receive: Receive, headers: Headers, *, limit: int, hold: Callable[[int], None]
) -> bytes:
    """Read a body.

    Args:
        receive: ASGI's.
        headers: The request's.
        limit: How many bytes it may have.
        hold: Counts the bytes that are kept; see `HeldBytes.holding`.

    Raises:
        BodyTooLargeError: It is larger than the limit.
        OverloadError: Other bodies hold too much already.
        ClientDisconnectedError: The client disconnected.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnectedError
    body: bytes = message.get("body", b"")
    is_complete = not message.get("more_body", False)
    if len(body) <= limit:
        hold(len(body))
        if is_complete:
            return body
    if is_complete or _is_far_too_large(headers, limit):
        raise BodyTooLargeError(limit=limit)
    return await _read_rest(body, receive, limit, hold)


def inflate(body: bytes, encoding: bytes, *, limit: int) -> bytes:
    """Decompress a body as its ``Content-Encoding`` says; of a bomb no more than the limit.

    Raises:
        MediaTypeError: It is an encoding that is not supported.
        RequestFieldError: It is not encoded so, or is no single whole stream.
        BodyTooLargeError: It is larger than the limit once decompressed.
    """
    name = encoding.decode("latin-1").strip().lower()
    if name == "identity":
        return body
    if name not in WINDOW_BITS:
        expected = "gzip, deflate or none"
        raise MediaTypeError(header="Content-Encoding", value=name, expected=expected)
    stream = zlib.decompressobj(WINDOW_BITS[name])
    try:
        inflated = stream.decompress(body, limit + 1)
    except zlib.error as error:
        reason = f"is not {name}, as Content-Encoding says: {error}"
        raise RequestFieldError(field="The body", reason=reason) from error
    if len(inflated) > limit:
        raise BodyTooLargeError(limit=limit)
    if stream.unused_data or not stream.eof:
        problem = f"has {len(stream.unused_data)} bytes behind" if stream.eof else "lacks"
        reason = f"{problem} the end of its {name} stream; expected one stream and all of it"
        raise RequestFieldError(field="The body", reason=reason)
    return inflated


def replay(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives a body that was read, and then what else arrives."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> MutableMapping[str, Any]:
        return messages.pop() if messages else await receive()

    return replayed


async def _read_rest(
    body: bytes, receive: Receive, limit: int, hold: Callable[[int], None]
) -> bytes:
    """Read what follows; above the limit nothing is kept, and far above it reading stops."""
    parts, size, more = [body], len(body), True
    while more and size <= limit + DISCARDED_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnectedError
        part: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(part)
        if size <= limit:
            hold(len(part))
            parts.append(part)
        else:
            parts.clear()
    if size > limit:
        raise BodyTooLargeError(limit=limit)
    return b"".join(parts)


def _is_far_too_large(headers: Headers, limit: int) -> bool:
    """Whether the client announces more than would ever be discarded."""
    length = headers.get(b"content-length", b"")
    return length.isdigit() and len(length) < 18 and int(length) > limit + DISCARDED_BYTES


@lru_cache(maxsize=64)
def _media_type(kind: bytes) -> str:
    """A content type without its parameters; empty for text in another charset than UTF-8."""
    message = Message()
    message["content-type"] = kind.decode("latin-1")
    name, charset = message.get_content_type(), message.get_content_charset() or "utf-8"
    return name if charset.lower() in CHARSETS or name == BINARY else ""
