"""Requests and responses: their types, their bytes on the wire, and how they are sent."""

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
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

REQUEST_ID = b"x-request-id"
JSON: Header = (b"content-type", b"application/json")
CLOSE: Header = (b"connection", b"close")
STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}
# What proxies log when a client disconnects before its response; nothing is sent.
CLIENT_DISCONNECTED = "499"


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
    """One response; its length is added to the headers last."""

    body: bytes
    status: int = 200
    headers: tuple[Header, ...] = (JSON,)

    def with_request_id(self, request_id: bytes) -> Response:
        """The response with its length and its request's id among the headers."""
        return self.with_length((REQUEST_ID, request_id))

    def with_length(self, *more: Header) -> Response:
        """The response with its length among the headers, and more of them."""
        length = (b"content-length", b"%d" % len(self.body))
        return Response(self.body, self.status, (*self.headers, length, *more))


def document(content: Any, *, status: int = 200) -> Response:
    """A response that is a JSON document."""
    return Response(orjson.dumps(content), status)


def error_response(error: MilkpriceError) -> Response:
    """The response to an error, with the row and column it is about if there are any."""
    content: dict[str, str | int] = {"error": str(error)}
    if isinstance(error, PayloadError):
        location = {"row": error.row, "column": error.column}
        content.update((name, value) for name, value in location.items() if value is not None)
    return Response(orjson.dumps(content), http_status(error), (JSON, *http_headers(error)))


def raw_response(response: Response, common: Iterable[Header]) -> bytes:
    """Write a response as it is sent, for what does not go through uvicorn's messages.

    Args:
        response: With all headers of its own, the length among them.
        common: The headers before them in every response.
    """
    parts = [STATUS_LINES[response.status]]
    for name, value in (*common, *response.headers):
        parts += name, b": ", value, b"\r\n"
    parts += b"\r\n", response.body
    return b"".join(parts)


class WriteBuffer:
    """Raw responses of one turn of the event loop, sent together at its end.

    Sent one by one, each would wake its client up on its own, which takes as long as the
    prediction did.
    """

    def __init__(self) -> None:
        self._pending: list[tuple[asyncio.Transport, bytes, bool]] = []

    def add(self, transport: asyncio.Transport, data: bytes, *, close: bool) -> None:
        """Take a response, to be sent when everything that has arrived was read."""
        if not self._pending:
            asyncio.get_running_loop().call_soon(self.send)
        self._pending.append((transport, data, close))

    def send(self) -> None:
        """Send all responses in the order in which they were added."""
        pending, self._pending = self._pending, []
        for transport, data, close in pending:
            if not transport.is_closing():
                transport.write(data)
                if close:
                    transport.close()


class ResponseState:
    """Sends a response, ours or the framework's, with the request's id; remembers the status."""

    __slots__ = ("_send", "request_id", "status")

    def __init__(self, send: Send, request_id: bytes) -> None:
        self._send = send
        self.request_id = request_id
        self.status = CLIENT_DISCONNECTED

    @property
    def is_started(self) -> bool:
        """Whether a status was sent already."""
        return self.status != CLIENT_DISCONNECTED

    async def respond(self, response: Response) -> None:
        """Send a response of ours."""
        self.status = str(response.status)
        body, status, headers = response.with_request_id(self.request_id)
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def send(self, message: Message) -> None:
        """Send a message of the framework."""
        if message["type"] == "http.response.start":
            self.status = str(message["status"])
            headers = [*message.get("headers", ()), (REQUEST_ID, self.request_id)]
            message = {**message, "headers": headers}
        await self._send(message)
