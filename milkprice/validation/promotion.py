"""Promotion: a published version becomes the one in use when its verdict lets it."""

from __future__ import annotations

from datetime import datetime

from milkprice.registry import Catalogue, Registry
from milkprice.registry.bundle import Bundle
from milkprice.registry.errors import (
    AliasMovedError,
    AliasNotFoundError,
    BundleIncompleteError,
    ModelNotFoundError,
)
from milkprice.validation.gate import VERDICT, Verdict, from_json


def champion_of(catalogue: Catalogue, name: str, alias: str) -> Bundle | None:
    """The version an alias points at; None where the model or the alias is new.

    Raises:
        BundleError: It is incomplete or was altered.
    """
    try:
        return catalogue.fetch(name, alias)
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
        What happened and why; the reason is kept in the history too. A verdict holds against the
        champion it names: where the alias has moved since, it is not moved.

    Raises:
        RegistryError: There is no such version.
        BundleError: It brings no verdict.
    """
    bundle = registry.fetch(name, version)
    if registry.read_aliases(name).aliases.get(alias) == version:
        return Verdict(promote=False, reason=f"it is {alias} already", champion=version)
    verdict = verdict_of(bundle)
    if not verdict.promote:
        return verdict
    try:
        registry.promote(
            name, version, alias=alias, at=at, reason=verdict.reason, seen=verdict.champion
        )
    except AliasMovedError as error:
        return Verdict(promote=False, reason=str(error).rstrip("."), checks=verdict.checks)
    return verdict


def verdict_of(bundle: Bundle) -> Verdict:
    """The verdict in a bundle.

    Raises:
        BundleIncompleteError: It brings none.
    """
    if VERDICT not in bundle.files:
        raise BundleIncompleteError(bundle=bundle.label, file=VERDICT)
    return from_json(bundle.files[VERDICT], where=bundle.label)
