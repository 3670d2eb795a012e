"""The scheduler: one request at a time, in an order that the seed alone decides.

No request is carried before every live actor has one or has ended, so that neither the machine's
speed nor its load has an influence.
"""

from __future__ import annotations

import random
import select
from typing import Any

from tests.support.chaos.actor import Actor
from tests.support.chaos.reference import ReferenceStore, require
from tests.support.faulty_link import HANGING, Wire

MOST_TURNS = 3000
SILENCE_SECONDS = 60


def run_actors(
    actors: list[Actor],
    wire: Wire,
    reference: ReferenceStore,
    draw: random.Random,
    trace: list[str],
) -> None:
    """Run all of them to their end, and record what happens, turn by turn.

    Raises:
        InvariantError: It does not end.
    """
    for actor in actors:
        actor.start()
    while True:
        _wait(actors)
        ready = [actor for actor in actors if actor.pending]
        if not ready:
            return
        require(wire.turn < MOST_TURNS, f"no end after {MOST_TURNS} requests")
        reference.turn = wire.turn + 1
        trace.append(_carry(wire, draw.choice(ready)))


def _wait(actors: list[Actor]) -> None:
    """Wait until every live actor has a request; those that hang are waited for at the end."""
    while True:
        alive = [actor for actor in actors if actor.is_alive]
        if alive and all(actor.is_aside for actor in alive):
            for actor in alive:
                actor.is_aside = False
        awaited = [actor for actor in alive if not actor.pending and not actor.is_aside]
        if not awaited:
            return
        actor_of: dict[Any, Actor] = {actor.listener: actor for actor in awaited}
        actor_of.update({actor.pipe: actor for actor in awaited})
        handles, _, _ = select.select(list(actor_of), [], [], SILENCE_SECONDS)
        names = [actor.name for actor in awaited]
        require(handles, f"{names} did nothing for {SILENCE_SECONDS} s")
        for handle in handles:
            actor = actor_of[handle]
            if handle is actor.listener:
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
