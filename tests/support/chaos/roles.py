"""What writers, readers and whoever looks after them do, each in a process of its own.

All that happens to them is told as it happens; whoever is killed has told all before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tenacity import wait_none

from milkprice.errors import MilkpriceError
from milkprice.files import sha256
from milkprice.registry import ANY, Registry
from milkprice.registry.aliases import AnyVersion
from milkprice.registry.bundle import Bundle
from milkprice.registry.errors import AliasFormatError, RegistryError, VersionConflictError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import address, client, open_store
from serving.models.handle import ModelHandle
from serving.models.source import AliasSource
from tests.support.chaos.contents import NAME, bundle_of, signer, verifying_keys, version_at
from tests.support.chaos.schedule import Step
from tests.support.moments import NOON

Tell = Callable[[dict[str, Any]], None]
ATTEMPTS = 3
# What was read did not arrive as it was written; another time it may.
DAMAGE = (AliasFormatError, VersionConflictError)
# The pauses of production would be most of the time that a schedule takes.
PAUSES = {
    "init_backoff": timedelta(milliseconds=2),
    "max_backoff": timedelta(milliseconds=10),
    "base": 2,
}
PATIENCE = timedelta(seconds=5)


def hurry() -> None:
    """Shorten the pauses between attempts, and be silent."""
    address.RETRIES["backoff"] = PAUSES  # type: ignore[typeddict-item]
    address.TIMEOUTS["timeout"] = PATIENCE
    for function in (client._get, client._list):
        function.retry.wait = wait_none()  # type: ignore[attr-defined]
    logging.disable()


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a registry is for an actor, and whether it is a signed one."""

    uri: str
    settings: StoreSettings
    is_signed: bool

    def registry(self) -> Registry:
        hurry()
        by, keys = (signer(), verifying_keys()) if self.is_signed else (None, None)
        return Registry(open_store(self.uri, self.settings), signer=by, keys=keys)


def write(place: Place, tell: Tell, *, steps: Sequence[Step]) -> None:
    """Do one step after the other, each as often as a careful person would repeat it."""
    registry = place.registry()
    for step in steps:
        if not any(_attempted(registry, step, tell) for _ in range(ATTEMPTS)):
            tell({"what": "given up", "moment": step.moment})


def read(place: Place, tell: Tell, *, polls: Sequence[str]) -> None:
    """Look again and again, as a predictor does and as a person does."""
    catalogue = place.registry()
    source = Noting(catalogue, NAME, "champion")
    handle = ModelHandle(NAME, source, refresh_seconds=1.0)
    for poll in polls:
        tell({"what": "looks", "poll": poll})
        try:
            if poll == "refresh":
                _refresh(handle, source, tell)
            elif poll == "fetch":
                _tell_of(catalogue.fetch(NAME), tell, alias="champion")
            else:
                for info in catalogue.versions(NAME):
                    tell({"what": "listed", "version": info.version})
                    _tell_of(catalogue.fetch(NAME, info.version), tell)
        except MilkpriceError as error:
            tell({"what": "missed", **_facts(error)})


def settle(place: Place, tell: Tell, *, steps: Sequence[Step]) -> None:
    """Repeat what was never acknowledged, tidy up, and read all there is."""
    registry = place.registry()
    for step in steps:
        _attempted(registry, step, tell)
    for info in registry.versions(NAME):
        tell({"what": "listed", "version": info.version})
        _tell_of(registry.fetch(NAME, info.version), tell)
    for alias, version in registry.read_aliases(NAME).targets.items():
        tell({"what": "leads", "alias": alias, "version": version})
        _tell_of(registry.fetch(NAME, alias), tell, alias=alias)


class Noting(AliasSource):
    """A source that remembers what it brought."""

    digests: dict[str, str]

    def fetch(self, version: str) -> Bundle:
        bundle = super().fetch(version)
        self.digests = {**getattr(self, "digests", {}), version: digest_of(bundle)}
        return bundle


def digest_of(bundle: Bundle) -> str:
    """Hash all bytes of a bundle; those of its sidecar are hashed by its version."""
    files = sorted(bundle.files.items())
    return sha256(b"".join(name.encode() + data for name, data in files))


def expected_digest(version: str) -> str:
    """Say what ``digest_of`` is for a version of ours."""
    return digest_of(bundle_of(version))


def operate(registry: Registry, step: Step) -> Any:
    """Do a step, always in the same way, so that it can be repeated."""
    at, version = NOON + timedelta(seconds=step.moment), version_at(step.content, step.minute)
    operations: dict[str, Callable[[], Any]] = {
        "publish": lambda: registry.publish(bundle_of(version)),
        "promote": lambda: registry.promote(
            NAME, version, alias=step.alias, at=at, expected=_seen(registry, step)
        ),
        "rollback": lambda: registry.rollback(NAME, alias=step.alias, at=at),
        "prune": lambda: registry.prune(NAME, keep=step.keep, at=at),
        "read": lambda: registry.fetch(NAME, step.alias).sidecar.version,
    }
    return operations[step.action]()


def _seen(registry: Registry, step: Step) -> str | AnyVersion | None:
    if not step.is_careful:
        return ANY
    return registry.read_aliases(NAME).targets.get(step.alias)


def _attempted(registry: Registry, step: Step, tell: Tell) -> bool:
    """Try a step; tell whether it is over: done, or refused for a reason that will not pass."""
    tell({"what": "begins", "moment": step.moment})
    try:
        result = operate(registry, step)
    except MilkpriceError as error:
        is_over = isinstance(error, RegistryError) and not isinstance(error, DAMAGE)
        tell({"what": "refused" if is_over else "failed", "moment": step.moment, **_facts(error)})
        return is_over
    tell({"what": "acknowledged", "moment": step.moment, "result": result})
    return True


def _refresh(handle: ModelHandle, source: Noting, tell: Tell) -> None:
    handle.refresh()
    if handle.failure is not None:
        error, message = handle.failure.error, handle.failure.reason
        tell({"what": "missed", "error": error, "message": message})
    if handle.model is not None:
        version = handle.model.version
        alias = None if handle.failure else "champion"
        tell({"what": "saw", "version": version, "alias": alias, "digest": source.digests[version]})


def _tell_of(bundle: Bundle, tell: Tell, *, alias: str | None = None) -> None:
    version = bundle.sidecar.version
    tell({"what": "saw", "version": version, "alias": alias, "digest": digest_of(bundle)})


def _facts(error: MilkpriceError) -> dict[str, str]:
    return {"error": type(error).__name__, "message": str(error)}
