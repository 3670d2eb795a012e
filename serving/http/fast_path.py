"""Small requests for predictions, answered the moment their last byte is there.

uvicorn makes a task for every request, which receives it and sends its answer as messages; for a
row of numbers that is more work than all the rest. Here such a request goes straight to
`Front.answer_now` and its answer straight to the socket, in one packet. Everything else, and
whatever might have to wait, takes uvicorn's way.
"""

from __future__ import annotations

from typing import Any

from serving.http import body as media
from serving.http.application import Front
from serving.http.connection import PatientProtocol
from serving.http.messages import CLOSE, Outbox, packet
from serving.http.routes import Match
from serving.settings import INLINE_BYTES


class PromptProtocol(PatientProtocol):
    """uvicorn's protocol with a short way in front; it serves an `Application` only."""

    _match: Match | None = None
    _body = b""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._front: Front = self.app.front
        self._outbox: Outbox = self.app.outbox
        self._sent: dict[bytes, bytes] = {}

    def on_headers_complete(self) -> None:
        """Choose the way of a request."""
        self._match = self._prompt_match()
        self._body = b""
        # What comes behind the body joins this list, and not the request's own headers.
        self.headers = [*self.headers]
        if self._match is None:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body; one that grows too large goes uvicorn's way after all."""
        if self._match is None:
            super().on_body(body)
            return
        self._body += body
        if len(self._body) > INLINE_BYTES:
            self._take_the_long_way()

    def on_message_complete(self) -> None:
        """Answer."""
        self._arrived()
        if self._match is None:
            super().on_message_complete()
            return
        reply = self._front.answer_now(self._match, self._sent, self._body)
        if reply is None:
            self._take_the_long_way()
            super().on_message_complete()
            return
        self._match = None
        common = self.server_state.default_headers
        close = not self.parser.should_keep_alive() or CLOSE in common
        self._outbox.add(self.transport, packet(reply, common), close=close)
        self.on_response_complete()

    def shutdown(self) -> None:
        """End the connection once its answers are out and what has begun is finished."""
        self._outbox.send()
        if self._match is not None:
            self._take_the_long_way()
        super().shutdown()

    def _take_the_long_way(self) -> None:
        """Hand a request that has begun over to uvicorn."""
        self._match = None
        super().on_headers_complete()
        super().on_body(self._body)

    def _prompt_match(self) -> Match | None:
        """Find the route of a request that can be answered now; None if it can not."""
        match = self._front.prompt(self.parser.get_method(), self.url)
        if match is None or self.expect_100_continue or self.parser.should_upgrade():
            return None
        if self.flow.write_paused or (self.cycle is not None and not self.cycle.response_complete):
            return None
        self._sent = dict(self.headers)
        if self.parser.get_http_version() != "1.1" or media.is_cloud_event(self._sent):
            return None
        return match
