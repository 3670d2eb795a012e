"""How long a connection is waited for, and how much of it is taken in before it makes sense.

uvicorn waits for ever for the rest of a request, whatever its size, and for a connection's first
byte; whoever opens connections and says nothing, or a byte a second, would hold on to all of it.
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

# Far more than any client or proxy sends; as much again may come in the same read.
HEAD_BYTES = 64 * 1024


class TimeoutProtocol(HttpToolsProtocol):
    """uvicorn's protocol with an end to its patience; for a `KServeApplication` only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits: Limits = self.app.limits
        self._deadline: TimerHandle | None = None
        self._unread = 0  # bytes in which neither a head nor a part of a body ended
        self._is_coming = False
        self._has_begun = False  # ever

    def connection_made(self, transport: Any) -> None:
        """Refuse the one too many; give the others time for their first request."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._refuse(ConnectionLimitError(limit=self._limits.connections))
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what has come, and begin to wait for the rest of it."""
        self._unread += len(data)
        super().data_received(data)
        if not self._is_coming:
            self._unread = 0
        elif self._unread > HEAD_BYTES:
            self._refuse(HeadersTooLargeError(limit=HEAD_BYTES))
        if self._is_coming or self._is_silent:
            self._wait()

    def on_message_begin(self) -> None:
        """See uvicorn."""
        self._is_coming = self._has_begun = True
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
        self._arrived()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """See uvicorn."""
        self._arrived()
        super().connection_lost(exc)

    @property
    def _is_silent(self) -> bool:
        """Whether nothing is answered, and uvicorn does not wait for the next request either.

        It stops doing so at any byte, and a line break between requests begins none.
        """
        if self.timeout_keep_alive_task is not None:
            return False
        return self.cycle is None or self.cycle.response_complete

    def _wait(self) -> None:
        if self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self._limits.request_seconds, self._give_up)

    def _arrived(self) -> None:
        self._is_coming = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        """End a connection whose request did not come; one that sent nothing needs no answer."""
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._has_begun:
            self._refuse(RequestTimeoutError(seconds=self._limits.request_seconds))
        else:
            self.transport.close()

    def _refuse(self, error: ServingError) -> None:
        """Answer what never reached the application, and close."""
        if self.transport.is_closing():
            return
        response = error_response(error).measured(CLOSE)
        # There is no line of it in the log: whoever causes thousands would fill the disk with them.
        metrics.requests("connection", "", str(response.status)).inc()
        common = [one for one in self.server_state.default_headers if one != CLOSE]
        self.transport.write(raw_response(response, common))
        self.transport.close()
