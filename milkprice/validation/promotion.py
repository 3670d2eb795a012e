"""Promotion: a published version becomes champion when the verdict in its bundle lets it."""

from __future__ import annotations

from datetime import datetime

from milkprice.registry import Registry, RegistryReader
from milkprice.registry.bundle import Bundle
from milkprice.registry.errors import (
    AliasMovedError,
    AliasNotFoundError,
    BundleIncompleteError,
    ModelNotFoundError,
)
from milkprice.validation.gate import VERDICT, Check, Verdict, from_json


def champion_of(reader: RegistryReader, name: str, alias: str) -> Bundle | None:
    """The version an alias points at; None where the model or the alias is new.

    Raises:
        BundleError: It is incomplete or was altered.
    """
    try:
        return reader.fetch(name, alias)
    except (ModelNotFoundError, AliasNotFoundError):
        return None


def promote_if_passed(
    registry: Registry, name: str, version: str, *, alias: str, at: datetime
) -> Verdict:
    """Move an alias to a version if the verdict in its bundle lets it.

    Args:
        registry: Where it is published.
        name: The model.
        version: The version.
        alias: What to move.
        at: The time, for the history.

    Returns:
        Whether it was promoted and why; the reason is kept in the history too. A verdict holds
        against the champion it names: where the alias has moved since, it is left there.

    Raises:
        RegistryError: There is no such version.
        BundleError: It has no verdict.
    """
    bundle = registry.fetch(name, version)
    if registry.read_aliases(name).targets.get(alias) == version:
        return _no_promotion(f"it is {alias} already", champion=version)
    verdict = verdict_of(bundle)
    if not verdict.promote:
        return verdict
    try:
        registry.promote(
            name, version, alias=alias, at=at, reason=verdict.reason, expected=verdict.champion
        )
    except AliasMovedError as error:
        return _no_promotion(str(error).rstrip("."), checks=verdict.checks)
    return verdict


def _no_promotion(
    reason: str, *, checks: tuple[Check, ...] = (), champion: str | None = None
) -> Verdict:
    return Verdict(promote=False, reason=reason, checks=checks, forced=False, champion=champion)


def verdict_of(bundle: Bundle) -> Verdict:
    """The verdict in a bundle.

    Raises:
        BundleIncompleteError: It has none.
    """
    if VERDICT not in bundle.files:
        raise BundleIncompleteError(bundle=bundle.label, file=VERDICT)
    return from_json(bundle.files[VERDICT], where=bundle.label)
