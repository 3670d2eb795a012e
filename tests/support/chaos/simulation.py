"""The simulation of one schedule, from its seed to its outcome."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from dataclasses import dataclass, field, replace

from milkprice.registry.settings import StoreSettings
from tests.support.chaos import clients
from tests.support.chaos.actor import Actor, Event, Program
from tests.support.chaos.checker import check_events
from tests.support.chaos.reference import InvariantError, ReferenceStore, require
from tests.support.chaos.schedule import Part, Schedule, Step, schedule_of
from tests.support.chaos.scheduler import program
from tests.support.faulty_link import Wire

LAST = Step(action="prune", moment=1000, keep=1)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a schedule.

    Attributes:
        seed: Which.
        broken: The invariant that does not hold; empty if all do.
        trace: What happened, turn by turn.
        counts: Requests, crashes, faults by kind, what was acknowledged.
    """

    seed: int
    broken: str = ""
    trace: tuple[str, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)


def simulate(seed: int, *, settings: StoreSettings, bucket: str) -> Outcome:
    """Simulate a schedule and check its invariants.

    Args:
        seed: Which.
        settings: Of the store behind the links.
        bucket: Where; each seed has a place of its own in it.
    """
    simulation = Simulation(schedule_of(seed), settings, f"s3://{bucket}/{seed}")
    try:
        simulation.run()
    except InvariantError as error:
        return simulation.outcome(broken=str(error))
    finally:
        simulation.clear()
    return simulation.outcome()


class Simulation:
    """Everything that one schedule needs."""

    def __init__(self, schedule: Schedule, settings: StoreSettings, uri: str) -> None:
        self._schedule, self._settings, self._uri = schedule, settings, uri
        steps = {step.moment: step for step in (*schedule.steps, LAST)}
        self._reference = ReferenceStore(steps, schedule.is_signed)
        address = (settings.endpoint or "").removeprefix("http://")
        self._wire = Wire(address, self._reference.apply)
        self._draw = random.Random(f"turns {schedule.seed}")  # noqa: S311
        self._actors = {
            name: Actor(name, part, self._program(part)) for name, part in schedule.parts.items()
        }
        self._trace: list[str] = []

    def run(self) -> None:
        """Run writers and readers through the faults, then finish what they left and check.

        Raises:
            InvariantError: An invariant does not hold.
        """
        self._run(self._actors)
        self._wire.deliver()
        self._actors["settler"] = self._finisher()
        self._run({"settler": self._actors["settler"]})
        for name, actor in self._actors.items():
            check_events(self._reference, name, actor.events, actor.met, uri=self._uri)
        self._check_end()

    def outcome(self, *, broken: str = "") -> Outcome:
        """Say what came of it."""
        counts = Counter({"schedules": 1, "requests": self._wire.turn})
        for actor in self._actors.values():
            counts["faults"] += len(actor.met)
            counts.update(f"fault {kind}" for _, kind in actor.met)
            counts.update(self._count_name(event) for event in actor.events)
        counts["books"] = len(self._reference.snapshots) - 1
        return Outcome(
            seed=self._schedule.seed, broken=broken, trace=tuple(self._trace), counts=counts
        )

    def clear(self) -> None:
        """Kill the actors that still live, and close all links."""
        for actor in self._actors.values():
            if actor.is_alive:
                os.kill(actor.pid, signal.SIGKILL)
                os.waitpid(actor.pid, 0)
            actor.listener.close()
        self._wire.close()

    def _run(self, living: dict[str, Actor]) -> None:
        def next_turn(turn: int) -> None:
            self._reference.turn = turn

        program(self._wire, living, self._draw, before=next_turn, trace=self._trace)

    def _program(self, part: Part) -> Program:
        def begin(endpoint: str, over: int, report: clients.Report) -> None:
            location = self._location(endpoint)
            if part.polls:
                clients.read(location, report, polls=part.polls)
            else:
                clients.write(location, report, steps=part.steps[over:])

        return begin

    def _location(self, endpoint: str) -> clients.RegistryLocation:
        settings = replace(self._settings, endpoint=endpoint)
        return clients.RegistryLocation(
            uri=self._uri, settings=settings, is_signed=self._schedule.is_signed
        )

    def _finisher(self) -> Actor:
        """An actor without faults, which repeats what was never acknowledged."""
        over = {event["moment"] for event in self._events("acknowledged", "refused")}
        left = [step for step in self._schedule.steps if step.moment not in over]

        def begin(endpoint: str, _: int, report: clients.Report) -> None:
            clients.finish(self._location(endpoint), report, steps=(*left, LAST))

        return Actor("settler", Part(steps=(*left, LAST)), begin)

    def _events(self, *whats: str) -> list[Event]:
        events = [event for actor in self._actors.values() for event in actor.events]
        return [event for event in events if event["what"] in whats]

    def _count_name(self, event: Event) -> str:
        if event["what"] != "acknowledged":
            return f"{event['what']}"
        return f"acknowledged {self._reference.steps[event['moment']].action}"

    def _check_end(self) -> None:
        """All that is left is whole, can be seen, and was seen; nothing of the rest is left."""
        reference, finisher = self._reference, self._actors["settler"]
        retired = [version for version in reference.aliases.retired if reference.files(version)]
        require(not retired, f"{retired} were retired and not deleted")
        there = {
            version for version in reference.complete if version not in reference.aliases.retired
        }
        listed = {event["version"] for event in finisher.events if event["what"] == "listed"}
        require(there == listed, f"{there} are there, {listed} are shown")
        leads = {e["alias"]: e["version"] for e in finisher.events if e["what"] == "leads"}
        require(
            leads == dict(reference.aliases.targets),
            f"{leads} are shown, {reference.aliases.targets} are so",
        )
        attempts = Counter(event["moment"] for event in self._events("begins"))
        for step in self._schedule.steps:
            entries = reference.entries(step)
            invariant = (
                f"{step} is {entries} times in the history, tried {attempts[step.moment]} times"
            )
            require(entries <= attempts[step.moment], invariant)
        ended = self._events("acknowledged", "refused")
        unfinished = reference.steps.keys() - {event["moment"] for event in ended}
        require(not unfinished, f"repeated without a fault, {unfinished} did not end")
