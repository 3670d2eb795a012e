"""Small prediction requests, answered the moment their last byte has arrived.

uvicorn makes a task for every request, which receives it and sends its response as messages; for
a row of numbers that costs more than everything else. Here such a request goes straight to
`Application.answer_now` and its response straight to the socket, in one write. Everything else,
and whatever might have to wait, goes through uvicorn.
"""

from __future__ import annotations

from typing import Any

from serving.http import body as media
from serving.http.application import Application
from serving.http.connection import TimeoutProtocol
from serving.http.messages import CLOSE, WriteBuffer, raw_response
from serving.http.routes import Match
from serving.settings import INLINE_BYTES


class FastPathProtocol(TimeoutProtocol):
    """uvicorn's protocol with a short way in front; for a `KServeApplication` only."""

    _match: Match | None = None
    _body = b""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._application: Application = self.app.application
        self._write_buffer: WriteBuffer = self.app.write_buffer
        self._sent: dict[bytes, bytes] = {}

    def on_headers_complete(self) -> None:
        """Choose the way of a request."""
        self._match = self._fast_match()
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
        response = self._application.answer_now(self._match, self._sent, self._body)
        if response is None:
            self._take_the_long_way()
            super().on_message_complete()
            return
        self._match = None
        common = self.server_state.default_headers
        close = not self.parser.should_keep_alive() or CLOSE in common
        self._write_buffer.add(self.transport, raw_response(response, common), close=close)
        self.on_response_complete()

    def shutdown(self) -> None:
        """End the connection once its answers are out and what has begun is finished."""
        self._write_buffer.send()
        if self._match is not None:
            self._take_the_long_way()
        super().shutdown()

    def _take_the_long_way(self) -> None:
        """Hand a request that has begun over to uvicorn."""
        self._match = None
        super().on_headers_complete()
        super().on_body(self._body)

    def _fast_match(self) -> Match | None:
        """Find the route of a request that can be answered now; None if it can not."""
        match = self._application.fast_match(self.parser.get_method(), self.url)
        if match is None or self.expect_100_continue or self.parser.should_upgrade():
            return None
        if self.flow.write_paused or (self.cycle is not None and not self.cycle.response_complete):
            return None
        self._sent = dict(self.headers)
        if self.parser.get_http_version() != "1.1" or media.is_cloud_event(self._sent):
            return None
        return match
