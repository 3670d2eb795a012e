"""Stores over a client of obstore: memory and S3 as they are, and a web address, read only.

Errors of obstore, of S3 and of the file system are translated into ours here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import obstore
from obstore import exceptions
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from milkprice.errors import SettingError
from milkprice.registry.errors import (
    KeyChangedError,
    KeyExistsError,
    KeyNotFoundError,
    StoreReadOnlyError,
)
from milkprice.registry.store.store import ObjectList, ObjectMetadata, StoredObject

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta
    from obstore.store import ObjectStore
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import filelock

from milkprice.registry.errors import (
    BucketNotFoundError,
    StoreDeniedError,
    StoreError,
    StoreFailedError,
    StoreLockedError,
    StoreUnreachableError,
)

# Of a body that broke off, and of one whose rest the server would not send alone.
CUT_OFF = ("response body error", "Range request not supported")


class ClientStore:
    """Bytes by key through one obstore client.

    Attributes:
        uri: The address, fit for messages.
    """

    def __init__(self, uri: str, connect: Callable[[], ObjectStore]) -> None:
        self.uri = uri
        self._connect = connect

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.uri!r})"

    @cached_property
    def _client(self) -> ObjectStore:
        return self._connect()

    def get(self, key: str) -> StoredObject:
        """See ``Store.get``."""
        with translate_errors(self.uri, "read", check_key(key)):
            return _get(self._client, key, {})

    def get_if_changed(self, key: str, *, etag: str | None) -> StoredObject | None:
        """See ``Store.get_if_changed``."""
        with translate_errors(self.uri, "read", check_key(key)):
            try:
                return _get(self._client, key, {"if_none_match": etag} if etag else {})
            except exceptions.NotModifiedError:
                return None

    def list(self, prefix: str = "") -> ObjectList:
        """See ``Store.list``."""
        with translate_errors(self.uri, "list", prefix):
            return _list(self._client, prefix)

    def head(self, key: str) -> ObjectMetadata:
        """See ``Store.head``."""
        with translate_errors(self.uri, "look at", check_key(key)):
            return _metadata(obstore.head(self._client, key))

    def read_range(self, key: str, *, start: int, stop: int, stamp: str) -> bytes:
        """See ``Store.read_range``."""
        options: GetOptions = {"range": (start, stop)}
        if stamp:
            options["if_match"] = stamp
        with translate_errors(self.uri, "read", check_key(key)):
            return _get(self._client, key, options).data

    def put_new(self, key: str, data: bytes) -> None:
        """See ``Store.put_new``."""
        with translate_errors(self.uri, "write", check_key(key)):
            obstore.put(self._client, key, data, mode="create")

    def put(self, key: str, data: bytes) -> None:
        """See ``Store.put``."""
        with translate_errors(self.uri, "write", check_key(key)):
            # In parts, an upload that breaks off would leave parts that are not listed or deleted.
            obstore.put(self._client, key, data, use_multipart=False)

    def replace(self, key: str, data: bytes, *, etag: str | None) -> None:
        """See ``Store.replace``."""
        try:
            with translate_errors(self.uri, "replace", check_key(key)):
                mode = "create" if etag is None else {"e_tag": etag}
                obstore.put(self._client, key, data, mode=mode)  # type: ignore[arg-type]
        except (KeyExistsError, KeyNotFoundError) as error:
            raise KeyChangedError(store=self.uri, key=key) from error

    def delete(self, key: str) -> None:
        """See ``Store.delete``."""
        with translate_errors(self.uri, "delete", check_key(key)):
            obstore.delete(self._client, key)


class WebStore(ClientStore):
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


def _is_cut_off(error: BaseException) -> bool:
    return isinstance(error, exceptions.BaseError) and any(sign in str(error) for sign in CUT_OFF)


# obstore retries until a response begins. One that breaks off in its middle it resumes where there
# are an etag and a server with ranges; the others, listings too, are left to us.
_retry_cut_off = retry(
    retry=retry_if_exception(_is_cut_off),
    stop=stop_after_attempt(4),
    wait=wait_random_exponential(multiplier=0.1, max=2),
    reraise=True,
)


@_retry_cut_off
def _list(client: ObjectStore, prefix: str) -> ObjectList:
    objects = obstore.list(client, prefix or None).collect()
    return sorted(map(_metadata, objects), key=lambda metadata: metadata.key)


@_retry_cut_off
def _get(client: ObjectStore, key: str, options: GetOptions) -> StoredObject:
    result = obstore.get(client, key, options=options)
    return StoredObject(key=key, data=bytes(result.bytes()), etag=result.meta["e_tag"] or "")


KIND = re.compile(r"^Generic \w+ error: ")
CODE = re.compile(r"<Code>(\w+)</Code>")
STATUS = re.compile(r"status code: (\d{3})")
# The innermost cause in the debug text that obstore adds to its sentence.
CAUSE = re.compile(r'(?:message|error): "([^"]+)"|source: (TimedOut)')
DENIED = (
    "Permission denied (os error 13)",
    "Operation not permitted (os error 1)",
    # Where a cloud's machines find their credentials: asked only by a client that has none.
    "http://169.254.169.254/",
)


@contextmanager
def translate_errors(store: str, operation: str, key: str) -> Iterator[None]:
    """Turn errors inside into a ``StoreError`` that names store, operation and key."""
    try:
        yield
    except (exceptions.BaseError, OSError, ValueError) as error:
        raise _translate(error, store=store, operation=operation, key=key) from error


def _translate(error: Exception, *, store: str, operation: str, key: str) -> StoreError:
    """Choose the class by the type where obstore has one, else by the response's status."""
    text = KIND.sub("", str(error))
    if isinstance(error, filelock.Timeout):
        return StoreLockedError(store=store, key=key, lock=error.lock_file)
    if _first(CODE, text) == "NoSuchBucket":
        return BucketNotFoundError(store=store, bucket=urlsplit(store).netloc)
    if isinstance(error, FileNotFoundError):
        return KeyNotFoundError(store=store, key=key)
    if isinstance(error, exceptions.AlreadyExistsError):
        return KeyExistsError(store=store, key=key)
    if isinstance(error, exceptions.PreconditionError):
        return KeyChangedError(store=store, key=key)
    if _is_denied(error, text):
        return StoreDeniedError(store=store, operation=operation, key=key)
    kind = StoreUnreachableError if _is_unreachable(text) else StoreFailedError
    return kind(store=store, operation=operation, key=key, reason=_reason(text))


def _is_denied(error: Exception, text: str) -> bool:
    """Whether credentials were refused: by a type, a status or a system error."""
    denials = (
        exceptions.PermissionDeniedError,
        exceptions.UnauthenticatedError,
        PermissionError,
    )
    return (
        isinstance(error, denials)
        or _first(STATUS, text) in {"401", "403"}
        or any(sign in text for sign in DENIED)
    )


def _is_unreachable(text: str) -> bool:
    """Whether no usable response came, after obstore's own retries."""
    return "HTTP error:" in text or _first(STATUS, text).startswith("5")


def _reason(text: str) -> str:
    """The part of obstore's text that says what happened, on one line."""
    sentence = text.partition("\n\nDebug source")[0]
    causes = [cause or "timed out" for cause, _ in CAUSE.findall(text)]
    if "HTTP error:" in sentence and causes:
        return causes[-1]
    return _first(CODE, text) or " ".join(sentence.rpartition(" - ")[2].split()).rstrip(": ")


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""
