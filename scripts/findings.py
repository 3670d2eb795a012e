"""What an audit found, and what of it is ignored, until when and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any


class AuditError(Exception):
    """There is no answer that could be trusted; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One known vulnerability of one release.

    Attributes:
        package: Its name.
        version: Of which release.
        ids: Every name that the vulnerability has.
        fixed: The releases that no longer have it.
    """

    package: str
    version: str
    ids: tuple[str, ...]
    fixed: tuple[str, ...]

    def __str__(self) -> str:
        remedy = f"fixed in {', '.join(self.fixed)}" if self.fixed else "not fixed by any release"
        return f"{self.package} {self.version}: {', '.join(self.ids)}; {remedy}"


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """A vulnerability that does no harm here.

    Attributes:
        id: One of its names.
        until: The day from which it counts again.
        reason: Why it does no harm.
    """

    id: str
    until: date
    reason: str


def read_ignored(file: Path) -> list[Ignored]:
    """Read what is ignored: id, day and reason, one a line; ``#`` begins a comment.

    Raises:
        AuditError: A line is not of that form.
    """
    found = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        words = line.partition("#")[0].split(maxsplit=2)
        if not words:
            continue
        try:
            name, until, reason = words
            found.append(Ignored(id=name, until=date.fromisoformat(until), reason=reason))
        except ValueError:
            raise AuditError(
                f"{file}:{number} is {line!r}; expected an id, a day as YYYY-MM-DD and a reason."
            ) from None
    return found


def findings(answer: Mapping[str, Any], *, source: str) -> list[Finding]:
    """Take what pip-audit found from its answer.

    Args:
        answer: As pip-audit writes JSON.
        source: Whose requirements, for messages.

    Raises:
        AuditError: Nothing was looked up, or not everything.
    """
    asked = answer["dependencies"]
    skipped = [one["name"] for one in asked if "skip_reason" in one]
    if skipped or not asked:
        names = ", ".join(skipped[:5])
        raise AuditError(
            f"{len(skipped)} of {len(asked)} packages of {source} could not be looked up"
            f"{f', {names} among them' if skipped else ''}; PyPI has to be reachable."
        )
    return [
        Finding(
            package=one["name"],
            version=one["version"],
            ids=(fault["id"], *fault.get("aliases", ())),
            fixed=tuple(fault["fix_versions"]),
        )
        for one in asked
        for fault in one["vulns"]
    ]


def remaining(
    found: Iterable[Finding], ignored: Iterable[Ignored], *, today: date
) -> list[Finding]:
    """Leave out what is ignored today."""
    names = {one.id for one in ignored if today < one.until}
    return [one for one in found if not names & set(one.ids)]
