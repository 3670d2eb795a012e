"""Publishers, promoters, a pruner and a reader, each a process of its own, and what each tells."""

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
class Site:
    """Where it all happens.

    Attributes:
        uri: The store.
        settings: Where S3 is and who asks.
        told: Folder for what the processes tell, a file each.
        start: Waits until everybody is there.
        end: Set when the writers are done.
    """

    uri: str
    settings: StoreSettings
    told: Path
    start: Any
    end: Any

    def registry(self) -> Registry:
        return Registry(open_store(self.uri, self.settings))


@dataclass(frozen=True, kw_only=True)
class Told:
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


class Witness:
    """Notes what one process does, line by line."""

    def __init__(self, site: Site, who: str) -> None:
        self._who = who
        self._file = (site.told / who).open("wb", buffering=0)

    def note(self, action: str, version: str, **facts: str) -> None:
        told = Told(who=self._who, action=action, version=version, **facts)
        self._file.write(orjson.dumps(asdict(told)) + b"\n")

    @contextmanager
    def refusals(self, action: str, version: str, reason: str = "") -> Iterator[None]:
        """Note a refusal that may happen; any other error ends the process."""
        try:
            yield
        except REFUSALS as error:
            self.note(action, version, reason=reason, refusal=type(error).__name__)


def told_at(site: Site) -> list[Told]:
    """All that was told, writer by writer."""
    lines = [
        line for path in sorted(site.told.iterdir()) for line in path.read_bytes().split(b"\n")
    ]
    return [Told(**orjson.loads(line)) for line in lines if line]


def write(site: Site, who: int, *, versions: int) -> None:
    """Publish versions and promote each; one writer of four rolls back after each."""
    registry, witness = site.registry(), Witness(site, f"writer-{who:02d}")
    site.start.wait()
    for place in range(versions):
        bundle = toy_bundle(
            [who, place], minutes=place * 60 + who, extra_files={"more": bytes(2000 + who)}
        )
        version, reason = bundle.sidecar.version, f"{who} {place}"
        with witness.refusals("publish", version):
            witness.note("publish", registry.publish(bundle))
        with witness.refusals("promote", version, reason):
            at = NOON + timedelta(minutes=place)
            done = registry.promote(NAME, version, at=at, reason=reason)
            witness.note("promote", done, reason=reason)
        if who % 4 == 0:
            _roll_back(registry, witness, f"{reason} back")


def _roll_back(registry: Registry, witness: Witness, reason: str) -> None:
    with witness.refusals("rollback", "", reason):
        done = registry.rollback(NAME, at=NOON, reason=reason)
        witness.note("rollback", done, reason=reason)


def prune(site: Site, *, keep: int) -> None:
    """Prune again and again while others write."""
    registry, witness = site.registry(), Witness(site, "pruner")
    site.start.wait()
    while not site.end.wait(0.2):
        if registry.names():
            for version in registry.prune(NAME, keep=keep, at=NOON):
                witness.note("prune", version)


def read(site: Site) -> None:
    """Follow the champion: each time it is whole, and the history only grew."""
    registry, witness = site.registry(), Witness(site, "reader")
    site.start.wait()
    book, etag = registry.read_aliases_if_changed(NAME, etag=None)
    while not site.end.is_set():
        changed = registry.read_aliases_if_changed(NAME, etag=etag)
        if changed:
            assert changed[0].extends(book), "a move was lost"
            book, etag = changed
        if changed and book.targets:
            bundle = registry.fetch(NAME)
            load(bundle)
            witness.note("read", bundle.sidecar.version)
