"""Model repositories over bundles in memory or a registry in a folder."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

from milkprice.registry.bundle import Bundle
from serving.models.handle import ModelHandle
from serving.models.repository import ModelRepository
from serving.settings import ModelLimits, ServingSettings
from tests.support.bundles import tiny_bundle
from tests.support.registries import open_registry, publish_champion


def loaded(framework: Any) -> Future[Any]:
    """A framework that has been imported."""
    future: Future[Any] = Future()
    future.set_result(framework)
    return future


class ScriptedSource:
    """A source of bundles in memory.

    Attributes:
        version: The version that ``find_version`` returns: the last one published.
        fetched: The versions that were fetched.
        error: Raised by ``fetch``, and by ``find_version`` too as long as nothing is published.
    """

    def __init__(self, *bundles: Bundle) -> None:
        self._bundles: dict[str, Bundle] = {}
        self.version: str | None = None
        self.fetched: list[str] = []
        self.error: BaseException | None = None
        for bundle in bundles:
            self.publish(bundle)

    def publish(self, bundle: Bundle) -> None:
        self.version = bundle.sidecar.version
        self._bundles[bundle.sidecar.version] = bundle

    def find_version(self) -> str | None:
        if self.error and not self._bundles:
            raise self.error
        return self.version

    def fetch(self, version: str) -> Bundle:
        self.fetched.append(version)
        if self.error:
            raise self.error
        return self._bundles[version]


def handle_of(*bundles: Bundle, name: str = "milk") -> ModelHandle:
    """A handle for the last of some bundles; without any nothing can be loaded."""
    return ModelHandle(name, ScriptedSource(*bundles), refresh_seconds=0)


def repository_of(*handles: ModelHandle) -> ModelRepository:
    """A repository of handles, each of which is refreshed once."""
    for handle in handles:
        handle.refresh()
    return ModelRepository(handles)


def publish_many(uri: object, names: list[str], **options: Any) -> None:
    """Publish a tiny model under each name: the first predicts 100 + rain, the next 101 + rain."""
    registry = open_registry(uri, **options)
    for index, name in enumerate(names):
        publish_champion(registry, tiny_bundle(name=name, offset=100.0 + index))


def open_repository(
    registry: Path,
    *more: str,
    pattern: str = "*",
    refresh_seconds: float = 0.0,
    **limits: Any,
) -> ModelRepository:
    """A repository of a wildcard, and of more addresses before it."""
    uris = (*more, f"{registry}/{pattern}@champion")
    return ModelRepository.from_settings(
        ServingSettings(
            model_uris=uris, models=ModelLimits(**limits), refresh_seconds=refresh_seconds
        )
    )
