"""Kinds of content: what a body may claim to be.

Reading a request's body, no further than its limit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from email.message import Message
from functools import lru_cache
from typing import Any

from serving.errors import BodyTooLargeError, MediaTypeError, RequestFieldError

JSON = "application/json"
BINARY = "application/octet-stream"
CHARSETS = ("utf-8", "utf8", "us-ascii")
CLOUD_EVENTS = (b"application/cloudevents+json",)
HEADER_LENGTH = b"inference-header-content-length"

Headers = Mapping[bytes, bytes]


def check(headers: Headers, *, binary: bool = False) -> None:
    """Refuse a body that is not JSON in UTF-8; without any claim it is taken for that.

    Args:
        headers: Of the request.
        binary: Whether JSON followed by binary tensors may come too.

    Raises:
        MediaTypeError: It claims to be something else, or to be compressed.
    """
    claimed = headers.get(b"content-type")
    if claimed is not None and not _is_json(claimed) and not (binary and _kind(claimed) == BINARY):
        text = claimed.decode("latin-1")
        raise MediaTypeError(header="Content-Type", value=text, expected=f"{JSON} in UTF-8")
    encoding = headers.get(b"content-encoding", b"identity")
    if encoding != b"identity":
        text = encoding.decode("latin-1")
        raise MediaTypeError(header="Content-Encoding", value=text, expected="none")


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


def is_cloud_event(headers: Headers) -> bool:
    """Whether a request is a CloudEvent, which KServe unwraps by itself."""
    return b"ce-specversion" in headers or headers.get(b"content-type") in CLOUD_EVENTS


def wants_page(headers: Headers) -> bool:
    """Whether a request is a browser's that is to show something; programs take anything."""
    return b"text/html" in headers.get(b"accept", b"")


@lru_cache(maxsize=64)
def _is_json(claimed: bytes) -> bool:
    message = _parsed(claimed)
    charset = (message.get_content_charset() or "utf-8").lower()
    return message.get_content_type() == JSON and charset in CHARSETS


@lru_cache(maxsize=64)
def _kind(claimed: bytes) -> str:
    return _parsed(claimed).get_content_type()


def _parsed(claimed: bytes) -> Message:
    message = Message()
    message["content-type"] = claimed.decode("latin-1")
    return message


Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

# A client that has not finished writing may never read the answer: this much more is read and
# thrown away so that it does.
DISCARDED_BYTES = 32 * 1024 * 1024


class ClientDisconnectedError(Exception):
    """The client went away before its request was whole; there is nobody to answer."""


async def read(
    receive: Receive, headers: Headers, *, limit: int, hold: Callable[[int], None]
) -> bytes:
    """Read a body.

    Args:
        receive: ASGI's.
        headers: The request's.
        limit: How many bytes it may have.
        hold: Told of the bytes that are kept; see `HeldBytes.holding`.

    Raises:
        BodyTooLargeError: It is larger than the limit.
        HeldBytesLimitError: Others hold too much already.
        ClientDisconnectedError: The client went away.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnectedError
    body: bytes = message.get("body", b"")
    is_whole = not message.get("more_body", False)
    if len(body) <= limit:
        hold(len(body))
        if is_whole:
            return body
    if is_whole or _is_hopeless(headers, limit):
        raise BodyTooLargeError(limit=limit)
    return await _rest(body, receive, limit, hold)


async def _rest(body: bytes, receive: Receive, limit: int, hold: Callable[[int], None]) -> bytes:
    """Read what follows; keep nothing any more once it is too much, and stop at far too much."""
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


def _is_hopeless(headers: Headers, limit: int) -> bool:
    """Whether the client itself says that it sends more than would ever be thrown away."""
    claimed = headers.get(b"content-length", b"")
    return claimed.isdigit() and len(claimed) < 18 and int(claimed) > limit + DISCARDED_BYTES


def again(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read to whoever reads next, and then what else comes."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> MutableMapping[str, Any]:
        return messages.pop() if messages else await receive()

    return replayed
