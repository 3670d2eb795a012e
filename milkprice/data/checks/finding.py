"""What a data check reports, and the JSON document that a pipeline hands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from milkprice.documents import FieldError, decode, encode
from milkprice.registry.errors import BundleFormatError

FILE = "findings.json"


@dataclass(frozen=True)
class Finding:
    """Something wrong with a source.

    Attributes:
        rule: Name of the rule that reports it.
        stop: Whether it keeps anything from being trained; otherwise it is a warning.
        reason: One sentence without a full stop.
    """

    rule: str
    stop: bool
    reason: str


Findings = tuple[Finding, ...]


def stops(findings: Sequence[Finding]) -> list[str]:
    """Reasons of the findings that keep anything from being trained."""
    return [finding.reason for finding in findings if finding.stop]


def warnings(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Reasons of the findings that do not."""
    return tuple(finding.reason for finding in findings if not finding.stop)


def to_json(findings: Mapping[str, Findings]) -> bytes:
    """Write findings by the model whose champion was the reference."""
    return encode(findings)


def from_json(data: bytes, *, where: str) -> dict[str, Findings]:
    """Read findings by model.

    Raises:
        BundleFormatError: A field is missing or of a wrong kind.
    """
    try:
        return decode(data, dict[str, Findings])
    except FieldError as error:
        raise BundleFormatError(bundle=where, reason=f"{FILE} {error}") from error
