"""``make audit``: the images' requirements, held against the known vulnerabilities.

An audit that could not look something up must not pass for one that found nothing. So pip-audit's
answer is counted, and first it has to find a release that is known to be vulnerable.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from scripts.findings import AuditError, Finding, findings, read_ignored, remaining

REQUIREMENTS = Path("requirements")
FILES = ("pipeline.txt", "pipeline-alone.txt", "predictor.txt")
IGNORED = REQUIREMENTS / "audit-ignored.txt"
PINS = REQUIREMENTS / "audit.txt"
FOLDER = Path("build") / "audit"
MADE_OF = "pins.txt"  # in the folder: what it was made of
CONTROL = "jinja2==2.11.2"  # CVE-2020-28493 and more
SECONDS = 600


def main() -> int:
    """Audit; 0 if nothing was found, 1 if something was, 2 if nobody can tell."""
    try:
        pip_audit = installed(FOLDER, PINS)
        found = audited(pip_audit, [REQUIREMENTS / name for name in FILES])
        ignored = read_ignored(IGNORED)
    except AuditError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    left = remaining(found, ignored, today=datetime.now(timezone.utc).date())
    for one in left:
        print(one)
    print(f"{len(left)} known vulnerabilities, {len(found) - len(left)} more are ignored.")
    return 1 if left else 0


def installed(folder: Path, pins: Path) -> Path:
    """Make pip-audit's environment, if it is not there or of other pins; return the program.

    Raises:
        AuditError: It could not be made.
    """
    made_of, python = folder / MADE_OF, folder / "bin" / "python"
    if not made_of.exists() or made_of.read_bytes() != pins.read_bytes():
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for step in (
            [sys.executable, "-m", "venv", "--clear", str(folder)],
            [*pip, "--require-hashes", "-r", str(pins)],
        ):
            if subprocess.run(step, check=False).returncode:
                raise AuditError(f"{' '.join(step)} failed; what it said stands above.")
        made_of.write_bytes(pins.read_bytes())
    return folder / "bin" / "pip-audit"


def audited(pip_audit: Path, files: Sequence[Path]) -> list[Finding]:
    """Look up what several files require, after a release that must be found.

    Raises:
        AuditError: That was not found, or something could not be looked up.
    """
    with tempfile.TemporaryDirectory() as folder:
        control = Path(folder) / "control.txt"
        control.write_text(f"{CONTROL}\n")
        known = findings(asked(pip_audit, control, "--no-deps"), source=CONTROL)
    if not known:
        raise AuditError(f"PyPI tells of no vulnerability of {CONTROL}, which has some.")
    found = [
        one
        for file in files
        for one in findings(asked(pip_audit, file, "--require-hashes"), source=str(file))
    ]
    return list(dict.fromkeys(found))


def asked(pip_audit: Path, file: Path, option: str) -> dict[str, Any]:
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
        raise AuditError(f"pip-audit gave no answer for {file}; it said: {last}") from None
    return answer


if __name__ == "__main__":
    sys.exit(main())
