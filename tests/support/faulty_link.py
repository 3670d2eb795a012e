"""A link to an object store that loses what it should carry: each request meets its own fault.

One request is carried at a time, over a connection of its own, so that what happens is a matter
of the faults alone and not of the clock.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.http_messages import SECONDS, Answer, Request, read_request

# What the store never does, or does only when nobody waits for it any more.
NOT_DONE = ("closed", "500", "503", "half-request", "late", "hang")
# What the store does, though whoever asked may not hear of it.
DONE = ("slow", "lost", "lost-500", "lost-503", "cut", "short", "lost-hang")
KINDS = (*NOT_DONE, *DONE)
# After these the client waits until its own patience ends.
HANGING = ("hang", "lost-hang")

SLOW_SECONDS = 0.02
# How many other requests pass before one that is late arrives.
LATE_BY = 2


class Wire:
    """The way to one store, shared by any number of links.

    Attributes:
        turn: How many requests were carried or lost so far.
    """

    def __init__(self, address: str, done: Callable[[Request, Answer], None]) -> None:
        """Make a way.

        Args:
            address: Host and port of the store.
            done: Told of each request that the store answered, and of its answer.
        """
        self.turn = 0
        self._address = address
        self._done = done
        self._store = http.client.HTTPConnection(address, timeout=SECONDS)
        self._late: list[tuple[int, Request]] = []
        self._hanging: list[socket.socket] = []

    def carry(self, connection: socket.socket, request: Request, fault: str | None) -> None:
        """Carry one request and its answer as far as the fault lets them come."""
        self.turn += 1
        self._deliver(before=self.turn)
        if fault in HANGING:
            self._hanging.append(connection)
        if fault == "half-request":
            self._send_half(request)
        elif fault == "late":
            self._late.append((self.turn + LATE_BY, request))
        reply = self._refused(fault) if fault in NOT_DONE else self._answered(request, fault)
        if fault not in HANGING:
            _reply(connection, reply)

    def send(self, request: Request) -> Answer:
        """Have the store do something, whoever waits for it."""
        self._store.putrequest(
            request.method, request.target, skip_host=True, skip_accept_encoding=True
        )
        for name, value in request.headers:
            self._store.putheader(name, value)
        self._store.endheaders(request.body or None)
        got = self._store.getresponse()
        answer = Answer(status=got.status, headers=tuple(got.getheaders()), body=got.read())
        self._done(request, answer)
        return answer

    def deliver(self) -> None:
        """Let all that is late arrive."""
        self._deliver(before=None)

    def close(self) -> None:
        """Let go of all connections."""
        self._store.close()
        for connection in self._hanging:
            connection.close()

    def _deliver(self, *, before: int | None) -> None:
        due = [request for turn, request in self._late if before is None or turn < before]
        self._late = [late for late in self._late if before is not None and late[0] >= before]
        for request in due:
            self.send(request)

    def _refused(self, fault: str | None) -> bytes:
        return _failure(int(fault)).encoded() if fault in ("500", "503") else b""

    def _answered(self, request: Request, fault: str | None) -> bytes:
        answer = self.send(request)
        if fault == "slow":
            threading.Event().wait(SLOW_SECONDS)
        if fault in ("lost-500", "lost-503"):
            return _failure(int(fault.removeprefix("lost-"))).encoded()
        if fault == "short":
            return answer.encoded(share=0.5)
        whole = answer.encoded()
        cut = len(whole) - (len(answer.body) + 1) // 2 if answer.body else len(whole) // 2
        return {"lost": b"", "cut": whole[:cut]}.get(fault or "", whole)

    def _send_half(self, request: Request) -> None:
        """Break off in the body, or in the head of what has none; the store does nothing of it."""
        data = request.encoded()
        kept = len(data) - (len(request.body) + 1) // 2 if request.body else len(data) // 2
        with socket.create_connection(urlsplit(f"//{self._address}")[1].rsplit(":", 1)) as store:
            store.sendall(data[:kept])


def _failure(status: int) -> Answer:
    code = {500: "InternalError", 503: "SlowDown"}[status]
    body = f"<Error><Code>{code}</Code><Message>made up</Message></Error>".encode()
    return Answer(status=status, headers=(("Content-Type", "application/xml"),), body=body)


def _reply(connection: socket.socket, data: bytes) -> None:
    # Whoever asked may be dead or gone by now.
    with connection, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(data)


def listening() -> socket.socket:
    """Open a port of the loopback."""
    return socket.create_server(("127.0.0.1", 0), backlog=16)


@dataclass
class FaultyLink:
    """A link in a thread of its own.

    Attributes:
        endpoint: Where it listens.
        fault: Which fault the n-th request meets, counted from 1; None is none.
        asked: What was asked so far.
    """

    endpoint: str
    fault: Callable[[int, Request], str | None] = lambda _number, _request: None
    asked: list[Request] = field(default_factory=list)

    def meets(self, *kinds: str | None, first: int = 1) -> None:
        """Give the next requests these faults, from the n-th of them on, and none to later ones."""
        start = len(self.asked) + first
        planned = {start + place: kind for place, kind in enumerate(kinds)}
        self.fault = lambda number, _: planned.get(number)


@contextlib.contextmanager
def faulty_link(address: str) -> Iterator[FaultyLink]:
    """Listen in front of a store; host and port are those of the store."""
    with listening() as listener:
        link = FaultyLink(endpoint=f"http://127.0.0.1:{listener.getsockname()[1]}")
        wire = Wire(address, lambda *_: None)
        thread = threading.Thread(target=_serve, args=(listener, link, wire))
        thread.start()
        try:
            yield link
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            wire.deliver()
            wire.close()


def _serve(listener: socket.socket, link: FaultyLink, wire: Wire) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # it was shut down
            return
        request = read_request(connection)
        if request is None:
            connection.close()
            continue
        link.asked.append(request)
        wire.carry(connection, request, link.fault(len(link.asked), request))
