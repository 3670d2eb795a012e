"""Small prediction requests, answered the moment their last byte has arrived.

uvicorn makes a task for every request, which receives it and sends its response as messages; for
a row of numbers that costs more than everything else. Here such a request goes straight to
`Application.answer_now` and its response straight to the socket, in one write. Everything else,
and whatever might have to wait, goes through uvicorn.
"""

from __future__ import annotations

from typing import Any

from serving.http.application import Application
from serving.http.body import is_cloud_event
from serving.http.connection import TimeoutProtocol
from serving.http.messages import CLOSE, WriteBuffer, raw_response
from serving.http.routes import Match
from serving.settings import INLINE_BYTES


class FastPathProtocol(TimeoutProtocol):
    """uvicorn's protocol with the fast path before it; for a `KServeApplication` only."""

    _match: Match | None = None
    _body = b""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._application: Application = self.app.application
        self._write_buffer: WriteBuffer = self.app.write_buffer
        self._request_headers: dict[bytes, bytes] = {}

    def on_headers_complete(self) -> None:
        """Choose the path of a request."""
        self._match = self._fast_match()
        self._body = b""
        # Trailers are added to this list, and not to the request's own headers.
        self.headers = [*self.headers]
        if self._match is None:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Read a part of the body; one that grows too large goes through uvicorn after all."""
        if self._match is None:
            super().on_body(body)
            return
        self._body += body
        if len(self._body) > INLINE_BYTES:
            self._leave_fast_path()

    def on_message_complete(self) -> None:
        """Answer."""
        self._stop_timeout()
        if self._match is None:
            super().on_message_complete()
            return
        response = self._application.answer_now(self._match, self._request_headers, self._body)
        if response is None:
            self._leave_fast_path()
            super().on_message_complete()
            return
        self._match = None
        common = self.server_state.default_headers
        close = not self.parser.should_keep_alive() or CLOSE in common
        self._write_buffer.add(self.transport, raw_response(response, common), close=close)
        self.on_response_complete()

    def shutdown(self) -> None:
        """Close the connection once its responses are sent and its request is finished."""
        self._write_buffer.send()
        if self._match is not None:
            self._leave_fast_path()
        super().shutdown()

    def _leave_fast_path(self) -> None:
        """Hand a request over to uvicorn."""
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
        self._request_headers = dict(self.headers)
        if self.parser.get_http_version() != "1.1" or is_cloud_event(self._request_headers):
            return None
        return match
