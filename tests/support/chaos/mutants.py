"""Mutants: registries that break one rule each, which the schedules have to detect.

python -m tests.support.chaos.mutants <which> --schedules 100
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from milkprice.registry import Aliases, Registry
from milkprice.registry.aliases import AliasFile
from milkprice.registry.bundle import SIDECAR, Bundle, to_json
from milkprice.registry.store import Store
from milkprice.registry.versions import VersionObjects, VersionStorage
from tests.support.chaos.__main__ import main


def _sidecar_first() -> None:
    """A version is seen before its files are there."""

    def add(self: VersionStorage, bundle: Bundle, *, signer: Any = None) -> None:
        for file, data in {SIDECAR: to_json(bundle.sidecar), **bundle.files}.items():
            self._put(bundle.sidecar.version, file, data)

    VersionStorage.add = add


def _last_writer_wins() -> None:
    """Of two who move an alias at the same time one is forgotten."""

    def put(self: Store, key: str, data: bytes, *, etag: str | None) -> None:
        self.put(key, data)

    Store.replace = put


def _moves_again() -> None:
    """A move whose answer was lost is made once more, over what others did since."""

    def extends(self: Aliases, other: Aliases) -> bool:
        return False

    Aliases.extends = extends


def _deletes_before_it_says_so() -> None:
    """A prune takes away what readers are still sent to."""

    def prune(self: Registry, name: str, *, keep: int, at: Any) -> list[str]:
        surplus = self._surplus(self.read_aliases(name), keep)
        for version in surplus:
            self._storage(name).delete(VersionObjects(version=version, sizes={SIDECAR: 0}))
        return surplus

    Registry.prune = prune


def _says_too_early() -> None:
    """A promotion is acknowledged whether or not it was written."""

    def update(self: AliasFile, name: str, change: Callable[[Aliases], Aliases]) -> Aliases:
        return change(self._read(name)[0])

    AliasFile.update = update


def _forgets_rollbacks() -> None:
    """A rollback that is repeated is another one."""
    with_rollback = Aliases.with_rollback

    def again(self: Aliases, alias: str, *, at: str, **facts: Any) -> Aliases:
        moved = with_rollback(self, alias, at="never before", **facts)
        *history, change = moved.history
        return replace(moved, history=(*history, replace(change, at=at)))

    Aliases.with_rollback = again


MUTANTS = {
    "sidecar-first": _sidecar_first,
    "last-writer-wins": _last_writer_wins,
    "moves-again": _moves_again,
    "deletes-before-it-says-so": _deletes_before_it_says_so,
    "says-too-early": _says_too_early,
    "forgets-rollbacks": _forgets_rollbacks,
}

if __name__ == "__main__":
    MUTANTS[sys.argv.pop(1)]()
    sys.exit(main())
