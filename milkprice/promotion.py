"""Promotion: a published version becomes the one in use when the gate lets it."""

from __future__ import annotations

from datetime import datetime

from milkprice.errors import AliasNotFoundError
from milkprice.gate import Verdict, judge
from milkprice.registry import Registry
from milkprice.settings import Gate

MODEL = "model"  # the forecaster whose error is compared


def promote_when_let(
    registry: Registry, name: str, version: str, *, alias: str, gate: Gate, at: datetime
) -> Verdict:
    """Compare a version with the one the alias points at, and move the alias if it may.

    Args:
        registry: Where both are published.
        name: The model.
        version: The candidate.
        alias: What to move.
        gate: When it may.
        at: The time, for the history.

    Returns:
        The verdict with its reason, which is kept in the history too.

    Raises:
        RegistryError: There is no such version.
    """
    champion = _champion(registry, name, alias)
    if champion == version:
        return Verdict(promote=False, reason=f"it is {alias} already")
    candidate = _error(registry, name, version)
    best = _error(registry, name, champion) if champion else None
    verdict = judge(candidate, best, gate=gate)
    if verdict.promote:
        registry.promote(name, version, alias=alias, at=at, reason=verdict.reason)
    return verdict


def _champion(registry: Registry, name: str, alias: str) -> str | None:
    try:
        return registry.resolve(name, alias)
    except AliasNotFoundError:
        return None


def _error(registry: Registry, name: str, version: str) -> float:
    """Mean absolute error on held-out months, as recorded when the model was trained."""
    return float(registry.describe(name, version).metrics[MODEL]["mae"])
