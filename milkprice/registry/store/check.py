"""Whether a server does what the registry stands on: tried before it is written to.

A server that ignores a condition, or looks first and writes later, loses promotions it has
acknowledged, and nothing shows it afterwards. What tells is a race, so there are two.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

import msgspec

from milkprice import __version__
from milkprice.documents import FieldError, decode, encode
from milkprice.registry.errors import (
    KeyChangedError,
    KeyExistsError,
    KeyNotFoundError,
    StoreConditionError,
    StoreDeniedError,
    StoreError,
)
from milkprice.registry.store.store import Store

logger = logging.getLogger(__name__)

# Beside the folder of the models, which is all that a registry lists.
RECORD = "store.json"
PROBES = "store-check"
RACERS = 20
ROUNDS = 5
# A server that looks first and writes later is the slower in between, the more it has to write.
BODY = b"milk" * 2**12
OTHER = b"rain" * 2**12

NewKey: TypeAlias = Callable[[], str]

_checked: set[tuple[str, str]] = set()
_lock = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What the registry expects of a server, and what became of it.

    Attributes:
        name: The requests and what has to come of them.
        holds: Whether it did.
        seen: What came instead; empty if it holds.
    """

    name: str
    holds: bool
    seen: str = ""


def check_conditions(store: Store) -> tuple[Condition, ...]:
    """Try each condition on objects below ``store-check/``, which are deleted afterwards.

    Raises:
        StoreError: The store cannot be reached, or denies what a registry does.
    """
    keys: list[str] = []
    folder = f"{PROBES}/{secrets.token_hex(8)}"

    def new_key() -> str:
        keys.append(f"{folder}/{len(keys)}")
        return keys[-1]

    try:
        seen = {name: probe(store, new_key) for name, probe in PROBE_BY_NAME.items()}
    except StoreError:
        with contextlib.suppress(StoreError):  # what went wrong first is what there is to say
            _delete(store, keys)
        raise
    try:
        _delete(store, keys)
    except StoreDeniedError:
        logger.warning("%s/%s may not be deleted and stays there", store.uri, PROBES)
    return tuple(Condition(name=name, holds=not what, seen=what) for name, what in seen.items())


def require_conditions(store: Store) -> None:
    """Check a server before the first write of a registry, and note in the registry that it passed.

    Nothing is tried where that is noted for this address of the server, where this process has
    checked this bucket, or where the store needs no check.

    Raises:
        StoreConditionError: The server fails a condition; nothing was written.
    """
    if store.server is None:
        return
    place = (store.server, urlsplit(store.uri).netloc)
    with _lock:
        if place in _checked:
            return
        servers = _read_record(store)
        if store.server not in servers:
            raise_failures(store, check_conditions(store))
            record = _Record(servers={**servers, store.server: _Passed(milkprice=__version__)})
            store.put(RECORD, encode(record, indent=True))
            logger.info("checked %s at %s", store.uri, store.server)
        _checked.add(place)


def raise_failures(store: Store, conditions: tuple[Condition, ...]) -> None:
    """Raise ``StoreConditionError`` if a condition does not hold."""
    failures = [f"{one.name!r} ({one.seen})" for one in conditions if not one.holds]
    if failures:
        server = store.server or "this address"
        raise StoreConditionError(store=store.uri, server=server, failures=failures)


class _Passed(msgspec.Struct, frozen=True, kw_only=True):
    milkprice: str


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """By address of the server, which release of ours found that all conditions hold."""

    servers: Mapping[str, _Passed]


def _read_record(store: Store) -> Mapping[str, _Passed]:
    try:
        return decode(store.get(RECORD).data, _Record).servers
    except KeyNotFoundError:
        return {}
    except FieldError as error:
        logger.warning("%s: %s %s; the server is checked anew", store.uri, RECORD, error)
        return {}


def _delete(store: Store, keys: Sequence[str]) -> None:
    for key in keys:
        store.delete(key)


def _create_twice(store: Store, new_key: NewKey) -> str:
    key = new_key()
    store.put(key, BODY)
    with contextlib.suppress(KeyExistsError):
        store.put_new(key, OTHER)
        return "the object was overwritten"
    return _difference(store, key, BODY)


def _replace_older(store: Store, new_key: NewKey) -> str:
    key = new_key()
    store.put(key, b"0")
    etag = store.get(key).etag
    store.put(key, BODY)
    with contextlib.suppress(KeyChangedError):
        store.replace(key, OTHER, etag=etag)
        return "the object was overwritten"
    return _difference(store, key, BODY)


def _replace_missing(store: Store, new_key: NewKey) -> str:
    key = new_key()
    store.put(key, BODY)
    with contextlib.suppress(KeyChangedError):
        store.replace(new_key(), OTHER, etag=store.get(key).etag)
        return "an object was created"
    return ""


def _replace_current(store: Store, new_key: NewKey) -> str:
    key = new_key()
    store.put(key, b"0")
    with contextlib.suppress(KeyChangedError):  # its answer may get lost, and be asked for again
        store.replace(key, BODY, etag=store.get(key).etag)
    return _difference(store, key, BODY)


def _read_part(store: Store, new_key: NewKey) -> str:
    key = new_key()
    store.put(key, BODY)
    part = store.read_range(key, start=2, stop=6, stamp=store.head(key).stamp)
    return "" if part == BODY[2:6] else f"{len(part)} other bytes came"


def _list_written(store: Store, new_key: NewKey) -> str:
    key = new_key()
    store.put(key, BODY)
    listed = {metadata.key for metadata in store.list(key.rpartition("/")[0])}
    return "" if key in listed else "it is not listed"


def _race_to_create(store: Store, new_key: NewKey) -> str:
    return next(filter(None, (_race(store, new_key(), etag=None) for _ in range(ROUNDS))), "")


def _race_to_replace(store: Store, new_key: NewKey) -> str:
    def once() -> str:
        key = new_key()
        store.put(key, BODY)
        return _race(store, key, etag=store.get(key).etag)

    return next(filter(None, (once() for _ in range(ROUNDS))), "")


def _race(store: Store, key: str, *, etag: str | None) -> str:
    """Let all replace an object at once; what one is told was written must be there."""
    barrier = threading.Barrier(RACERS)

    def replace(data: bytes) -> bytes | None:
        barrier.wait()
        with contextlib.suppress(KeyChangedError):
            store.replace(key, data, etag=etag)
            return data
        return None

    with ThreadPoolExecutor(RACERS) as pool:
        results = pool.map(replace, [BODY + b"%d" % number for number in range(RACERS)])
        winners = [data for data in results if data is not None]
    # An answer may get lost on its way, and then nobody has won.
    if len(winners) > 1:
        return f"{len(winners)} were acknowledged"
    return _difference(store, key, winners[0]) if winners else ""


def _difference(store: Store, key: str, data: bytes) -> str:
    return "" if store.get(key).data == data else "other bytes were read"


# GET with If-None-Match is not among them: a server that ignores it only sends more.
PROBE_BY_NAME: Mapping[str, Callable[[Store, NewKey], str]] = {
    "PUT If-None-Match: * of an object that is there is refused": _create_twice,
    "PUT If-Match of an older ETag is refused": _replace_older,
    "PUT If-Match of the current ETag is done": _replace_current,
    "PUT If-Match of a missing object is refused": _replace_missing,
    "GET Range is the part that was asked for": _read_part,
    "LIST has an object right after it was written": _list_written,
    f"of {RACERS} PUT If-None-Match: * at once one is done": _race_to_create,
    f"of {RACERS} PUT If-Match at once one is done": _race_to_replace,
}
