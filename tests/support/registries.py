"""Registries with something in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from milkprice.registry import Registry
from milkprice.registry.bundle import Bundle
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import Store, open_store
from tests.support.bundles import toy_bundle
from tests.support.moments import NOON


def open_registry(uri: object, settings: StoreSettings | None = None) -> Registry:
    return Registry(open_store(str(uri), settings or StoreSettings()))


def publish_champion(registry: Registry, bundle: Bundle) -> str:
    """Publish a bundle and point champion at it; return its version."""
    version = registry.publish(bundle)
    return registry.promote(bundle.sidecar.name, version, at=NOON, reason="test")


def publish_toys(registry: Registry, count: int) -> list[str]:
    """Publish bundles of the contents 0, 1, ..., a minute apart; return their versions."""
    return [registry.publish(toy_bundle(index, minutes=index)) for index in range(count)]


def versions_of(registry: Registry, name: str = "milk") -> list[str]:
    return [info.version for info in registry.versions(name)]


def later(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


class Interrupted:
    """A store in which something else happens before the first use of a method."""

    def __init__(self, store: Store, method: str, meanwhile: Callable[[], object]) -> None:
        self._store, self._method = store, method
        self._meanwhile: Callable[[], object] | None = meanwhile

    def __getattr__(self, name: str) -> Any:
        if name == self._method and self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            meanwhile()
        return getattr(self._store, name)
