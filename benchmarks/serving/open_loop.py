"""Open-loop load: requests at a fixed rate, by a process of its own.

Clients of a closed loop slow down with the server, and the requests that would have come meanwhile
are never measured (coordinated omission). Here a request is sent when it is due, whatever the
server does, and its latency counts from when it was due. Shortly before that, the client polls its
sockets and the clock without sleeping, since the timers of an event loop are coarser than the
latencies. One response of each ``SAMPLE`` is compared with scikit-learn's predictions.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.environment import BenchmarkError, process_pool
from benchmarks.serving.protocols import HOST, Protocol, Request

Floats = NDArray[np.float64]

SAMPLE = 20
TIMER_SECONDS = 0.002  # the delay of a timer
IDLE_SECONDS = 0.1
CONNECTIONS = 64  # more than any server here works on at a time
DRAIN_SECONDS = 60  # after the last request is due: a long queue is a result
CHUNK_BYTES = 256 * 1024
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class OpenLoopResult:
    """The result of one load; times are in milliseconds.

    Attributes:
        offered: Requests a second that were due.
        achieved: Requests a second that were answered, from the first due to the last answered.
        p50: Median latency.
        p99: 99th percentile of the latency.
        maximum: The longest latency.
        client_delay: 99th percentile of the time from when a request was due until the client sent
            it, of those that a connection was free for.
    """

    offered: float
    achieved: float
    p50: float
    p99: float
    maximum: float
    client_delay: float


def load(
    port: int, protocol: Protocol, requests: Sequence[Request], *, rate: float, seconds: float
) -> OpenLoopResult:
    """Load a server at a fixed rate of requests a second, with requests in turn.

    Raises:
        BenchmarkError: A response is wrong or missing.
    """
    with process_pool(1) as pool:
        try:
            return pool.submit(_load, port, protocol, requests, rate, seconds).result()
        except (BenchmarkError, OSError) as error:
            raise BenchmarkError(f"At {rate:.0f} requests a second: {error}") from error


def due_times(rate: float, seconds: float) -> Floats:
    """Seconds from the start at which requests are due, evenly spaced."""
    return np.arange(max(1, round(rate * seconds))) / rate


def summarize(
    due: Floats, answered: Sequence[float] | Floats, delays: Sequence[float], *, rate: float
) -> OpenLoopResult:
    """Summarize a load.

    Args:
        due: When each request was due, in seconds.
        answered: When each was answered.
        delays: Seconds from due to sent, of those that a connection was free for.
        rate: The offered rate.
    """
    latencies = (np.asarray(answered) - due) * 1e3
    p50, p99 = np.percentile(latencies, (50, 99))
    return OpenLoopResult(
        offered=rate,
        achieved=len(latencies) / float(np.max(answered) - due[0]),
        p50=float(p50),
        p99=float(p99),
        maximum=float(latencies.max()),
        client_delay=float(np.percentile(delays, 99)) * 1e3 if delays else 0.0,
    )


class Connection:
    """A socket with one request at a time, known by its number."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = -1
        self._received = b""

    def send(self, number: int, request: bytes) -> None:
        """Send a request."""
        self.number, self._received = number, b""
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """Read from the socket; returns the body of the response once it is complete.

        Raises:
            BenchmarkError: The connection is closed, or the status is not 200.
        """
        received = self.socket.recv(CHUNK_BYTES)
        if not received:
            raise BenchmarkError(f"The server closed the connection after {self._received!r}.")
        self._received += received
        return response_body(self._received)


def response_body(received: bytes) -> bytes | None:
    """The body of a response; None if it is not complete.

    Raises:
        BenchmarkError: The status is not 200, or there is no length.
    """
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return None
    length = LENGTH.search(head)
    if not length or not head.startswith(b"HTTP/1.1 200"):
        raise BenchmarkError(f"The server answered {received[:200]!r}.")
    return body if len(body) >= int(length[1]) else None


class OpenLoop:
    """A client that sends requests when they are due.

    Attributes:
        answered: Seconds from the start at which each was answered.
        delays: Seconds from due to sent, of those that a connection was free for.
        sample: The bodies to compare, by the number of their request.
    """

    def __init__(self, port: int, requests: list[bytes], due: Floats) -> None:
        self._requests = requests
        self._due: list[float] = due.tolist()
        self.answered = [0.0] * len(self._due)
        self.delays: list[float] = []
        self.sample: dict[int, bytes] = {}
        self._free = deque(Connection(port) for _ in range(min(CONNECTIONS, len(self._due))))
        self._selector = selectors.DefaultSelector()
        for connection in self._free:
            self._selector.register(connection.socket, selectors.EVENT_READ, connection)

    def run(self) -> None:
        """Send each request when it is due, or later when a connection is free for it.

        Raises:
            BenchmarkError: Responses are missing.
        """
        sent = done = 0
        was_blocked, total = False, len(self._due)
        start = time.perf_counter()
        while done < total:
            now = time.perf_counter() - start
            while sent < total and self._due[sent] <= now and self._free:
                self._free.popleft().send(sent, self._requests[sent % len(self._requests)])
                if not was_blocked:
                    self.delays.append(now - self._due[sent])
                sent += 1
            was_blocked = sent < total and self._due[sent] <= now
            done += self._receive(start, self._idle_seconds(sent, time.perf_counter() - start))
            if now > self._due[-1] + DRAIN_SECONDS:
                raise BenchmarkError(f"{total - done} of {total} requests were not answered.")

    def _idle_seconds(self, sent: int, now: float) -> float:
        """How long to wait for responses."""
        if sent == len(self._due) or not self._free:
            return IDLE_SECONDS
        return max(0.0, self._due[sent] - now - TIMER_SECONDS)

    def _receive(self, start: float, timeout: float) -> int:
        """Wait for responses; returns how many are complete."""
        count = 0
        for key, _ in self._selector.select(timeout):
            connection = key.data
            body = connection.receive()
            if body is None:
                continue
            self.answered[connection.number] = time.perf_counter() - start
            if connection.number % SAMPLE == 0:
                self.sample[connection.number] = body
            self._free.append(connection)
            count += 1
        return count


def _load(
    port: int, protocol: Protocol, requests: Sequence[Request], rate: float, seconds: float
) -> OpenLoopResult:
    due = due_times(rate, seconds)
    client = OpenLoop(port, [one.to_http(port) for one in requests], due)
    client.run()
    for number, body in client.sample.items():
        request = requests[number % len(requests)]
        request.check(protocol.decode(body), server=f"request {number}")
    return summarize(due, client.answered, client.delays, rate=rate)
