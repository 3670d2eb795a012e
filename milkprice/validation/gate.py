"""The promotion gate: whether a candidate may replace the champion, and why, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import get_args

from milkprice.documents import FieldError, decode, encode
from milkprice.errors import SettingError
from milkprice.registry.errors import BundleFormatError
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


def judge(
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

    Returns:
        The verdict with its reasons.
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
    """Decode a verdict.

    Args:
        data: The document.
        where: The model's label for messages.

    Raises:
        BundleFormatError: A field is missing or of a wrong kind.
    """
    try:
        return decode(data, Verdict)
    except FieldError as error:
        raise BundleFormatError(bundle=where, reason=f"{VERDICT} {error}") from error
