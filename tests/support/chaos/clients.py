"""What writers, readers and the finisher do, each in a process of its own.

Each event is reported as it happens, so one that is killed has reported all before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from tenacity import wait_none

from milkprice.errors import MilkpriceError
from milkprice.files import sha256
from milkprice.registry import ANY, Registry, store
from milkprice.registry.aliases import AnyVersion
from milkprice.registry.bundle import Bundle
from milkprice.registry.errors import AliasFormatError, RegistryError, VersionConflictError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.registry.store.store import _get, _list
from serving.models.handle import ModelHandle
from serving.models.source import AliasSource
from tests.support.chaos.contents import NAME, bundle_of, signer, verifying_keys, version_at
from tests.support.chaos.schedule import Step
from tests.support.moments import NOON

Report = Callable[[dict[str, Any]], None]
ATTEMPTS = 3
# What was read did not arrive as it was written; another time it may.
DAMAGE = (AliasFormatError, VersionConflictError)
# The pauses of production would be most of the time that a schedule takes.
PAUSES = {
    "init_backoff": timedelta(milliseconds=2),
    "max_backoff": timedelta(milliseconds=10),
    "base": 2,
}


def open_registry(uri: str, settings: StoreSettings, *, is_signed: bool) -> Registry:
    """Open the registry of an actor, with short pauses between attempts, and be silent."""
    store.RETRIES["backoff"] = PAUSES
    store.TIMEOUTS["timeout"] = timedelta(seconds=5)
    for function in (_get, _list):
        function.retry.wait = wait_none()
    logging.disable()
    by, keys = (signer(), verifying_keys()) if is_signed else (None, None)
    return Registry(open_store(uri, settings), signer=by, keys=keys)


def write(registry: Registry, report: Report, *, steps: Sequence[Step]) -> None:
    """Do one step after the other, each as often as a careful person would repeat it."""
    for step in steps:
        if not any(_attempt(registry, step, report) for _ in range(ATTEMPTS)):
            report({"what": "given up", "moment": step.moment})


def read(registry: Registry, report: Report, *, polls: Sequence[str]) -> None:
    """Look again and again, as a predictor does and as a person does."""
    source = RecordingSource(registry, NAME, "champion")
    handle = ModelHandle(NAME, source, refresh_seconds=1.0)
    for poll in polls:
        report({"what": "looks", "poll": poll})
        try:
            if poll == "refresh":
                _refresh(handle, source, report)
            elif poll == "fetch":
                _report_bundle(registry.fetch(NAME), report, alias="champion")
            else:
                _report_versions(registry, report)
        except MilkpriceError as error:
            report({"what": "missed", **_facts(error)})


def finish(registry: Registry, report: Report, *, steps: Sequence[Step]) -> None:
    """Repeat what was never acknowledged, tidy up, and read all there is."""
    for step in steps:
        _attempt(registry, step, report)
    _report_versions(registry, report)
    for alias, version in registry.read_aliases(NAME).targets.items():
        report({"what": "leads", "alias": alias, "version": version})
        _report_bundle(registry.fetch(NAME, alias), report, alias=alias)


class RecordingSource(AliasSource):
    """A source that remembers what it brought last."""

    fetched: Bundle

    def fetch(self, version: str) -> Bundle:
        self.fetched = super().fetch(version)
        return self.fetched


def digest_of(bundle: Bundle) -> str:
    """Hash all bytes of a bundle; those of its sidecar are hashed by its version."""
    files = sorted(bundle.files.items())
    return sha256(b"".join(name.encode() + data for name, data in files))


def operate(registry: Registry, step: Step) -> Any:
    """Do a step, always in the same way, so that it can be repeated."""
    at, version = NOON + timedelta(seconds=step.moment), version_at(step.content, step.minute)
    operations: dict[str, Callable[[], Any]] = {
        "publish": lambda: registry.publish(bundle_of(version)),
        "promote": lambda: registry.promote(
            NAME, version, alias=step.alias, at=at, expected=_expected(registry, step)
        ),
        "rollback": lambda: registry.rollback(NAME, alias=step.alias, at=at),
        "prune": lambda: registry.prune(NAME, keep=step.keep, at=at),
        "read": lambda: registry.fetch(NAME, step.alias).sidecar.version,
    }
    return operations[step.action]()


def _expected(registry: Registry, step: Step) -> str | AnyVersion | None:
    if not step.is_careful:
        return ANY
    return registry.read_aliases(NAME).targets.get(step.alias)


def _attempt(registry: Registry, step: Step, report: Report) -> bool:
    """Try a step; tell whether it is over: done, or refused for a reason that will not pass."""
    report({"what": "begins", "moment": step.moment})
    try:
        result = operate(registry, step)
    except MilkpriceError as error:
        is_over = isinstance(error, RegistryError) and not isinstance(error, DAMAGE)
        report({"what": "refused" if is_over else "failed", "moment": step.moment, **_facts(error)})
        return is_over
    report({"what": "acknowledged", "moment": step.moment, "result": result})
    return True


def _refresh(handle: ModelHandle, source: RecordingSource, report: Report) -> None:
    handle.refresh()
    if handle.failure is not None:
        error, message = handle.failure.error, handle.failure.reason
        report({"what": "missed", "error": error, "message": message})
    if handle.model is not None:
        alias = None if handle.failure else "champion"
        digest = digest_of(source.fetched)
        report({"what": "saw", "version": handle.model.version, "alias": alias, "digest": digest})


def _report_versions(registry: Registry, report: Report) -> None:
    for info in registry.versions(NAME):
        report({"what": "listed", "version": info.version})
        _report_bundle(registry.fetch(NAME, info.version), report)


def _report_bundle(bundle: Bundle, report: Report, *, alias: str | None = None) -> None:
    version = bundle.sidecar.version
    report({"what": "saw", "version": version, "alias": alias, "digest": digest_of(bundle)})


def _facts(error: MilkpriceError) -> dict[str, str]:
    return {"error": type(error).__name__, "message": str(error)}
