"""The aliases of a model, and the file that holds them, which only compare-and-swap changes.

The file holds its own signature: in a file of its own it would change at another moment.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Annotated

import msgspec
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from milkprice.documents import FieldError, decode, encode, parse
from milkprice.registry.bundle.sidecar import Version
from milkprice.registry.bundle.signatures import Signature, SigningKey, Verifier
from milkprice.registry.errors import (
    AliasFormatError,
    AliasKeyError,
    AliasMovedError,
    AliasNotFoundError,
    AliasReplayError,
    AliasSignatureError,
    AliasUnsignedError,
    KeyChangedError,
    KeyNotFoundError,
    VersionRetiredError,
)
from milkprice.registry.store import Store

CHAMPION = "champion"
PREVIOUS = "previous"
# Of n writers at one moment the unluckiest loses n - 1 times; the pauses spread them out, so this
# is enough for dozens and ends within about half a minute.
ATTEMPTS = 40
LONGEST_PAUSE_SECONDS = 1.0


class AnyVersion(Enum):
    """Any version at all, or none: what an alias may point at before it is moved."""

    ANY = "any"


ANY = AnyVersion.ANY


@dataclass(frozen=True, kw_only=True)
class Change:
    """One move of an alias.

    Attributes:
        action: ``promote`` or ``rollback``.
        replaced: The version before; None the first time.
        at: When, in UTC to the millisecond.
    """

    action: str
    alias: str
    version: Version
    replaced: Version | None = None
    at: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Aliases:
    """The aliases of one model; every change makes new ones or refuses.

    Attributes:
        targets: Version by alias.
        retired: When each pruned version was retired; it never comes back.
        history: Every move of every alias, oldest first.
        serial: Grows with every change: the time of the last one in milliseconds since 1970, or
            one more than before, whichever is larger. 0 in files of older releases.
        key: Id of the key that signed them; None if they are not signed.
    """

    name: str
    targets: Mapping[str, str] = field(default_factory=dict)
    retired: Mapping[str, str] = field(default_factory=dict)
    history: tuple[Change, ...] = ()
    serial: int = 0
    key: str | None = None

    @classmethod
    def from_json(cls, data: bytes, *, name: str, keys: Verifier | None = None) -> Aliases:
        """Decode ``aliases.json``, which one of the keys signed; None looks at no signature.

        Raises:
            AliasFormatError: A field is missing or wrong.
            AliasUnsignedError: There is no signature.
            AliasSignatureError: It is by another key, or not over this file.
        """
        try:
            document = decode(data, _Document)
        except FieldError as error:
            raise AliasFormatError(name=name, reason=str(error)) from error
        signature = document.signature
        if keys is not None:
            _check_signature(data, signature, name=name, keys=keys)
        return cls(
            name=name,
            targets=document.aliases,
            retired=document.retired,
            history=document.history,
            serial=document.serial,
            key=None if signature is None else signature.key,
        )

    def to_json(self, signer: SigningKey | None = None) -> bytes:
        """Encode ``aliases.json``, sorted and indented, signed if there is a key."""
        document = _Document(
            aliases=self.targets, retired=self.retired, history=self.history, serial=self.serial
        )
        if signer is not None:
            signature = signer.signature(_signed_bytes(encode(document), self.name))
            document = msgspec.structs.replace(document, signature=signature)
        return encode(document, indent=True)

    def version(self, alias: str) -> str:
        """Look up an alias; ``AliasNotFoundError`` if there is none of this name."""
        if alias not in self.targets:
            raise AliasNotFoundError(name=self.name, alias=alias, known=sorted(self.targets))
        return self.targets[alias]

    def names_of(self, version: str) -> tuple[str, ...]:
        """Return the aliases of a version, sorted."""
        return tuple(sorted(a for a, target in self.targets.items() if target == version))

    def extends(self, other: Aliases) -> bool:
        """Whether this history begins with the other one."""
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
        """Move an alias to a version; unchanged if it is there already.

        Raises:
            VersionRetiredError: The version was pruned.
            AliasMovedError: The alias is not where it was expected.
        """
        if version in self.retired:
            raise VersionRetiredError(name=self.name, version=version)
        if self.targets.get(alias) == version:
            return self
        if not isinstance(expected, AnyVersion):
            self._check_target(alias, expected)
        return self._with_move("promote", alias, version, at=at, reason=reason)

    def with_rollback(self, alias: str, *, expected: str | None, at: str, reason: str) -> Aliases:
        """Swap an alias with the version it had before.

        A rollback repeated with the same moment and reason is the same one and changes nothing,
        wherever the alias went since: otherwise, repeating one that was cut off would undo it.

        Raises:
            AliasMovedError: The alias is not where it was expected.
            AliasNotFoundError: There is nothing to go back to.
        """
        moves = [(move.action, move.alias, move.at, move.reason) for move in self.history]
        if ("rollback", alias, at, reason) in moves:
            return self
        self._check_target(alias, expected)
        before = self.version(previous_of(alias))
        return self._with_move("rollback", alias, before, at=at, reason=reason)

    def with_retired(self, versions: Iterable[str], *, at: str) -> Aliases:
        """Retire versions for good; unchanged if there are none."""
        retired = {**self.retired, **dict.fromkeys(versions, at)}
        if retired == self.retired:
            return self
        return dataclasses.replace(self, retired=retired).with_next_serial(at=at)

    def with_next_serial(self, *, at: str) -> Aliases:
        """The same aliases as a newer statement of them."""
        moment = datetime.strptime(at, "%Y-%m-%dT%H:%M:%S.%f%z")
        serial = max(self.serial + 1, round(moment.timestamp() * 1000))
        return dataclasses.replace(self, serial=serial)

    def _check_target(self, alias: str, expected: str | None) -> None:
        actual = self.targets.get(alias)
        if actual != expected:
            raise AliasMovedError(name=self.name, alias=alias, expected=expected, actual=actual)

    def _with_move(self, action: str, alias: str, version: str, *, at: str, reason: str) -> Aliases:
        replaced = self.targets.get(alias)
        targets = {**self.targets, alias: version}
        if replaced is not None:
            targets[previous_of(alias)] = replaced
        change = Change(
            action=action, alias=alias, version=version, replaced=replaced, at=at, reason=reason
        )
        moved = dataclasses.replace(self, targets=targets, history=(*self.history, change))
        return moved.with_next_serial(at=at)


class _Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    aliases: Mapping[str, Version]
    retired: Mapping[str, str]
    history: tuple[Change, ...]
    serial: Annotated[int, msgspec.Meta(ge=0)] = 0
    signature: Signature | None = None


class AliasFile:
    """The aliases of the models in a store, each in a file of its own.

    With keys, nothing is read that none of them signed, nor anything older than was read before:
    those who can write the store and have no key can put an older file back.
    """

    def __init__(
        self,
        store: Store,
        *,
        keys: Verifier | None = None,
        signer: SigningKey | None = None,
    ) -> None:
        """Look at a store.

        Args:
            store: Where the models are stored.
            keys: Who must have signed what is read; None looks at no signature.
            signer: Signs what is written; None changes only what is not signed.
        """
        self._store = store
        self._keys = keys
        self._signer = signer
        self._serials: dict[str, int] = {}

    def read(self, name: str) -> Aliases:
        """Read a model's aliases; empty ones if nothing was ever promoted."""
        return self._read(name)[0]

    def read_if_changed(self, name: str, *, etag: str | None) -> tuple[Aliases, str | None] | None:
        """Read a model's aliases and their etag; None if they still have the given one.

        Raises:
            AliasFormatError: The file cannot be decoded.
            AliasUnsignedError: It has to be signed and is not.
            AliasSignatureError: It is signed by somebody else, or was altered.
            AliasReplayError: It is older than one that was read before.
        """
        # Taken before the file is read: what another thread reads meanwhile may be newer.
        newest = self._serials.get(name, 0)
        try:
            stored = self._store.get_if_changed(_key(name), etag=etag)
        except KeyNotFoundError:
            return Aliases(name=name), None
        if stored is None:
            return None
        aliases = Aliases.from_json(stored.data, name=name, keys=self._keys)
        if self._keys is not None:
            self._check_serial(aliases, newest)
        return aliases, stored.etag

    def update(self, name: str, change: Callable[[Aliases], Aliases]) -> Aliases:
        """Apply a change to a model's aliases, anew each time another writer was first.

        A store may write a file and lose its answer; the client's own second attempt then finds
        the file changed. A move that is in the history after that is not made again.

        Args:
            name: The model.
            change: From the aliases as they are to those that shall be; it may raise to refuse,
                or return what it was given.

        Raises:
            KeyChangedError: Another writer was first too many times.
            AliasKeyError: The file is signed, and there is no key to sign its change with.
        """
        attempts: list[Aliases] = []
        aliases: Aliases = Retrying(
            retry=retry_if_exception_type(KeyChangedError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.01, max=LONGEST_PAUSE_SECONDS),
            reraise=True,
        )(self._attempt, name, change, attempts)
        return aliases

    def _attempt(
        self, name: str, change: Callable[[Aliases], Aliases], attempts: list[Aliases]
    ) -> Aliases:
        aliases, etag = self._read(name)
        if any(aliases.extends(earlier) for earlier in attempts):
            return aliases
        changed = change(aliases)
        if changed.history != aliases.history:
            attempts.append(changed)
        return aliases if changed == aliases else self._write(changed, etag=etag)

    def _write(self, aliases: Aliases, *, etag: str | None) -> Aliases:
        if self._signer is None and aliases.key is not None:
            raise AliasKeyError(name=aliases.name, key=aliases.key)
        self._store.replace(_key(aliases.name), aliases.to_json(self._signer), etag=etag)
        key = None if self._signer is None else self._signer.id
        return dataclasses.replace(aliases, key=key)

    def _check_serial(self, aliases: Aliases, newest: int) -> None:
        if aliases.serial < newest:
            raise AliasReplayError(name=aliases.name, serial=aliases.serial, newest=newest)
        self._serials[aliases.name] = max(aliases.serial, self._serials.get(aliases.name, 0))

    def _read(self, name: str) -> tuple[Aliases, str | None]:
        return self.read_if_changed(name, etag=None) or (Aliases(name=name), None)


def previous_of(alias: str) -> str:
    """Name the alias that keeps where another one was before."""
    return PREVIOUS if alias == CHAMPION else f"{PREVIOUS}-{alias}"


def _check_signature(
    data: bytes, signature: Signature | None, *, name: str, keys: Verifier
) -> None:
    if signature is None:
        raise AliasUnsignedError(name=name)
    fault = keys.find_fault(_signed_bytes(data, name), signature, file="aliases.json")
    if fault is not None:
        raise AliasSignatureError(name=name, reason=fault)


def _signed_bytes(data: bytes, name: str) -> bytes:
    """What is signed: the model's name, and the file without its signature, however laid out.

    Fields that a later release adds are in it. A sidecar begins otherwise, so the signature of one
    is none of the other.
    """
    document = {key: value for key, value in parse(data).items() if key != "signature"}
    return f"milkprice aliases of {name}\n".encode() + encode(document)


def _key(name: str) -> str:
    return f"models/{name}/aliases.json"
