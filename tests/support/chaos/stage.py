"""One schedule from its seed to its verdict."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from dataclasses import dataclass, field, replace

from milkprice.registry.settings import StoreSettings
from tests.support.chaos import roles
from tests.support.chaos.actor import Actor, Event, Play
from tests.support.chaos.schedule import Part, Schedule, Step, schedule_of
from tests.support.chaos.truth import LawBrokenError, Truth, must
from tests.support.chaos.turnstile import play
from tests.support.chaos.verdict import judge
from tests.support.faulty_link import Wire

LAST = Step(action="prune", moment=1000, keep=1)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a schedule.

    Attributes:
        seed: Which.
        broken: The law that does not hold; empty if all do.
        trace: What happened, turn by turn.
        counts: Requests, crashes, faults by kind, what was acknowledged.
    """

    seed: int
    broken: str = ""
    trace: tuple[str, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)


def perform(seed: int, *, settings: StoreSettings, bucket: str) -> Outcome:
    """Carry out a schedule and judge it.

    Args:
        seed: Which.
        settings: Of the store behind the links.
        bucket: Where; each seed has a place of its own in it.
    """
    stage = Stage(schedule_of(seed), settings, f"s3://{bucket}/{seed}")
    try:
        stage.run()
    except LawBrokenError as error:
        return stage.outcome(broken=str(error))
    finally:
        stage.clear()
    return stage.outcome()


class Stage:
    """Everything that one schedule needs."""

    def __init__(self, schedule: Schedule, settings: StoreSettings, uri: str) -> None:
        self._schedule, self._settings, self._uri = schedule, settings, uri
        steps = {step.moment: step for step in (*schedule.steps, LAST)}
        self._truth = Truth(steps, schedule.is_signed)
        address = (settings.endpoint or "").removeprefix("http://")
        self._wire = Wire(address, self._truth.apply)
        self._draw = random.Random(f"turns {schedule.seed}")  # noqa: S311
        self._actors = {
            name: Actor(name, part, self._play(part)) for name, part in schedule.parts.items()
        }
        self._trace: list[str] = []

    def run(self) -> None:
        """Let writers and readers live through the faults, then settle what they left and judge.

        Raises:
            LawBrokenError: A law does not hold.
        """
        self._live(self._actors)
        self._wire.deliver()
        self._actors["settler"] = self._settler()
        self._live({"settler": self._actors["settler"]})
        for name, actor in self._actors.items():
            judge(self._truth, name, actor.events, actor.met, uri=self._uri)
        self._check_end()

    def outcome(self, *, broken: str = "") -> Outcome:
        """Say what came of it."""
        counts = Counter({"schedules": 1, "requests": self._wire.turn})
        for actor in self._actors.values():
            counts["faults"] += len(actor.met)
            counts.update(f"fault {kind}" for _, kind in actor.met)
            counts.update(self._told(event) for event in actor.events)
        counts["books"] = len(self._truth.books) - 1
        return Outcome(
            seed=self._schedule.seed, broken=broken, trace=tuple(self._trace), counts=counts
        )

    def clear(self) -> None:
        """End whoever lives still, and close all links."""
        for actor in self._actors.values():
            if actor.is_alive:
                os.kill(actor.pid, signal.SIGKILL)
                os.waitpid(actor.pid, 0)
            actor.listener.close()
        self._wire.close()

    def _live(self, living: dict[str, Actor]) -> None:
        def next_turn(turn: int) -> None:
            self._truth.turn = turn

        play(self._wire, living, self._draw, before=next_turn, trace=self._trace)

    def _play(self, part: Part) -> Play:
        def begin(endpoint: str, over: int, tell: roles.Tell) -> None:
            place = self._place(endpoint)
            if part.polls:
                roles.read(place, tell, polls=part.polls)
            else:
                roles.write(place, tell, steps=part.steps[over:])

        return begin

    def _place(self, endpoint: str) -> roles.Place:
        settings = replace(self._settings, endpoint=endpoint)
        return roles.Place(uri=self._uri, settings=settings, is_signed=self._schedule.is_signed)

    def _settler(self) -> Actor:
        """Somebody without faults who repeats what was never acknowledged."""
        over = {event["moment"] for event in self._events("acknowledged", "refused")}
        left = [step for step in self._schedule.steps if step.moment not in over]

        def begin(endpoint: str, _: int, tell: roles.Tell) -> None:
            roles.settle(self._place(endpoint), tell, steps=(*left, LAST))

        return Actor("settler", Part(steps=(*left, LAST)), begin)

    def _events(self, *whats: str) -> list[Event]:
        events = [event for actor in self._actors.values() for event in actor.events]
        return [event for event in events if event["what"] in whats]

    def _told(self, event: Event) -> str:
        if event["what"] != "acknowledged":
            return f"{event['what']}"
        return f"acknowledged {self._truth.steps[event['moment']].action}"

    def _check_end(self) -> None:
        """All that is left is whole, can be seen, and was seen; nothing of the rest is left."""
        truth, settler = self._truth, self._actors["settler"]
        retired = [version for version in truth.book.retired if truth.files(version)]
        must(not retired, f"{retired} were retired and not deleted")
        there = {version for version in truth.complete if version not in truth.book.retired}
        listed = {event["version"] for event in settler.events if event["what"] == "listed"}
        must(there == listed, f"{there} are there, {listed} are shown")
        leads = {e["alias"]: e["version"] for e in settler.events if e["what"] == "leads"}
        must(leads == dict(truth.book.targets), f"{leads} are shown, {truth.book.targets} are so")
        attempts = Counter(event["moment"] for event in self._events("begins"))
        for step in self._schedule.steps:
            entries = truth.entries(step)
            law = f"{step} is {entries} times in the history, tried {attempts[step.moment]} times"
            must(entries <= attempts[step.moment], law)
        ended = self._events("acknowledged", "refused")
        unsettled = truth.steps.keys() - {event["moment"] for event in ended}
        must(not unsettled, f"repeated without a fault, {unsettled} did not end")
