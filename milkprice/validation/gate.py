"""The gate: whether a new version may replace the champion, and why, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import partial
from typing import get_args

import orjson

from milkprice.documents import FieldError, Fields
from milkprice.errors import SettingError
from milkprice.registry.errors import BundleFormatError
from milkprice.settings import Gate

VERDICT = "verdict.json"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What.
        passed: Whether it is as it should be.
        reason: What was found, in one sentence without a full stop.
    """

    name: str
    passed: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the gate says.

    Attributes:
        promote: Whether the candidate becomes champion.
        reason: Why, in one sentence without a full stop.
        checks: All that was looked at.
        forced: Whether it is promoted against what was found.
        champion: The version it was held against; None when there was none.
        warnings: What is said of its data and does not stand against it, as the reasons are.
    """

    promote: bool
    reason: str
    checks: tuple[Check, ...] = ()
    forced: bool = False
    champion: str | None = None
    warnings: tuple[str, ...] = ()


def judge(
    checks: Iterable[Check],
    *,
    gate: Gate,
    champion: str | None = None,
    warnings: tuple[str, ...] = (),
) -> Verdict:
    """Let a candidate pass when every check did.

    Args:
        checks: What was found of its data, its forecasts and its model.
        gate: ``better`` asks for every check; ``always`` promotes against them and says so;
            ``never`` only looks.
        champion: The version it was held against.
        warnings: What is only said.

    Returns:
        The verdict with its reasons.
    """
    if gate not in get_args(Gate):
        raise SettingError(option="gate", value=gate, expected=", ".join(get_args(Gate)))
    found = tuple(checks)
    settled = partial(Verdict, checks=found, champion=champion, warnings=warnings)
    failed = [check for check in found if not check.passed]
    against = "; ".join(check.reason for check in failed)
    if gate == "never":
        return settled(promote=False, reason="the gate is set to never")
    if failed and gate == "always":
        return settled(promote=True, reason=f"forced, although {against}", forced=True)
    if failed:
        return settled(promote=False, reason=against)
    return settled(promote=True, reason=f"{_all(len(found))} passed, {_news(found, champion)}")


def _all(checks: int) -> str:
    return "the only check" if checks == 1 else f"all {checks} checks"


def _news(passed: tuple[Check, ...], champion: str | None) -> str:
    """What speaks for a candidate: the last thing that was looked at."""
    return passed[-1].reason if passed and champion else "there is no champion yet"


def to_json(verdict: Verdict) -> bytes:
    """Write a verdict; equal verdicts are equal bytes."""
    return orjson.dumps(asdict(verdict), option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def from_json(data: bytes, *, where: str) -> Verdict:
    """Read a verdict back.

    Args:
        data: Its bytes.
        where: What its model is called in messages.

    Raises:
        BundleFormatError: A field is missing or of a wrong kind.
    """
    try:
        fields = Fields.of(data)
        champion = fields.values.get("champion")
        return Verdict(
            promote=fields.flag("promote"),
            reason=fields.text("reason"),
            checks=tuple(_check(one) for one in fields.rows("checks")),
            forced=fields.flag("forced"),
            champion=None if champion is None else fields.text("champion"),
            # Verdicts of older releases have none.
            warnings=fields.listed("warnings") if "warnings" in fields.values else (),
        )
    except FieldError as error:
        raise BundleFormatError(bundle=where, reason=f"{VERDICT} {error}") from error


def _check(fields: Fields) -> Check:
    return Check(fields.text("name"), fields.flag("passed"), fields.text("reason"))
