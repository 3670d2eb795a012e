"""Processes that kill themselves at their n-th write, and the program that does it to a registry.

    python -m tests.support.crashing <json>

The JSON says which store, what to do with its registry, and before or after which write to die.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from milkprice.registry import Registry
from milkprice.registry.bundle import read
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import ObjectList, ObjectMetadata, Store, StoredObject, open_store
from tests.support.moments import NOON

REPOSITORY = Path(__file__).resolve().parents[2]
CHANGES = ("os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Fuse:
    """Counts the writes of its process, and ends it at one of them.

    Args:
        at: Which; 0 lets it live.
        after: Whether it dies when that write is done; else before.
    """

    def __init__(self, at: int = 0, *, after: bool = False) -> None:
        self._at, self._after = at, after
        self._numbers = itertools.count(1)
        self.writes = 0

    @contextmanager
    def write(self) -> Iterator[None]:
        """Count what is written inside."""
        number = self.writes = next(self._numbers)
        if number == self._at and not self._after:
            os.kill(os.getpid(), signal.SIGKILL)
        yield
        if number == self._at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, folder: Path) -> None:
        """Count all that Python itself does to the files below a folder, always before it is done.

        What is deleted by its name alone is of a folder that is deleted.
        """

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            writes = event in CHANGES or (event == "open" and (arguments[2] or 0) & WRITING)
            if writes and isinstance(arguments[0], str | os.PathLike):
                place = os.fspath(arguments[0])
                if isinstance(place, str) and Path(folder, place).is_relative_to(folder):
                    with self.write():
                        pass

        sys.addaudithook(hook)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a process does before it dies; ``die_at`` 0 lets it live."""

    uri: str
    settings: dict[str, str | None]
    operation: str
    bundle: str = ""
    reference: str = ""
    die_at: int = 0
    after: bool = False


class CrashingStore:
    """A store that passes all on to another one until its time has come."""

    def __init__(self, store: Store, fuse: Fuse) -> None:
        self._store = store
        self._fuse = fuse

    @property
    def uri(self) -> str:
        return self._store.uri

    def get(self, key: str) -> StoredObject:
        return self._store.get(key)

    def get_if_changed(self, key: str, *, etag: str | None) -> StoredObject | None:
        return self._store.get_if_changed(key, etag=etag)

    def list(self, prefix: str = "") -> ObjectList:
        return self._store.list(prefix)

    def head(self, key: str) -> ObjectMetadata:
        return self._store.head(key)

    def read_range(self, key: str, *, start: int, stop: int, stamp: str) -> bytes:
        return self._store.read_range(key, start=start, stop=stop, stamp=stamp)

    def put_new(self, key: str, data: bytes) -> None:
        with self._fuse.write():
            self._store.put_new(key, data)

    def put(self, key: str, data: bytes) -> None:
        with self._fuse.write():
            self._store.put(key, data)

    def replace(self, key: str, data: bytes, *, etag: str | None) -> None:
        with self._fuse.write():
            self._store.replace(key, data, etag=etag)

    def delete(self, key: str) -> None:
        with self._fuse.write():
            self._store.delete(key)


def operate(registry: Registry, plan: Plan) -> None:
    """Do what the plan says, always in the same way, so that it can be repeated."""
    operations = {
        "publish": lambda: registry.publish(read(Path(plan.bundle))),
        "promote": lambda: registry.promote("milk", plan.reference, at=NOON, reason="better"),
        "rollback": lambda: registry.rollback("milk", at=NOON, reason="worse"),
        "prune": lambda: registry.prune("milk", keep=1, at=NOON),
    }
    operations[plan.operation]()


def run(plan: Plan) -> subprocess.CompletedProcess[str]:
    """Carry out a plan in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tests.support.crashing", json.dumps(asdict(plan))],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def main() -> None:
    plan = Plan(**json.loads(sys.argv[1]))
    fuse = Fuse(plan.die_at, after=plan.after)
    store = open_store(plan.uri, StoreSettings(**plan.settings))  # type: ignore[arg-type]
    operate(Registry(CrashingStore(store, fuse)), plan)
    sys.stdout.write(str(fuse.writes))


if __name__ == "__main__":
    main()
