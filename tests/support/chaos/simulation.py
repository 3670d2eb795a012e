"""The simulation of one schedule, from its seed to its outcome."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from dataclasses import dataclass, replace

from milkprice.registry import Registry
from milkprice.registry.settings import StoreSettings
from tests.support.chaos import clients
from tests.support.chaos.actor import Actor, Event, Program
from tests.support.chaos.checker import Checker
from tests.support.chaos.reference import InvariantError, ReferenceStore, require
from tests.support.chaos.schedule import Part, Schedule, Step, schedule_of
from tests.support.chaos.scheduler import run_actors
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
    broken: str
    trace: list[str]
    counts: Counter[str]


def simulate(seed: int, *, settings: StoreSettings, bucket: str) -> Outcome:
    """Simulate a schedule and check its invariants.

    Args:
        seed: Which.
        settings: Of the store behind the links.
        bucket: Where; each seed has a place of its own in it.
    """
    simulation, broken = Simulation(schedule_of(seed), settings, f"s3://{bucket}/{seed}"), ""
    try:
        simulation.run()
    except InvariantError as error:
        broken = str(error)
    finally:
        simulation.clear()
    return simulation.outcome(broken)


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
        shared = (self._wire, self._reference, self._draw, self._trace)
        run_actors(list(self._actors.values()), *shared)
        self._wire.deliver()
        self._actors["finisher"] = self._finisher()
        run_actors([self._actors["finisher"]], *shared)
        for actor in self._actors.values():
            Checker(self._reference, actor, self._uri).check()
        self._check_end()

    def outcome(self, broken: str) -> Outcome:
        counts = Counter({"schedules": 1, "requests": self._wire.turn})
        for actor in self._actors.values():
            counts["faults"] += len(actor.met)
            counts.update(f"fault {kind}" for _, kind in actor.met)
            counts.update(self._count_name(event) for event in actor.events)
        return Outcome(seed=self._schedule.seed, broken=broken, trace=self._trace, counts=counts)

    def clear(self) -> None:
        """Kill the actors that still live, and close all links."""
        for actor in self._actors.values():
            if actor.is_alive:
                os.kill(actor.pid, signal.SIGKILL)
                os.waitpid(actor.pid, 0)
            actor.listener.close()
        self._wire.close()

    def _program(self, part: Part) -> Program:
        def begin(endpoint: str, over: int, report: clients.Report) -> None:
            registry = self._registry(endpoint)
            if part.polls:
                clients.read(registry, report, polls=part.polls)
            else:
                clients.write(registry, report, steps=part.steps[over:])

        return begin

    def _registry(self, endpoint: str) -> Registry:
        settings = replace(self._settings, endpoint=endpoint)
        return clients.open_registry(self._uri, settings, is_signed=self._schedule.is_signed)

    def _finisher(self) -> Actor:
        """An actor without faults, which repeats what was never acknowledged."""
        over = {event["moment"] for event in self._events("acknowledged", "refused")}
        left = [step for step in self._schedule.steps if step.moment not in over]

        def begin(endpoint: str, _: int, report: clients.Report) -> None:
            clients.finish(self._registry(endpoint), report, steps=(*left, LAST))

        return Actor("finisher", Part(steps=(*left, LAST)), begin)

    def _events(self, *whats: str) -> list[Event]:
        events = [event for actor in self._actors.values() for event in actor.events]
        return [event for event in events if event["what"] in whats]

    def _count_name(self, event: Event) -> str:
        what = str(event["what"])
        is_step = what == "acknowledged"
        return f"{what} {self._reference.steps[event['moment']].action}" if is_step else what

    def _check_end(self) -> None:
        """All that is left is whole, can be seen, and was seen; nothing of the rest is left."""
        reference, finisher = self._reference, self._actors["finisher"]
        retired = [version for version in reference.aliases.retired if reference.files(version)]
        require(not retired, f"{retired} were retired and not deleted")
        there = set(reference.complete) - set(reference.aliases.retired)
        listed = {event["version"] for event in finisher.events if event["what"] == "listed"}
        require(there == listed, f"{there} are there, {listed} are shown")
        leads = {e["alias"]: e["version"] for e in finisher.events if e["what"] == "leads"}
        targets = dict(reference.aliases.targets)
        require(leads == targets, f"{leads} are shown, {targets} are so")
        attempts = Counter(event["moment"] for event in self._events("begins"))
        for step in self._schedule.steps:
            entries = reference.entries(step)
            tries = attempts[step.moment]
            require(entries <= tries, f"{step} is {entries} times in the history, tried {tries}")
        ended = self._events("acknowledged", "refused")
        unfinished = reference.steps.keys() - {event["moment"] for event in ended}
        require(not unfinished, f"repeated without a fault, {unfinished} did not end")
