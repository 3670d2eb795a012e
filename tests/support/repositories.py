"""Hosts of models that lie in memory."""

from __future__ import annotations

from milkprice.registry.bundle import Bundle
from serving.models.handle import ModelHandle
from serving.models.repository import ModelRepository
from tests.support.sources import ScriptedSource


def handle_of(*bundles: Bundle, name: str = "milk") -> ModelHandle:
    """Make a place for the last of some bundles; without any nothing can be loaded."""
    return ModelHandle(name, ScriptedSource(*bundles), refresh_seconds=0)  # type: ignore[no-untyped-call]


def repository_of(*handles: ModelHandle) -> ModelRepository:
    """Make a host of slots, each of which has looked once."""
    for handle in handles:
        handle.refresh()
    return ModelRepository(handles)
