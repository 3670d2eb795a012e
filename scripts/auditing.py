"""``make audit``: look up the images' requirements among known vulnerabilities.

An audit that could not look up a package must not pass. So every package of pip-audit's answer is
counted, and pip-audit first has to find a release that is known to be vulnerable.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

REQUIREMENTS = Path("requirements")
FILES = ("pipeline.txt", "pipeline-alone.txt", "predictor.txt")
IGNORED = REQUIREMENTS / "audit-ignored.txt"
PINS = REQUIREMENTS / "audit.txt"
FOLDER = Path("build") / "audit"
INSTALLED_PINS = "pins.txt"  # in the folder: what it was made of
CONTROL = "jinja2==2.11.2"  # CVE-2020-28493 and more
SECONDS = 600


class AuditError(Exception):
    """The lookup failed or is incomplete; the message has the reason."""


@dataclass(frozen=True, kw_only=True)
class Vulnerability:
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


def main() -> int:
    """Audit; 0 without vulnerabilities, 1 with some, 2 if the lookup failed."""
    try:
        pip_audit = install(FOLDER, PINS)
        found = audit(pip_audit, [REQUIREMENTS / name for name in FILES])
        ignored = read_ignored(IGNORED)
    except AuditError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    left = remaining(found, ignored, today=datetime.now(timezone.utc).date())
    for one in left:
        print(one)
    print(f"{len(left)} known vulnerabilities, {len(found) - len(left)} more are ignored.")
    return 1 if left else 0


def install(folder: Path, pins: Path) -> Path:
    """Make pip-audit's environment, if it is not there or of other pins; return the program.

    Raises:
        AuditError: It could not be made.
    """
    installed_pins, python = folder / INSTALLED_PINS, folder / "bin" / "python"
    if not installed_pins.exists() or installed_pins.read_bytes() != pins.read_bytes():
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for step in (
            [sys.executable, "-m", "venv", "--clear", str(folder)],
            [*pip, "--require-hashes", "-r", str(pins)],
        ):
            if subprocess.run(step, check=False).returncode:
                raise AuditError(f"{' '.join(step)} failed; its output stands above.")
        installed_pins.write_bytes(pins.read_bytes())
    return folder / "bin" / "pip-audit"


def audit(pip_audit: Path, files: Sequence[Path]) -> list[Vulnerability]:
    """Look up what several files require, after a release that must be found.

    Raises:
        AuditError: That was not found, or something could not be looked up.
    """
    with tempfile.TemporaryDirectory() as folder:
        control = Path(folder) / "control.txt"
        control.write_text(f"{CONTROL}\n")
        known = read_vulnerabilities(ask_pip_audit(pip_audit, control, "--no-deps"), source=CONTROL)
    if not known:
        raise AuditError(f"PyPI knows no vulnerability of {CONTROL}, which has some.")
    found = [
        one
        for file in files
        for one in read_vulnerabilities(
            ask_pip_audit(pip_audit, file, "--require-hashes"), source=str(file)
        )
    ]
    return list(dict.fromkeys(found))


def ask_pip_audit(pip_audit: Path, file: Path, option: str) -> dict[str, Any]:
    """Ask pip-audit for all that a file requires, which it reads and does not resolve.

    Raises:
        AuditError: It gave no answer.
    """
    command = [str(pip_audit), "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(
        [*command, option, "--requirement", str(file)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=SECONDS,
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise AuditError(f"pip-audit gave no answer for {file}; its last line: {last}") from None
    return answer


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


def read_vulnerabilities(answer: Mapping[str, Any], *, source: str) -> list[Vulnerability]:
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
        Vulnerability(
            package=one["name"],
            version=one["version"],
            ids=(vulnerability["id"], *vulnerability.get("aliases", ())),
            fixed=tuple(vulnerability["fix_versions"]),
        )
        for one in asked
        for vulnerability in one["vulns"]
    ]


def remaining(
    found: Iterable[Vulnerability], ignored: Iterable[Ignored], *, today: date
) -> list[Vulnerability]:
    """Leave out what is ignored today."""
    names = {one.id for one in ignored if today < one.until}
    return [one for one in found if not names & set(one.ids)]


if __name__ == "__main__":
    sys.exit(main())
