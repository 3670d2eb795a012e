"""What the store really holds at every turn, and the laws that must hold at each of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from milkprice.registry import Aliases, Change
from milkprice.registry.aliases import previous_of
from milkprice.registry.bundle import SIDECAR, SIGNATURE, VERSION
from tests.support.chaos.contents import NAME, files_of
from tests.support.chaos.schedule import Step
from tests.support.http_messages import Answer, Request
from tests.support.moments import NOON

NEVER = 10**9
BOOK = "aliases.json"
EMPTY = Aliases(name=NAME)


class LawBrokenError(AssertionError):
    """A law of the registry does not hold."""


def must(holds: object, law: str) -> None:
    """Insist on a law."""
    if not holds:
        raise LawBrokenError(law)


@dataclass
class Truth:
    """The objects of one registry as the store acknowledged them.

    Attributes:
        steps: What may have been done, by moment.
        is_signed: Whether all versions are signed.
        objects: Bytes by key below ``models/<name>/``.
        books: Each alias book with the turn at which it was written.
        complete: At which turn each version became whole.
        retired: At which turn each version was taken out.
        turn: Which turn it is.
    """

    steps: Mapping[int, Step]
    is_signed: bool
    objects: dict[str, bytes] = field(default_factory=dict)
    books: list[tuple[int, Aliases]] = field(default_factory=lambda: [(0, EMPTY)])
    complete: dict[str, int] = field(default_factory=dict)
    retired: dict[str, int] = field(default_factory=dict)
    turn: int = 0

    def apply(self, request: Request, answer: Answer) -> None:
        """Take in a request that the store has answered.

        Raises:
            LawBrokenError: It left something that must never be seen.
        """
        if not (request.is_write and answer.is_done):
            return
        key = request.path.partition(f"/models/{NAME}/")[2]
        if request.method == "DELETE":
            self._delete(key)
        elif key == BOOK:
            self._turn_page(Aliases.from_json(request.body, name=NAME))
        else:
            self._put(key, request.body)

    @property
    def book(self) -> Aliases:
        return self.books[-1][1]

    def books_between(self, begin: int, end: int) -> list[Aliases]:
        """Return the books that were the current one at some turn of an interval."""
        until = [turn for turn, _ in self.books[1:]] + [NEVER]
        return [
            book
            for (since, book), upto in zip(self.books, until, strict=True)
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
        return sum(is_of(change.at, step) for change in self.book.history)

    def files(self, version: str) -> set[str]:
        """Name the files that lie in the place of a version."""
        found = (key.split("/") for key in self.objects)
        return {key[1] for key in found if key[0] == version}

    def _put(self, key: str, data: bytes) -> None:
        version, _, file = key.partition("/")
        must(VERSION.fullmatch(version), f"{key} is no place for anything")
        expected = files_of(version, is_signed=self.is_signed)
        must(key not in self.objects or file == SIGNATURE, f"{key} was written over")
        must(expected.get(file) == data, f"{key} does not hold what was packed")
        self.objects[key] = data
        if version in self.book.retired:
            return  # somebody was slow; nobody sees it, and the next prune takes it away
        if file == SIDECAR:
            lacking = set(expected) - self.files(version)
            must(not lacking, f"{version} is seen without {lacking}")
            self.complete[version] = self.turn

    def _delete(self, key: str) -> None:
        version = key.partition("/")[0]
        must(version in self.book.retired, f"{key} was deleted, but its version not retired")
        self.objects.pop(key, None)

    def _turn_page(self, book: Aliases) -> None:
        before = self.book
        must(book.history[: len(before.history)] == before.history, "history was written over")
        must(set(before.retired.items()) <= set(book.retired.items()), "a version came back")
        must(_replayed(book.history) == dict(book.targets), "the aliases are not their history")
        for change in book.history[len(before.history) :]:
            self._check_move(change)
        for alias, version in book.targets.items():
            open_now = version in self.complete and version not in book.retired
            must(open_now, f"{alias} leads to {version}, which is not there")
        self._check_retired(before, book)
        self.retired.update(dict.fromkeys(set(book.retired) - set(before.retired), self.turn))
        self.books.append((self.turn, book))

    def _check_move(self, change: Change) -> None:
        step = self.steps.get(_seconds(change.at))
        must(step is not None, f"nobody asked for {change}")
        expected = (change.action, change.alias)
        must(step and (step.action, step.alias) == expected, f"{step} became {change}")

    def _check_retired(self, before: Aliases, book: Aliases) -> None:
        """Nothing is retired but by a prune, and that keeps as many newer ones as it shall."""
        fresh = set(book.retired) - set(before.retired)
        free = [v for v in self.complete if v not in book.retired and not book.names_of(v)]
        for version in fresh:
            step = self.steps.get(_seconds(book.retired[version]))
            must(step and step.action == "prune", f"{version} was retired by {step}")
            newer = sum(other > version for other in free)
            must(step and newer >= step.keep, f"{version} was retired with {newer} newer ones left")


def _replayed(history: Sequence[Change]) -> dict[str, str]:
    aliases: dict[str, str] = {}
    for change in history:
        must(aliases.get(change.alias) == change.replaced, f"{change} came from elsewhere")
        before = previous_of(change.alias)
        if change.action == "rollback":
            must(aliases.get(before) == change.version, f"{change} did not go back")
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
