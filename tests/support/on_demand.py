"""Hosts of models that come when they are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from serving.models.repository import ModelRepository
from serving.settings import ModelLimits, ServingSettings
from tests.support.bundles import tiny_bundle
from tests.support.registries import open_registry, publish_champion


def publish_many(uri: object, names: list[str], **options: Any) -> None:
    """Publish a tiny model under each name: the first answers 100 + rain, the next 101 + rain."""
    registry = open_registry(uri, **options)
    for place, name in enumerate(names):
        publish_champion(registry, tiny_bundle(name=name, offset=100.0 + place))


def open_repository(
    registry: Path,
    *more: str,
    pattern: str = "*",
    refresh_seconds: float = 0.0,
    **limits: Any,
) -> ModelRepository:
    """Make a host of a wildcard, and of more addresses before it."""
    uris = (*more, f"{registry}/{pattern}@champion")
    return ModelRepository.from_settings(
        ServingSettings(
            model_uris=uris, models=ModelLimits(**limits), refresh_seconds=refresh_seconds
        )
    )
