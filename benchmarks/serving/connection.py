"""One connection of the paced client: a request out, its answer in."""

from __future__ import annotations

import re
import socket

from benchmarks.faults import BenchmarkError
from benchmarks.serving.questions import HOST

CHUNK = 256 * 1024
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Connection:
    """A socket that holds one request at a time.

    Args:
        port: Where the server listens.
    """

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.place = -1
        self._received = b""

    def send(self, place: int, request: bytes) -> None:
        """Send the request of a place in the schedule."""
        self.place, self._received = place, b""
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """Take what came; the answer's body once all of it is there.

        Raises:
            BenchmarkError: The connection was closed, or the status is not 200.
        """
        received = self.socket.recv(CHUNK)
        if not received:
            raise BenchmarkError(f"The server closed the connection after {self._received!r}.")
        self._received += received
        return answer_body(self._received)


def answer_body(received: bytes) -> bytes | None:
    """The body of an answer; None if not all of it is there.

    Raises:
        BenchmarkError: The status is not 200, or the answer does not say its length.
    """
    head, gap, body = received.partition(b"\r\n\r\n")
    if not gap:
        return None
    length = LENGTH.search(head)
    if not length or not head.startswith(b"HTTP/1.1 200"):
        raise BenchmarkError(f"The server answered {received[:200]!r}.")
    return body if len(body) >= int(length[1]) else None
