"""Small prediction requests, answered the moment their last byte has arrived.

uvicorn makes a task for every request, which receives it and sends its response as messages; for
a row of numbers that costs more than everything else. Here such a request goes straight to
`Application.answer_now` and its response straight to the socket, in one write. Everything else,
and whatever might have to wait, goes through uvicorn.

uvicorn also waits without end for the rest of a request, whatever its size, and for a connection's
first byte: a client that opens connections and sends nothing, or a byte a second, would keep all
of them. So connections have timeouts and limits here.
"""

from __future__ import annotations

from asyncio import Protocol, TimerHandle
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving import metrics
from serving.errors import (
    HeadersTooLargeError,
    OverloadError,
    RequestTimeoutError,
    ServingError,
)
from serving.http.application import Application
from serving.http.body import ENCODING
from serving.http.messages import CLOSE, Response, WriteBuffer, error_response, raw_response
from serving.http.routes import Match
from serving.settings import INLINE_BYTES, Limits

# Far more than any client or proxy sends; as much again may arrive in the same read.
HEAD_BYTES = 64 * 1024


class TimeoutProtocol(HttpToolsProtocol):
    """uvicorn's protocol with timeouts and limits; for an `Application` only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits: Limits = self.app.limits
        self._deadline: TimerHandle | None = None
        self._unread = 0  # bytes in which neither headers nor a part of a body ended
        self._is_receiving = False
        self._has_received = False  # anything, ever

    def connection_made(self, transport: Any) -> None:
        """Refuse a connection above the limit; start the timeout of the others."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            reason = f"There are {self._limits.connections} connections already"
            self._refuse(OverloadError(reason=reason))
        else:
            self._start_timeout()

    def data_received(self, data: bytes) -> None:
        """Read what has arrived, and start the timeout of the rest."""
        self._unread += len(data)
        super().data_received(data)
        if not self._is_receiving:
            self._unread = 0
        elif self._unread > HEAD_BYTES:
            self._refuse(HeadersTooLargeError(limit=HEAD_BYTES))
        if self._is_receiving or self._is_idle:
            self._start_timeout()

    def on_message_begin(self) -> None:
        """See uvicorn."""
        self._is_receiving = self._has_received = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """See uvicorn."""
        self._unread = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """See uvicorn."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """See uvicorn."""
        self._stop_timeout()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """See uvicorn."""
        self._stop_timeout()
        super().connection_lost(exc)

    @property
    def _is_idle(self) -> bool:
        """Whether nothing is answered, and uvicorn does not wait for the next request either.

        It stops doing so at any byte, and a line break between requests begins none.
        """
        if self.timeout_keep_alive_task is not None:
            return False
        return self.cycle is None or self.cycle.response_complete

    def _start_timeout(self) -> None:
        if self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self._limits.request_seconds, self._time_out)

    def _stop_timeout(self) -> None:
        self._is_receiving = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _time_out(self) -> None:
        """Close a connection whose request did not arrive; silently if it sent nothing."""
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._has_received:
            self._refuse(RequestTimeoutError(seconds=self._limits.request_seconds))
        else:
            self.transport.close()

    def _refuse(self, error: ServingError) -> None:
        """Respond to what never reached the application, and close."""
        if self.transport.is_closing():
            return
        response = error_response(error).with_length(CLOSE)
        # Not logged: a client that causes thousands of these would fill the disk.
        metrics.requests("connection", "", str(response.status)).inc()
        common = [one for one in self.server_state.default_headers if one != CLOSE]
        self.transport.write(raw_response(response, common))
        self.transport.close()


class FastPathProtocol(TimeoutProtocol):
    """uvicorn's protocol with the fast path before it; for an `Application` only."""

    _match: Match | None = None
    _body = b""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._application: Application = self.app
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
        if self.parser.get_http_version() != "1.1" or ENCODING in self._request_headers:
            return None
        return match


class WebSocketRefusal(Protocol):
    """The protocol of a connection that wants to become a websocket: none may."""

    def __init__(self, **_: Any) -> None:
        """Take what uvicorn passes."""

    def connection_made(self, transport: Any) -> None:
        """Refuse it."""
        response = Response(b"", HTTPStatus.FORBIDDEN, ()).with_length(CLOSE)
        transport.write(raw_response(response, ()))
        transport.close()
