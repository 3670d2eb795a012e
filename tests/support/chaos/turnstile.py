"""Whose request is next: one at a time, in an order that the seed alone decides.

Nobody's request is carried before everybody who is alive has one or has ended, so that neither
the machine's speed nor its load has a say. The processes are forked from one that has everything
imported and never opened a client, whose threads a fork would not bring along.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import socket
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.chaos.schedule import Part
from tests.support.chaos.truth import must
from tests.support.faulty_link import HANGING, Request, Wire, listening, read_request

MOST_TURNS = 3000
SILENCE_SECONDS = 60
Event = dict[str, Any]
# From an endpoint, the steps that are over and a way to tell, to the end.
Play = Callable[[str, int, Callable[[Event], None]], None]


@dataclass
class Actor:
    """A process, its link, and what it told.

    Attributes:
        name: Who it is.
        part: What befalls it.
        play: What it does.
        over: How many of its steps are over.
        events: What it told, each with the turn at which that was.
        turn: When its last request was carried.
        met: Which faults it met, each with the turn.
    """

    name: str
    part: Part
    play: Play
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
    told: bytes = b""
    listener: socket.socket = field(default_factory=listening)

    def start(self) -> None:
        """Fork it."""
        self.pipe, end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _live(self, end)
        os.close(end)
        os.set_blocking(self.pipe, False)
        self.is_alive = True

    def listen(self) -> None:
        """Take in what it told."""
        while True:
            try:
                data = os.read(self.pipe, 65536)
            except BlockingIOError:
                return
            if not data:
                self._bury()
                return
            *lines, self.told = (self.told + data).split(b"\n")
            for line in lines:
                event = json.loads(line)
                self.over += event["what"] in ("acknowledged", "refused", "given up")
                self.events.append({"turn": self.turn, "who": self.name, **event})

    def accept(self) -> None:
        """Take in its next request; what it told comes before."""
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

    def _bury(self) -> None:
        os.waitpid(self.pid, 0)
        os.close(self.pipe)
        self.is_alive = False


def _live(actor: Actor, end: int) -> None:
    """Be the actor, and nothing of the process that it was forked from."""
    status, port = 1, actor.listener.getsockname()[1]
    try:
        os.dup2(end, 3)
        os.closerange(4, 512)
        actor.play(f"http://127.0.0.1:{port}", actor.over, _tell)
        status = 0
    except BaseException:  # noqa: BLE001  the parent is told, and there is nobody else to tell
        _tell({"what": "broke", "message": traceback.format_exc()})
    finally:
        os._exit(status)


def _tell(event: Event) -> None:
    os.write(3, json.dumps(event).encode() + b"\n")


def play(
    wire: Wire,
    actors: Mapping[str, Actor],
    draw: random.Random,
    *,
    before: Callable[[int], None],
    trace: list[str],
) -> None:
    """Let all of them live to their end, and write down what happens, turn by turn.

    Raises:
        LawBrokenError: It does not end.
    """
    for actor in actors.values():
        actor.start()
    while True:
        _wait(list(actors.values()))
        ready = [actor for actor in actors.values() if actor.pending]
        if not ready:
            return
        must(wire.turn < MOST_TURNS, f"no end after {MOST_TURNS} requests")
        before(wire.turn + 1)
        trace.append(_carry(wire, draw.choice(ready)))


def _wait(actors: list[Actor]) -> None:
    """Wait until everybody who is alive has a request; who hangs is waited for at the end."""
    while True:
        alive = [actor for actor in actors if actor.is_alive]
        if alive and all(actor.is_aside for actor in alive):
            for actor in alive:
                actor.is_aside = False
        awaited = [actor for actor in alive if not actor.pending and not actor.is_aside]
        if not awaited:
            return
        places: dict[Any, Actor] = {actor.listener: actor for actor in awaited}
        places.update({actor.pipe: actor for actor in awaited})
        found, _, _ = select.select(list(places), [], [], SILENCE_SECONDS)
        must(found, f"{[actor.name for actor in awaited]} did nothing for {SILENCE_SECONDS} s")
        for place in found:
            actor = places[place]
            if place is actor.listener:
                actor.accept()
            elif actor.is_alive:
                actor.listen()


def _carry(wire: Wire, actor: Actor) -> str:
    """Carry an actor's request, or kill it at that."""
    assert actor.pending
    (connection, request), actor.pending = actor.pending, None
    actor.requests += 1
    actor.writes += request.is_write
    actor.turn = wire.turn + 1
    number, is_done = actor.part.crash
    if request.is_write and actor.writes == number:
        fault = "killed-after" if is_done else "killed-before"
        wire.carry(connection, request, "lost" if is_done else "closed")
        actor.kill()
    else:
        fault = actor.part.faults.get(actor.requests, "")
        wire.carry(connection, request, fault or None)
        actor.is_aside = fault in HANGING
    if fault:
        actor.met.append((actor.turn, fault))
    key = request.path.partition("/models/")[2] or "(list)"
    return f"{actor.turn:4} {actor.name:8} {request.method:6} {key:60} {fault}".rstrip()
