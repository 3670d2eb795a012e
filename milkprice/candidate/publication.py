"""A candidate to a version."""

from __future__ import annotations

from milkprice.bundle import Bundle
from milkprice.candidate.assembly import same_model
from milkprice.registry import Registry


def publish(registry: Registry, candidate: Bundle, champion: Bundle | None) -> str:
    """Publish a candidate; its version, which is the champion's where it is that very model."""
    if champion is not None and same_model(candidate, champion):
        return champion.sidecar.version
    return registry.publish(candidate)
