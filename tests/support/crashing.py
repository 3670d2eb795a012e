"""A store that kills its own process at its n-th write, and the program that uses it.

    python -m tests.support.crashing <json>

The JSON says which store, what to do with its registry, and before or after which write to die.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from milkprice.bundle import read
from milkprice.registry import Registry
from milkprice.settings import StoreSettings
from milkprice.store import Blob, Entries, Store, open_store
from tests.support.moments import NOON

REPOSITORY = Path(__file__).resolve().parents[2]


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

    def __init__(self, store: Store, plan: Plan) -> None:
        self._store = store
        self._plan = plan
        self.writes = 0

    @property
    def uri(self) -> str:
        return self._store.uri

    def get(self, key: str) -> Blob:
        return self._store.get(key)

    def get_if_changed(self, key: str, *, etag: str | None) -> Blob | None:
        return self._store.get_if_changed(key, etag=etag)

    def list(self, prefix: str = "") -> Entries:
        return self._store.list(prefix)

    def put_new(self, key: str, data: bytes) -> None:
        self._begin()
        self._store.put_new(key, data)
        self._end()

    def put(self, key: str, data: bytes) -> None:
        self._begin()
        self._store.put(key, data)
        self._end()

    def replace(self, key: str, data: bytes, *, etag: str | None) -> None:
        self._begin()
        self._store.replace(key, data, etag=etag)
        self._end()

    def delete(self, key: str) -> None:
        self._begin()
        self._store.delete(key)
        self._end()

    def _begin(self) -> None:
        self.writes += 1
        if self.writes == self._plan.die_at and not self._plan.after:
            os.kill(os.getpid(), signal.SIGKILL)

    def _end(self) -> None:
        if self.writes == self._plan.die_at:
            os.kill(os.getpid(), signal.SIGKILL)


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
    store = CrashingStore(open_store(plan.uri, StoreSettings(**plan.settings)), plan)  # type: ignore[arg-type]
    operate(Registry(store), plan)
    sys.stdout.write(str(store.writes))


if __name__ == "__main__":
    main()
