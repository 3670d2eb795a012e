"""Publishers, promoters, a pruner and a reader, each a process of its own, and their events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from milkprice.registry import Registry
from milkprice.registry.bundle import load
from milkprice.registry.errors import AliasMovedError, AliasNotFoundError, VersionRetiredError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from tests.support.bundles import toy_bundle
from tests.support.moments import NOON

NAME = "milk"
REFUSALS = (AliasMovedError, AliasNotFoundError, VersionRetiredError)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What all processes share.

    Attributes:
        uri: The store.
        settings: Where S3 is and who asks.
        events: Folder for the events of the processes, a file each.
        start: A barrier that all processes wait at.
        end: Set when the writers are done.
    """

    uri: str
    settings: StoreSettings
    events: Path
    start: Any
    end: Any

    def registry(self) -> Registry:
        return Registry(open_store(self.uri, self.settings))


@dataclass(frozen=True, kw_only=True)
class Event:
    """What was done or refused.

    Attributes:
        who: By whom.
        action: ``publish``, ``promote``, ``rollback``, ``prune`` or ``read``.
        version: Which version it was about, or where the alias was led to.
        reason: What a move is found by in the history.
        refusal: The error that refused it; empty if it was done.
    """

    who: str
    action: str
    version: str
    reason: str = ""
    refusal: str = ""


class EventLog:
    """Records what one process does, line by line."""

    def __init__(self, scene: Scene, who: str) -> None:
        self._who = who
        self._file = (scene.events / who).open("wb", buffering=0)

    def record(self, action: str, version: str, **facts: str) -> None:
        events = Event(who=self._who, action=action, version=version, **facts)
        self._file.write(orjson.dumps(asdict(events)) + b"\n")

    @contextmanager
    def refusals(self, action: str, version: str, reason: str = "") -> Iterator[None]:
        """Record a refusal that may happen; any other error ends the process."""
        try:
            yield
        except REFUSALS as error:
            self.record(action, version, reason=reason, refusal=type(error).__name__)


def events_at(scene: Scene) -> list[Event]:
    """All events, writer by writer."""
    lines = [
        line for path in sorted(scene.events.iterdir()) for line in path.read_bytes().split(b"\n")
    ]
    return [Event(**orjson.loads(line)) for line in lines if line]


def write(scene: Scene, who: int, *, versions: int) -> None:
    """Publish versions and promote each; one writer of four rolls back after each."""
    registry, log = scene.registry(), EventLog(scene, f"writer-{who:02d}")
    scene.start.wait()
    for place in range(versions):
        bundle = toy_bundle(
            [who, place], minutes=place * 60 + who, extra_files={"more": bytes(2000 + who)}
        )
        version, reason = bundle.sidecar.version, f"{who} {place}"
        with log.refusals("publish", version):
            log.record("publish", registry.publish(bundle))
        with log.refusals("promote", version, reason):
            at = NOON + timedelta(minutes=place)
            done = registry.promote(NAME, version, at=at, reason=reason)
            log.record("promote", done, reason=reason)
        if who % 4 == 0:
            _roll_back(registry, log, f"{reason} back")


def _roll_back(registry: Registry, log: EventLog, reason: str) -> None:
    with log.refusals("rollback", "", reason):
        done = registry.rollback(NAME, at=NOON, reason=reason)
        log.record("rollback", done, reason=reason)


def prune(scene: Scene, *, keep: int) -> None:
    """Prune again and again while others write."""
    registry, log = scene.registry(), EventLog(scene, "pruner")
    scene.start.wait()
    while not scene.end.wait(0.2):
        if registry.names():
            for version in registry.prune(NAME, keep=keep, at=NOON):
                log.record("prune", version)


def read(scene: Scene) -> None:
    """Follow the champion: each time it is whole, and the history only grew."""
    registry, log = scene.registry(), EventLog(scene, "reader")
    scene.start.wait()
    aliases, etag = registry.read_aliases_if_changed(NAME, etag=None)
    while not scene.end.is_set():
        changed = registry.read_aliases_if_changed(NAME, etag=etag)
        if changed:
            assert changed[0].extends(aliases), "a move was lost"
            aliases, etag = changed
        if changed and aliases.targets:
            bundle = registry.fetch(NAME)
            load(bundle)
            log.record("read", bundle.sidecar.version)
