"""A schedule: what each actor does, and which faults it meets: a function of its seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tests.support.faulty_link import HANGING, KINDS

CONTENTS = 5
REQUESTS = 400
# How many of a writer's requests meet a fault, from hardly any to every second one.
RATES = (0.0, 0.05, 0.15, 0.3, 0.5)
# Enough in a row to outlast the client's own attempts.
OUTAGE = 7
ACTIONS = ("publish", "promote", "rollback", "prune", "read")
WEIGHTS = (3, 5, 4, 2, 1)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One operation of a writer; its moment is unique.

    Attributes:
        action: One of ``ACTIONS``.
        moment: Seconds after noon, which the history records.
        content: Which model.
        minute: When that was packed, in minutes after noon.
        alias: What to move.
        keep: How many versions a prune keeps.
        is_careful: Whether a promotion is of an alias that stayed where it was seen.
    """

    action: str
    moment: int
    content: int = 0
    minute: int = 0
    alias: str = "champion"
    keep: int = 1
    is_careful: bool = False

    def __str__(self) -> str:
        facts = {
            "publish": f"content {self.content} of minute {self.minute}",
            "promote": f"content {self.content} of minute {self.minute} to {self.alias}",
            "rollback": self.alias,
            "prune": f"all but {self.keep}",
            "read": self.alias,
        }
        return f"{self.action} {facts[self.action]} at {self.moment}"


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one writer or reader does, and which faults it meets.

    Attributes:
        steps: What a writer does.
        polls: How a reader looks, time after time.
        faults: By number of its request, from 1.
        crash: At which of its writes it is killed, 0 for never, and whether that is done then.
    """

    steps: tuple[Step, ...] = ()
    polls: tuple[str, ...] = ()
    faults: Mapping[int, str] = field(default_factory=dict)
    crash: tuple[int, bool] = (0, False)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Actors by name, and whether writers sign and readers require it."""

    seed: int
    is_signed: bool
    parts: Mapping[str, Part]

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for part in self.parts.values() for step in part.steps)


def schedule_of(seed: int) -> Schedule:
    """Draw a schedule."""
    # Text is hashed by its bytes: the same everywhere, and neighbouring seeds have nothing alike.
    draw = random.Random(f"schedule {seed}")  # noqa: S311
    parts = {"writer": _writer(draw, (), first=True)}
    if draw.random() < 0.4:
        parts["rival"] = _writer(draw, parts["writer"].steps, first=False)
    polls = draw.choices(("refresh", "fetch", "list"), (3, 2, 1), k=draw.randint(1, 5))
    parts["reader"] = Part(polls=tuple(polls), faults=_faults(draw))
    return Schedule(seed=seed, is_signed=draw.random() < 0.3, parts=parts)


def _writer(draw: random.Random, others: tuple[Step, ...], *, first: bool) -> Part:
    start = 0 if first else 500
    steps: list[Step] = []
    # Two promotions are what makes a rollback possible.
    for content in range(draw.randint(1, 2)) if first else (2,):
        publish = Step(action="publish", moment=start + len(steps), content=content, minute=content)
        steps += [publish, replace(publish, action="promote", moment=publish.moment + 1)]
    for _ in range(draw.randint(1, 5 if first else 2)):
        steps.append(_step(draw, start + len(steps), (*others, *steps)))
    crash = (draw.randint(1, 15), draw.random() < 0.5) if draw.random() < 0.6 else (0, False)
    return Part(steps=tuple(steps), faults=_faults(draw), crash=crash)


def _step(draw: random.Random, moment: int, before: tuple[Step, ...]) -> Step:
    action = draw.choices(ACTIONS, WEIGHTS)[0]
    content = draw.randrange(CONTENTS)
    minute = content if draw.random() < 0.8 else content + 100
    if action == "promote" and draw.random() < 0.85:
        published = draw.choice([step for step in before if step.action == "publish"])
        content, minute = published.content, published.minute
    return Step(
        action=action,
        moment=moment,
        content=content,
        minute=minute,
        alias="champion" if draw.random() < 0.8 else "staging",
        keep=draw.randint(0, 2),
        is_careful=draw.random() < 0.3,
    )


def _faults(draw: random.Random) -> dict[int, str]:
    """Draw faults, few or many; at most one that hangs."""
    rate = draw.choice(RATES)
    kinds = [kind for kind in KINDS if kind not in HANGING]
    faults = {n: draw.choice(kinds) for n in range(1, REQUESTS) if draw.random() < rate}
    if draw.random() < 0.3:
        start, kind = draw.randint(1, 30), draw.choice(kinds)
        faults.update(dict.fromkeys(range(start, start + OUTAGE), kind))
    if draw.random() < 0.02:
        faults[draw.randint(1, 20)] = draw.choice(HANGING)
    return faults
