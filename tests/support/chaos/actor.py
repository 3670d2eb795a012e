"""A process that takes part in a schedule, and all that it reported before it ended or was killed.

It is forked from one that has everything imported and never opened a client, whose threads a
fork would not bring along.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.chaos.schedule import Part
from tests.support.faulty_link import listening
from tests.support.http_messages import Request, read_request

Event = dict[str, Any]
# Gets an endpoint, the number of steps that are over and a way to report.
Program = Callable[[str, int, Callable[[Event], None]], None]


@dataclass
class Actor:
    """A process, its link, and what it reported.

    Attributes:
        part: What befalls it.
        program: What it does.
        over: How many of its steps are over.
        events: What it reported, each with the turn.
        turn: When its last request was carried.
        met: Which faults it met, each with the turn.
        pending: Its next request, which waits to be carried.
        is_aside: Whether its request hangs and nobody waits for its next one.
    """

    name: str
    part: Part
    program: Program
    over: int = 0
    events: list[Event] = field(default_factory=list)
    turn: int = 0
    met: list[tuple[int, str]] = field(default_factory=list)
    requests: int = 0
    writes: int = 0
    pending: tuple[socket.socket, Request] | None = None
    is_aside: bool = False
    is_alive: bool = False
    pid: int = 0
    pipe: int = -1
    buffer: bytes = b""
    listener: socket.socket = field(default_factory=listening)

    def start(self) -> None:
        """Fork it."""
        self.pipe, end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _run(self, end)
        os.close(end)
        os.set_blocking(self.pipe, False)
        self.is_alive = True

    def listen(self) -> None:
        """Read what it reported."""
        while True:
            try:
                data = os.read(self.pipe, 65536)
            except BlockingIOError:
                return
            if not data:
                self._reap()
                return
            *lines, self.buffer = (self.buffer + data).split(b"\n")
            for line in lines:
                event = json.loads(line)
                self.over += event["what"] in ("acknowledged", "refused", "given up")
                self.events.append({"turn": self.turn, "who": self.name, **event})

    def accept(self) -> None:
        """Read its next request; what it reported comes before."""
        connection, _ = self.listener.accept()
        request = read_request(connection)
        if request is None:
            connection.close()
            return
        self.listen()
        self.pending = connection, request

    def kill(self) -> None:
        """Kill it and begin anew what it was at."""
        os.kill(self.pid, signal.SIGKILL)
        while self.is_alive:
            select.select([self.pipe], [], [])
            self.listen()
        self.events.append({"turn": self.turn, "who": self.name, "what": "killed"})
        self.start()

    def _reap(self) -> None:
        os.waitpid(self.pid, 0)
        os.close(self.pipe)
        self.is_alive = False


def _run(actor: Actor, end: int) -> None:
    """Be the actor, and nothing of the process that it was forked from."""
    status, port = 1, actor.listener.getsockname()[1]
    try:
        os.dup2(end, 3)
        os.closerange(4, 512)
        actor.program(f"http://127.0.0.1:{port}", actor.over, _report)
        status = 0
    except BaseException:  # noqa: BLE001  the parent is told, and there is nobody else to tell
        _report({"what": "broke", "message": traceback.format_exc()})
    finally:
        os._exit(status)


def _report(event: Event) -> None:
    os.write(3, json.dumps(event).encode() + b"\n")
