"""The promotion gate: whether a candidate may replace the champion, and why, in words.

A published version becomes champion when the verdict in its bundle lets it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import get_args

from milkprice.documents import FieldError, decode, encode
from milkprice.errors import SettingError
from milkprice.registry import Registry, RegistryReader
from milkprice.registry.bundle import Bundle
from milkprice.registry.errors import (
    AliasMovedError,
    AliasNotFoundError,
    BundleFormatError,
    BundleIncompleteError,
    ModelNotFoundError,
)
from milkprice.settings import Gate

VERDICT = "verdict.json"


@dataclass(frozen=True)
class Check:
    """The result of one check.

    Attributes:
        name: What was checked.
        passed: Whether it is as it should be.
        reason: The result in one sentence without a full stop.
    """

    name: str
    passed: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the gate decided.

    Attributes:
        promote: Whether the candidate becomes champion.
        reason: Why, in one sentence without a full stop.
        checks: The results of all checks.
        forced: Whether it is promoted although a check failed.
        champion: The version it was compared with; None when there was none.
        warnings: Findings of its data that do not keep it from promotion, worded as reasons are;
            verdicts of older releases have none.
    """

    promote: bool
    reason: str
    checks: tuple[Check, ...]
    forced: bool
    champion: str | None = None
    warnings: tuple[str, ...] = ()


def decide(
    checks: Iterable[Check],
    *,
    gate: Gate,
    champion: str | None = None,
    warnings: tuple[str, ...] = (),
) -> Verdict:
    """Let a candidate pass when all its checks did.

    Args:
        checks: Results for its data, its forecasts and its row model.
        gate: ``better`` asks for every check; ``always`` promotes although one failed and says so;
            ``never`` promotes nothing.
        champion: The version it was compared with.
        warnings: Findings that decide nothing.
    """
    if gate not in get_args(Gate):
        raise SettingError(option="gate", value=gate, expected=", ".join(get_args(Gate)))
    results = tuple(checks)
    verdict = partial(Verdict, checks=results, champion=champion, warnings=warnings, forced=False)
    failed = [check.reason for check in results if not check.passed]
    if gate == "never":
        return verdict(promote=False, reason="the gate is set to never")
    if failed and gate == "always":
        return verdict(promote=True, reason=f"forced, although {'; '.join(failed)}", forced=True)
    if failed:
        return verdict(promote=False, reason="; ".join(failed))
    return verdict(promote=True, reason=_success(results, champion))


def _success(passed: tuple[Check, ...], champion: str | None) -> str:
    """That all checks passed, and what the last one, the candidate's progress, says for it."""
    checks = "the only check" if len(passed) == 1 else f"all {len(passed)} checks"
    progress = passed[-1].reason if passed and champion else "there is no champion yet"
    return f"{checks} passed, {progress}"


def to_json(verdict: Verdict) -> bytes:
    """Encode a verdict; equal verdicts give equal bytes."""
    return encode(verdict)


def from_json(data: bytes, *, where: str) -> Verdict:
    """Decode a verdict."""
    try:
        return decode(data, Verdict)
    except FieldError as error:
        raise BundleFormatError(bundle=where, reason=f"{VERDICT} {error}") from error


def champion_of(reader: RegistryReader, name: str, alias: str) -> Bundle | None:
    """The version an alias points at; None where the model or the alias is new."""
    try:
        return reader.fetch(name, alias)
    except (ModelNotFoundError, AliasNotFoundError):
        return None


def promote(name: str, version: str, *, registry: Registry, alias: str, now: datetime) -> Verdict:
    """Move an alias to a version if the verdict in its bundle lets it.

    Returns:
        Whether it was promoted and why; the reason is kept in the history too. A verdict holds
        against the champion it names: where the alias has moved since, it is left there.

    Raises:
        RegistryError: There is no such version.
        BundleError: It has no verdict.
    """
    verdict = canary_verdict(name, version, reader=registry, alias=alias)
    if not verdict.promote:
        return verdict
    try:
        registry.promote(
            name, version, alias=alias, at=now, reason=verdict.reason, expected=verdict.champion
        )
    except AliasMovedError as error:
        return _no_promotion(str(error).rstrip("."), checks=verdict.checks)
    return verdict


def canary_verdict(name: str, version: str, *, reader: RegistryReader, alias: str) -> Verdict:
    """Whether a version may be a canary beside the one an alias points at, and why.

    Raises:
        RegistryError: There is no such version.
        BundleError: It has no verdict.
    """
    bundle = reader.fetch(name, version)
    if reader.read_aliases(name).targets.get(alias) == version:
        return _no_promotion(f"it is {alias} already", champion=version)
    return verdict_of(bundle)


def _no_promotion(
    reason: str, *, checks: tuple[Check, ...] = (), champion: str | None = None
) -> Verdict:
    return Verdict(promote=False, reason=reason, checks=checks, forced=False, champion=champion)


def verdict_of(bundle: Bundle) -> Verdict:
    """The verdict in a bundle."""
    if VERDICT not in bundle.files:
        raise BundleIncompleteError(bundle=bundle.label, file=VERDICT)
    return from_json(bundle.files[VERDICT], where=bundle.label)
