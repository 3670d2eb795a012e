"""The contract of every store: what it holds and what it can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, TypeAlias


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """An object as it was when it was read.

    Attributes:
        key: Its path below the store's address.
        data: Its bytes.
        etag: Entity tag, which ``Store.replace`` and ``Store.get_if_changed`` compare; its form
            differs from store to store, and it is empty where a web server gives none.
    """

    key: str
    data: bytes = field(repr=False)
    etag: str


@dataclass(frozen=True, kw_only=True)
class ObjectMetadata:
    """What a listing says of an object.

    Attributes:
        key: Its path below the store's address.
        size: Its length in bytes.
        stamp: What ``Store.read_range`` compares; it changes with the object, and two stores
            write it differently.
    """

    key: str
    size: int
    stamp: str = field(default="", compare=False, repr=False)


ObjectList: TypeAlias = list[ObjectMetadata]


class Store(Protocol):
    """Bytes by key. Every write is whole or not at all; every fault is a ``StoreError``."""

    @property
    def uri(self) -> str:
        """The address, fit for messages: it holds no secret."""

    def get(self, key: str) -> StoredObject:
        """Read one object.

        Raises:
            KeyNotFoundError: There is none.
        """

    def get_if_changed(self, key: str, *, etag: str | None) -> StoredObject | None:
        """Read one object unless it is still the one that was read before.

        Args:
            key: The object.
            etag: The ``StoredObject.etag`` it was read with; None to read it in any case.

        Returns:
            The object as it is now; None if it is unchanged.

        Raises:
            KeyNotFoundError: There is none.
        """

    def list(self, prefix: str = "") -> ObjectList:
        """List the objects below a prefix of whole path segments, sorted by key."""

    def head(self, key: str) -> ObjectMetadata:
        """Return the metadata of one object, without reading it.

        Raises:
            KeyNotFoundError: There is none.
        """

    def read_range(self, key: str, *, start: int, stop: int, stamp: str) -> bytes:
        """Read a part of an object that must still be the one that was listed.

        Args:
            key: The object.
            start: The first byte.
            stop: The one after the last, above ``start``.
            stamp: Its ``ObjectMetadata.stamp``.

        Raises:
            KeyNotFoundError: There is none.
            KeyChangedError: It was replaced since.
        """

    def put_new(self, key: str, data: bytes) -> None:
        """Write an object that is not there yet.

        Raises:
            KeyExistsError: It is there; nothing was changed.
        """

    def put(self, key: str, data: bytes) -> None:
        """Write an object, over another if need be."""

    def replace(self, key: str, data: bytes, *, etag: str | None) -> None:
        """Write an object only if it is still the one that was read: compare and swap.

        Args:
            key: The object.
            data: What it becomes.
            etag: The ``StoredObject.etag`` it was read with; None if it was not there.

        Raises:
            KeyChangedError: Another writer was first; nothing was changed.
        """

    def delete(self, key: str) -> None:
        """Delete an object; one that is not there is no error."""
