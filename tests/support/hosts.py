"""Hosts of models that lie in memory."""

from __future__ import annotations

from milkprice.registry.bundle import Bundle
from serving.models.handle import Slot
from serving.models.repository import Host
from tests.support.sources import ScriptedSource


def slot_of(*bundles: Bundle, name: str = "milk") -> Slot:
    """Make a place for the last of some bundles; without any nothing can be loaded."""
    return Slot(name, ScriptedSource(*bundles), refresh_seconds=0)  # type: ignore[no-untyped-call]


def host_of(*slots: Slot) -> Host:
    """Make a host of slots, each of which has looked once."""
    for slot in slots:
        slot.refresh()
    return Host(slots)
