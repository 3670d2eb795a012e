"""What every store holds and can do, over a client of obstore; and a web address, read only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import obstore
from obstore import exceptions

from milkprice.errors import SettingError
from milkprice.registry.errors import (
    KeyChangedError,
    KeyExistsError,
    KeyNotFoundError,
    StoreReadOnlyError,
)
from milkprice.registry.store.client import retry_cut_off, translate_errors

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta
    from obstore.store import ObjectStore


# Some servers cut off what they refuse by a condition, once it is longer, instead of saying so.
LARGE_BYTES = 2**20


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


class Store:
    """Bytes by key. Every write is whole or not at all; every fault is a ``StoreError``.

    Attributes:
        uri: The address, fit for messages: it holds no secret.
        server: Address of the service that has to be checked before a registry is written to it;
            None if nothing has to.
    """

    def __init__(
        self, uri: str, connect: Callable[[], ObjectStore], *, server: str | None = None
    ) -> None:
        self.uri = uri
        self.server = server
        self._connect = connect

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.uri!r})"

    @cached_property
    def _client(self) -> ObjectStore:
        return self._connect()

    def get(self, key: str) -> StoredObject:
        """Read one object.

        Raises:
            KeyNotFoundError: There is none.
        """
        with translate_errors(self.uri, "read", check_key(key)):
            return _get(self._client, key, {})

    def get_if_changed(self, key: str, *, etag: str | None) -> StoredObject | None:
        """Read one object; None if it still has the etag that it was read with before.

        Raises:
            KeyNotFoundError: There is none.
        """
        options: GetOptions = {"if_none_match": etag} if etag else {}
        with translate_errors(self.uri, "read", check_key(key)):
            try:
                return _get(self._client, key, options)
            except exceptions.NotModifiedError:
                return None

    def list(self, prefix: str = "") -> ObjectList:
        """List the objects below a prefix of whole path segments, sorted by key."""
        with translate_errors(self.uri, "list", prefix):
            return _list(self._client, prefix)

    def head(self, key: str) -> ObjectMetadata:
        """Return the metadata of one object, without reading it.

        Raises:
            KeyNotFoundError: There is none.
        """
        with translate_errors(self.uri, "look at", check_key(key)):
            return _metadata(obstore.head(self._client, key))

    def read_range(self, key: str, *, start: int, stop: int, stamp: str) -> bytes:
        """Read the bytes from ``start`` to before ``stop`` of an object.

        Raises:
            KeyNotFoundError: There is none.
            KeyChangedError: Its stamp is another one: it was replaced since it was listed.
        """
        options: GetOptions = {"range": (start, stop)}
        if stamp:
            options["if_match"] = stamp
        with translate_errors(self.uri, "read", check_key(key)):
            stored = _get(self._client, key, options)
        if stamp and stored.etag != stamp:  # not every server compares
            raise KeyChangedError(store=self.uri, key=key)
        return stored.data

    def put_new(self, key: str, data: bytes) -> None:
        """Write an object that is not there yet.

        Raises:
            KeyExistsError: It is there; nothing was changed.
        """
        if len(data) > LARGE_BYTES and self._stamp(key) is not None:
            raise KeyExistsError(store=self.uri, key=key)
        with translate_errors(self.uri, "write", check_key(key)):
            obstore.put(self._client, key, data, mode="create")

    def put(self, key: str, data: bytes) -> None:
        """Write an object, over another if need be."""
        with translate_errors(self.uri, "write", check_key(key)):
            # In parts, an upload that breaks off would leave parts that are not listed or deleted.
            obstore.put(self._client, key, data, use_multipart=False)

    def replace(self, key: str, data: bytes, *, etag: str | None) -> None:
        """Write an object only if it still has this etag, or None is there: compare and swap.

        Raises:
            KeyChangedError: Another writer was first; nothing was changed.
        """
        if len(data) > LARGE_BYTES and self._stamp(key) != etag:
            raise KeyChangedError(store=self.uri, key=key)
        try:
            with translate_errors(self.uri, "replace", check_key(key)):
                mode = "create" if etag is None else {"e_tag": etag}
                obstore.put(self._client, key, data, mode=mode)  # type: ignore[arg-type]
        except (KeyExistsError, KeyNotFoundError) as error:
            raise KeyChangedError(store=self.uri, key=key) from error

    def delete(self, key: str) -> None:
        """Delete an object; one that is not there is no error."""
        with translate_errors(self.uri, "delete", check_key(key)):
            obstore.delete(self._client, key)

    def _stamp(self, key: str) -> str | None:
        try:
            return self.head(key).stamp
        except KeyNotFoundError:
            return None


class WebStore(Store):
    """Bytes by key below an ``https://`` address: a web server has no listing to trust."""

    def list(self, prefix: str = "") -> ObjectList:
        """Refuse."""
        raise StoreReadOnlyError(store=self.uri, operation="list", key=prefix)

    def put_new(self, key: str, data: bytes) -> None:  # noqa: ARG002 - the store's signature
        """Refuse."""
        raise StoreReadOnlyError(store=self.uri, operation="write", key=key)

    def put(self, key: str, data: bytes) -> None:
        """Refuse."""
        self.put_new(key, data)

    def replace(self, key: str, data: bytes, *, etag: str | None) -> None:  # noqa: ARG002
        """Refuse."""
        raise StoreReadOnlyError(store=self.uri, operation="replace", key=key)

    def delete(self, key: str) -> None:
        """Refuse."""
        raise StoreReadOnlyError(store=self.uri, operation="delete", key=key)


def check_key(key: str) -> str:
    """Refuse keys that mean different places in different stores."""
    if {"", ".", ".."} & set(key.split("/")):
        raise SettingError(option="key", value=key, expected="names joined by single slashes")
    return key


def _metadata(meta: ObjectMeta) -> ObjectMetadata:
    return ObjectMetadata(key=meta["path"], size=meta["size"], stamp=meta["e_tag"] or "")


@retry_cut_off
def _list(client: ObjectStore, prefix: str) -> ObjectList:
    objects = obstore.list(client, prefix or None).collect()
    return sorted(map(_metadata, objects), key=lambda metadata: metadata.key)


@retry_cut_off
def _get(client: ObjectStore, key: str, options: GetOptions) -> StoredObject:
    result = obstore.get(client, key, options=options)
    return StoredObject(key=key, data=bytes(result.bytes()), etag=result.meta["e_tag"] or "")
