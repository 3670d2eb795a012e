"""An answer as the bytes of one packet, for what does not go through uvicorn's messages."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from serving.http.call import Header, Reply

CLOSE: Header = (b"connection", b"close")
STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


def packet(reply: Reply, common: Iterable[Header]) -> bytes:
    """Write an answer.

    Args:
        reply: With all headers that are its own, the length among them.
        common: What stands before them in every answer.
    """
    parts = [STATUS_LINES[reply.status]]
    for name, value in (*common, *reply.headers):
        parts += name, b": ", value, b"\r\n"
    parts += b"\r\n", reply.body
    return b"".join(parts)
