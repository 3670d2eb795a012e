"""What a rule finds wrong with a source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import orjson

from milkprice.documents import FieldError, Fields
from milkprice.registry.errors import BundleFormatError

FILE = "findings.json"


@dataclass(frozen=True)
class Finding:
    """Something wrong with a source.

    Attributes:
        rule: What was looked at.
        stop: Whether nothing may be learnt from it; else it is only said.
        reason: What was found, in one sentence without a full stop.
    """

    rule: str
    stop: bool
    reason: str


Findings = tuple[Finding, ...]


def stops(found: Sequence[Finding]) -> list[str]:
    """What nothing may be learnt for."""
    return [one.reason for one in found if one.stop]


def warnings(found: Sequence[Finding]) -> tuple[str, ...]:
    """What is only said."""
    return tuple(one.reason for one in found if not one.stop)


def to_json(found: Mapping[str, Findings]) -> bytes:
    """Write what was found, by the model whose champion was asked."""
    document = {name: [asdict(one) for one in some] for name, some in found.items()}
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def from_json(data: bytes, *, where: str) -> dict[str, Findings]:
    """Read it back.

    Raises:
        BundleFormatError: A field is missing or of a wrong kind.
    """
    try:
        fields = Fields.of(data)
        return {name: tuple(map(_fault, fields.rows(name))) for name in fields.values}
    except FieldError as error:
        raise BundleFormatError(bundle=where, reason=f"{FILE} {error}") from error


def _fault(fields: Fields) -> Finding:
    return Finding(fields.text("rule"), fields.flag("stop"), fields.text("reason"))
