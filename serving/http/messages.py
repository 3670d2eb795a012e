"""What a route is asked and what it gives back.

Answers that were ready before others were read, sent together.
An answer as the bytes of one packet, for what does not go through uvicorn's messages.
One request's answer on its way to the client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

from milkprice.errors import MilkpriceError
from serving.errors import PayloadError
from serving.statuses import http_headers, http_status

Header = tuple[bytes, bytes]

REQUEST_ID = b"x-request-id"
JSON: Header = (b"content-type", b"application/json")


class Request(NamedTuple):
    """One request, its body read.

    Attributes:
        name: The model in the path; empty where the path names none.
        version: The version in the path.
        headers: By lower-case name; of repeated ones the last.
        body: Its bytes.
    """

    name: str
    version: str | None
    headers: Mapping[bytes, bytes]
    body: bytes


class Response(NamedTuple):
    """One answer.

    Attributes:
        body: Its bytes.
        status: HTTP's status.
        headers: With the content's type; the length comes at the end.
    """

    body: bytes
    status: int = 200
    headers: tuple[Header, ...] = (JSON,)

    def addressed(self, request_id: bytes) -> Response:
        """The answer with its length and its request's id among the headers."""
        return self.measured((REQUEST_ID, request_id))

    def measured(self, *more: Header) -> Response:
        """The answer with its length among the headers, and more of them."""
        length = (b"content-length", b"%d" % len(self.body))
        return Response(self.body, self.status, (*self.headers, length, *more))


def document(content: Any, *, status: int = 200) -> Response:
    """An answer that is a JSON document."""
    return Response(orjson.dumps(content), status)


def error_response(error: MilkpriceError) -> Response:
    """The answer that tells of an error, and where it is if that is known."""
    body = orjson.dumps({"error": str(error), **_place(error)})
    return Response(body, http_status(error), (JSON, *http_headers(error)))


def _place(error: MilkpriceError) -> dict[str, int | str]:
    if not isinstance(error, PayloadError):
        return {}
    place = {"row": error.row, "column": error.column}
    return {name: where for name, where in place.items() if where is not None}


class WriteBuffer:
    """Answers on their way out, all those of one turn of the loop together.

    Sent one by one, each would wake its client up on its own, and that takes as long as
    reckoning the answer did.
    """

    def __init__(self) -> None:
        self._packets: list[tuple[asyncio.Transport, bytes, bool]] = []

    def add(self, transport: asyncio.Transport, raw_response: bytes, *, close: bool) -> None:
        """Take an answer, to be sent when everything that has come was read."""
        if not self._packets:
            asyncio.get_running_loop().call_soon(self.send)
        self._packets.append((transport, raw_response, close))

    def send(self) -> None:
        """Send what there is, in the order in which it came."""
        packets, self._packets = self._packets, []
        for transport, raw_response, close in packets:
            if not transport.is_closing():
                transport.write(raw_response)
                if close:
                    transport.close()


CLOSE: Header = (b"connection", b"close")
STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


def raw_response(response: Response, common: Iterable[Header]) -> bytes:
    """Write an answer.

    Args:
        response: With all headers that are its own, the length among them.
        common: What stands before them in every answer.
    """
    parts = [STATUS_LINES[response.status]]
    for name, value in (*common, *response.headers):
        parts += name, b": ", value, b"\r\n"
    parts += b"\r\n", response.body
    return b"".join(parts)


Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

# What proxies log when a client leaves before its answer; nothing is sent.
CLIENT_GONE = "499"


class ResponseState:
    """Sends an answer, ours or the framework's, with the request's id; remembers the status."""

    __slots__ = ("_send", "request_id", "status")

    def __init__(self, send: Send, request_id: bytes) -> None:
        self._send = send
        self.request_id = request_id
        self.status = CLIENT_GONE

    @property
    def is_begun(self) -> bool:
        """Whether a status was sent already."""
        return self.status != CLIENT_GONE

    async def respond(self, response: Response) -> None:
        """Send an answer of ours."""
        self.status = str(response.status)
        body, status, headers = response.addressed(self.request_id)
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def send(self, message: Message) -> None:
        """Send a message of the framework."""
        if message["type"] == "http.response.start":
            self.status = str(message["status"])
            headers = [*message.get("headers", ()), (REQUEST_ID, self.request_id)]
            message = {**message, "headers": headers}
        await self._send(message)
