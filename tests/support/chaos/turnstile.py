"""Whose request is next: one at a time, in an order that the seed alone decides.

Nobody's request is carried before everybody who is alive has one or has ended, so that neither
the machine's speed nor its load has a say.
"""

from __future__ import annotations

import random
import select
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.chaos.actor import Actor
from tests.support.chaos.truth import must
from tests.support.faulty_link import HANGING, Wire

MOST_TURNS = 3000
SILENCE_SECONDS = 60


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
