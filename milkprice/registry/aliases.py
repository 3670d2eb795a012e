"""The aliases of one model as a value: every change makes a new one or refuses.

Where alias books lie, and the one way to change them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from milkprice.documents import FieldError, Fields
from milkprice.registry.bundle.sidecar import VERSION
from milkprice.registry.errors import (
    AliasFormatError,
    AliasMovedError,
    AliasNotFoundError,
    KeyChangedError,
    KeyNotFoundError,
    VersionRetiredError,
)
from milkprice.registry.store import Store

CHAMPION = "champion"
PREVIOUS = "previous"


class AnyVersion(Enum):
    """Wherever an alias is: nobody looked."""

    ANY = "anywhere"


ANY = AnyVersion.ANY


@dataclass(frozen=True, kw_only=True)
class Change:
    """One move of an alias.

    Attributes:
        action: ``promote`` or ``rollback``.
        alias: What moved.
        version: Where to.
        replaced: Where from; None the first time.
        at: When, in UTC to the millisecond.
        reason: Why, in the words of whoever did it.
    """

    action: str
    alias: str
    version: str
    replaced: str | None
    at: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Aliases:
    """What ``aliases.json`` holds.

    Attributes:
        name: The model.
        targets: Version by alias.
        retired: When each pruned version was taken out; it never comes back.
        history: Every move of every alias, oldest first.
    """

    name: str
    targets: Mapping[str, str] = dataclasses.field(default_factory=dict)
    retired: Mapping[str, str] = dataclasses.field(default_factory=dict)
    history: tuple[Change, ...] = ()

    @classmethod
    def from_json(cls, data: bytes, *, name: str) -> Aliases:
        """Read a book back.

        Raises:
            AliasFormatError: A field is missing or of a wrong kind.
        """
        try:
            fields = Fields.of(data)
            return cls(
                name=name,
                targets=fields.texts("aliases", VERSION),
                retired=fields.texts("retired"),
                history=tuple(_change(row) for row in fields.rows("history")),
            )
        except FieldError as error:
            raise AliasFormatError(name=name, reason=str(error)) from error

    def to_json(self) -> bytes:
        """Write the book, sorted and indented."""
        document: dict[str, Any] = dataclasses.asdict(self)
        del document["name"]
        document["aliases"] = document.pop("targets")
        options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        return orjson.dumps(document, option=options)

    def version(self, alias: str) -> str:
        """Look up an alias.

        Raises:
            AliasNotFoundError: There is none of this name.
        """
        if alias not in self.targets:
            raise AliasNotFoundError(name=self.name, alias=alias, known=sorted(self.targets))
        return self.targets[alias]

    def names_of(self, version: str) -> tuple[str, ...]:
        """Return the aliases of a version, sorted."""
        return tuple(sorted(a for a, aliased in self.targets.items() if aliased == version))

    def extends(self, other: Aliases) -> bool:
        """Tell whether every move of another book was made in this one too, and in that order."""
        return self.history[: len(other.history)] == other.history

    def with_promotion(
        self,
        alias: str,
        version: str,
        *,
        at: str,
        reason: str,
        expected: str | AnyVersion | None = ANY,
    ) -> Aliases:
        """Move an alias to a version; the same book if it is there already.

        Args:
            alias: What to move.
            version: Where to.
            at: When.
            reason: Why.
            expected: Where it was when that was decided, None for nowhere.

        Raises:
            VersionRetiredError: The version was pruned.
            AliasMovedError: The alias is not where it was seen.
        """
        if version in self.retired:
            raise VersionRetiredError(name=self.name, version=version)
        now = self.targets.get(alias)
        if now == version:
            return self
        if not isinstance(expected, AnyVersion) and now != expected:
            raise AliasMovedError(name=self.name, alias=alias, expected=expected, actual=now)
        return self._moved("promote", alias, version, at=at, reason=reason)

    def with_rollback(self, alias: str, *, expected: str | None, at: str, reason: str) -> Aliases:
        """Swap an alias with the version it had before.

        A rollback repeated with the same moment and reason is the same one and changes nothing,
        wherever the alias went since: without that, repeating one that was cut off would undo it.

        Args:
            alias: What to roll back.
            expected: Where it was when that was decided.
            at: When.
            reason: Why.

        Returns:
            The new book.

        Raises:
            AliasMovedError: The alias is not where it was seen.
            AliasNotFoundError: There is nothing to go back to.
        """
        moves = [(move.action, move.alias, move.at, move.reason) for move in self.history]
        if ("rollback", alias, at, reason) in moves:
            return self
        now = self.targets.get(alias)
        if now != expected:
            raise AliasMovedError(name=self.name, alias=alias, expected=expected, actual=now)
        before = self.version(previous_of(alias))
        return self._moved("rollback", alias, before, at=at, reason=reason)

    def with_retired(self, versions: Iterable[str], *, at: str) -> Aliases:
        """Retire versions for good."""
        return dataclasses.replace(self, retired={**self.retired, **dict.fromkeys(versions, at)})

    def _moved(self, action: str, alias: str, version: str, *, at: str, reason: str) -> Aliases:
        replaced = self.targets.get(alias)
        moved = {**self.targets, alias: version}
        if replaced is not None:
            moved[previous_of(alias)] = replaced
        change = Change(
            action=action, alias=alias, version=version, replaced=replaced, at=at, reason=reason
        )
        return dataclasses.replace(self, targets=moved, history=(*self.history, change))


def previous_of(alias: str) -> str:
    """Name the alias that keeps where another one was before."""
    return PREVIOUS if alias == CHAMPION else f"{PREVIOUS}-{alias}"


def _change(fields: Fields) -> Change:
    replaced = fields.values.get("replaced")
    return Change(
        action=fields.text("action"),
        alias=fields.text("alias"),
        version=fields.text("version", VERSION),
        replaced=None if replaced is None else fields.text("replaced", VERSION),
        at=fields.text("at"),
        reason=fields.text("reason"),
    )


# Of n writers at one moment the unluckiest loses n - 1 times; the pauses spread them out, so this
# is enough for dozens and ends within about half a minute.
ATTEMPTS = 40
LONGEST_PAUSE_SECONDS = 1.0


class AliasFile:
    """The alias books of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, name: str) -> Aliases:
        """Read a model's book; an empty one if nothing was ever promoted."""
        return self._read(name)[0]

    def read_if_changed(self, name: str, *, etag: str | None) -> tuple[Aliases, str | None] | None:
        """Read a model's book and its etag, unless it is still the one of an etag."""
        try:
            blob = self._store.get_if_changed(_key(name), etag=etag)
        except KeyNotFoundError:
            return Aliases(name=name), None
        return None if blob is None else (Aliases.from_json(blob.data, name=name), blob.etag)

    def change(self, name: str, change: Callable[[Aliases], Aliases]) -> Aliases:
        """Apply a change to a model's book, anew each time somebody else was first.

        A store may write a book and lose its answer; the client's own second attempt then finds
        the book changed. A move that is in the history after that is not made again.

        Args:
            name: The model.
            change: From the book as it is to the book as it shall be; it may raise to refuse, or
                return what it was given to leave it.

        Returns:
            The book as it is now.

        Raises:
            KeyChangedError: Somebody else was first too many times.
        """
        tried: list[Aliases] = []
        book: Aliases = Retrying(
            retry=retry_if_exception_type(KeyChangedError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.01, max=LONGEST_PAUSE_SECONDS),
            reraise=True,
        )(self._try, name, change, tried)
        return book

    def _try(
        self, name: str, change: Callable[[Aliases], Aliases], tried: list[Aliases]
    ) -> Aliases:
        book, etag = self._read(name)
        if any(book.extends(earlier) for earlier in tried):
            return book
        changed = change(book)
        if changed.history != book.history:
            tried.append(changed)
        if changed != book:
            self._store.replace(_key(name), changed.to_json(), etag=etag)
        return changed

    def _read(self, name: str) -> tuple[Aliases, str | None]:
        try:
            blob = self._store.get(_key(name))
        except KeyNotFoundError:
            return Aliases(name=name), None
        return Aliases.from_json(blob.data, name=name), blob.etag


def _key(name: str) -> str:
    return f"models/{name}/aliases.json"
