"""Timeouts and limits of a connection.

uvicorn waits without end for the rest of a request, whatever its size, and for a connection's
first byte: a client that opens connections and sends nothing, or a byte a second, would keep all
of them.
"""

from __future__ import annotations

from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving import metrics
from serving.errors import (
    ConnectionLimitError,
    HeadersTooLargeError,
    RequestTimeoutError,
    ServingError,
)
from serving.http.messages import CLOSE, error_response, raw_response
from serving.settings import Limits

# Far more than any client or proxy sends; as much again may arrive in the same read.
HEAD_BYTES = 64 * 1024


class TimeoutProtocol(HttpToolsProtocol):
    """uvicorn's protocol with timeouts and limits; for a `KServeApplication` only."""

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
            self._refuse(ConnectionLimitError(limit=self._limits.connections))
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
