"""Registries with something in them."""

from __future__ import annotations

from milkprice.registry import Registry
from milkprice.registry.bundle import Bundle
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from tests.support.moments import NOON


def open_registry(uri: object, settings: StoreSettings | None = None) -> Registry:
    return Registry(open_store(str(uri), settings or StoreSettings()))


def publish_champion(registry: Registry, bundle: Bundle) -> str:
    """Publish a bundle and point champion at it; return its version."""
    version = registry.publish(bundle)
    return registry.promote(bundle.sidecar.name, version, at=NOON, reason="test")
