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
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from milkprice.registry import Registry
from milkprice.registry.bundle import read
from milkprice.registry.errors import StoreFailedError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import Store, open_store
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


WRITES = ("put_new", "put", "replace", "delete")


class WatchedStore:
    """A store over another one that does something around each write.

    Args:
        store: What is read and written.
        around: A context for each write, from its key.
    """

    def __init__(self, store: Store, around: Callable[[str], AbstractContextManager[Any]]) -> None:
        self._store, self._around = store, around

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if name not in WRITES:
            return method

        def write(key: str, *data: bytes, **conditions: Any) -> None:
            with self._around(key):
                method(key, *data, **conditions)

        return write


def failing_store(store: Store, writes: int, *, keys: list[str] | None = None) -> WatchedStore:
    """A store that fails after a number of writes, whose keys are noted."""
    keys = [] if keys is None else keys

    @contextmanager
    def around(key: str) -> Iterator[None]:
        if len(keys) == writes:
            raise StoreFailedError(store=store.uri, operation="write", key=key, reason="it is full")
        keys.append(key)
        yield

    return WatchedStore(store, around)


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
    operate(Registry(WatchedStore(store, lambda _: fuse.write())), plan)
    sys.stdout.write(str(fuse.writes))


if __name__ == "__main__":
    main()
