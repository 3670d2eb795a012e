"""One request's answer on its way to the client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from serving.http.call import REQUEST_ID, Reply

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

# What proxies log when a client leaves before its answer; nothing is sent.
CLIENT_GONE = "499"


class Exchange:
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

    async def reply(self, reply: Reply) -> None:
        """Send an answer of ours."""
        self.status = str(reply.status)
        body, status, headers = reply.addressed(self.request_id)
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    async def send(self, message: Message) -> None:
        """Send a message of the framework."""
        if message["type"] == "http.response.start":
            self.status = str(message["status"])
            headers = [*message.get("headers", ()), (REQUEST_ID, self.request_id)]
            message = {**message, "headers": headers}
        await self._send(message)
