"""The reference: what the store really holds at every turn, and the invariants of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from milkprice.registry import Aliases, Change
from milkprice.registry.aliases import previous_of
from milkprice.registry.bundle import SIDECAR, SIGNATURE, VERSION
from tests.support.chaos.contents import NAME, files_of, verifying_keys
from tests.support.chaos.schedule import Step
from tests.support.http_messages import Answer, Request
from tests.support.moments import NOON

NEVER = 10**9
ALIASES = "aliases.json"
EMPTY = Aliases(name=NAME)


class InvariantError(AssertionError):
    """An invariant of the registry does not hold."""


def require(holds: object, invariant: str) -> None:
    """Check an invariant."""
    if not holds:
        raise InvariantError(invariant)


@dataclass
class ReferenceStore:
    """The objects of one registry as the store acknowledged them.

    Attributes:
        steps: What may have been done, by moment.
        is_signed: Whether all versions are signed.
        objects: Bytes by key below ``models/<name>/``.
        snapshots: The aliases as they were written, with the turn.
        complete: At which turn each version became whole.
        retired: At which turn each version was taken out.
        turn: Which turn it is.
    """

    steps: Mapping[int, Step]
    is_signed: bool
    objects: dict[str, bytes] = field(default_factory=dict)
    snapshots: list[tuple[int, Aliases]] = field(default_factory=lambda: [(0, EMPTY)])
    complete: dict[str, int] = field(default_factory=dict)
    retired: dict[str, int] = field(default_factory=dict)
    turn: int = 0

    def apply(self, request: Request, answer: Answer) -> None:
        """Take in a request that the store has answered.

        Raises:
            InvariantError: It left something that must never be seen.
        """
        if not (request.is_write and answer.is_done):
            return
        key = request.path.partition(f"/models/{NAME}/")[2]
        if request.method == "DELETE":
            self._delete(key)
        elif key == ALIASES:
            keys = verifying_keys() if self.is_signed else None
            self._put_aliases(Aliases.from_json(request.body, name=NAME, keys=keys))
        else:
            self._put(key, request.body)

    @property
    def aliases(self) -> Aliases:
        return self.snapshots[-1][1]

    def aliases_between(self, begin: int, end: int) -> list[Aliases]:
        """Return the aliases that were current at some turn of an interval."""
        until = [turn for turn, _ in self.snapshots[1:]] + [NEVER]
        return [
            aliases
            for (since, aliases), upto in zip(self.snapshots, until, strict=True)
            if since <= end and upto > begin
        ]

    def was_open(self, version: str, begin: int, end: int) -> bool:
        """Tell whether a version was whole and not retired at some turn of an interval."""
        complete, retired = self.complete.get(version, NEVER), self.retired.get(version, NEVER)
        return complete <= end and retired > max(begin, complete)

    def stayed_open(self, version: str, begin: int, end: int) -> bool:
        """The same of every turn of the interval."""
        complete, retired = self.complete.get(version, NEVER), self.retired.get(version, NEVER)
        return complete <= begin and retired > end

    def entries(self, step: Step) -> int:
        """Count how often a step is in the history."""
        return sum(is_of(change.at, step) for change in self.aliases.history)

    def files(self, version: str) -> set[str]:
        """Name the files that lie in the place of a version."""
        keys = (key.partition("/") for key in self.objects)
        return {file for place, _, file in keys if place == version}

    def _put(self, key: str, data: bytes) -> None:
        version, _, file = key.partition("/")
        require(VERSION.fullmatch(version), f"{key} is no place for anything")
        expected = files_of(version, is_signed=self.is_signed)
        require(key not in self.objects or file == SIGNATURE, f"{key} was written over")
        require(expected.get(file) == data, f"{key} does not hold what was packed")
        self.objects[key] = data
        if version in self.aliases.retired:
            return  # a slow writer: it is not listed, and the next prune deletes it
        if file == SIDECAR:
            lacking = set(expected) - self.files(version)
            require(not lacking, f"{version} is seen without {lacking}")
            self.complete[version] = self.turn

    def _delete(self, key: str) -> None:
        version = key.partition("/")[0]
        require(version in self.aliases.retired, f"{key} was deleted, but its version not retired")
        self.objects.pop(key, None)

    def _put_aliases(self, aliases: Aliases) -> None:
        before = self.aliases
        is_longer = aliases.history[: len(before.history)] == before.history
        require(is_longer, "history was written over")
        require(aliases.serial > before.serial, "the serial did not grow")
        require(before.retired.items() <= aliases.retired.items(), "a version came back")
        targets = _replay(aliases.history)
        require(targets == dict(aliases.targets), "the aliases are not their history")
        for change in aliases.history[len(before.history) :]:
            self._check_move(change)
        for alias, version in aliases.targets.items():
            open_now = version in self.complete and version not in aliases.retired
            require(open_now, f"{alias} leads to {version}, which is not there")
        self._check_retired(before, aliases)
        self.retired.update(dict.fromkeys(set(aliases.retired) - set(before.retired), self.turn))
        self.snapshots.append((self.turn, aliases))

    def _check_move(self, change: Change) -> None:
        step, actual = self.steps.get(_seconds(change.at)), (change.action, change.alias)
        require(step and (step.action, step.alias) == actual, f"{step} became {change}")

    def _check_retired(self, before: Aliases, aliases: Aliases) -> None:
        """Nothing is retired but by a prune, and that keeps as many newer ones as it shall."""
        fresh = set(aliases.retired) - set(before.retired)
        free = [v for v in self.complete if v not in aliases.retired and not aliases.names_of(v)]
        for version in fresh:
            step = self.steps.get(_seconds(aliases.retired[version]))
            require(step and step.action == "prune", f"{version} was retired by {step}")
            newer = sum(other > version for other in free)
            is_enough = step and newer >= step.keep
            require(is_enough, f"{version} was retired with {newer} newer ones left")


def _replay(history: Sequence[Change]) -> dict[str, str]:
    aliases: dict[str, str] = {}
    for change in history:
        require(aliases.get(change.alias) == change.replaced, f"{change} came from elsewhere")
        before = previous_of(change.alias)
        if change.action == "rollback":
            require(aliases.get(before) == change.version, f"{change} did not go back")
        if change.replaced is not None:
            aliases[before] = change.replaced
        aliases[change.alias] = change.version
    return aliases


def is_of(at: str, step: Step) -> bool:
    """Tell whether a time in the history is that of a step."""
    return _seconds(at) == step.moment


def _seconds(at: str) -> int:
    """Read back which moment of a schedule a time is."""
    hours, minutes, seconds = map(int, re.findall(r"T(\d\d):(\d\d):(\d\d)", at)[0])
    return (hours - NOON.hour) * 3600 + minutes * 60 + seconds
