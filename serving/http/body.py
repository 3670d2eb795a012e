"""Reading a request's body, no further than its limit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from serving.errors import BodyTooLargeError

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

# A client that has not finished writing may never read the answer: this much more is read and
# thrown away so that it does.
DISCARDED_BYTES = 32 * 1024 * 1024


class GoneError(Exception):
    """The client went away before its request was whole; there is nobody to answer."""


async def read(
    receive: Receive, headers: Mapping[bytes, bytes], *, limit: int, hold: Callable[[int], None]
) -> bytes:
    """Read a body.

    Args:
        receive: ASGI's.
        headers: The request's.
        limit: How many bytes it may have.
        hold: Told of the bytes that are kept; see `Intake.holding`.

    Raises:
        BodyTooLargeError: It is larger than the limit.
        CrowdedError: Others hold too much already.
        GoneError: The client went away.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        raise GoneError
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
            raise GoneError
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


def _is_hopeless(headers: Mapping[bytes, bytes], limit: int) -> bool:
    """Whether the client itself says that it sends more than would ever be thrown away."""
    claimed = headers.get(b"content-length", b"")
    return claimed.isdigit() and len(claimed) < 18 and int(claimed) > limit + DISCARDED_BYTES


def again(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read to whoever reads next, and then what else comes."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> MutableMapping[str, Any]:
        return messages.pop() if messages else await receive()

    return replayed
