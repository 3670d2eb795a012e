"""The audit, with a pip-audit that notes what it is asked; no answer is not a good one."""

import re
import shutil
import subprocess
from datetime import date, datetime, timedelta, timezone

import pytest

from tests.scripts.conftest import REPOSITORY

FILES = ("pipeline.txt", "pipeline-alone.txt", "predictor.txt")
PIP_AUDIT = """#!/bin/sh
echo "$*" >> asked
case $* in
    *control.txt*) echo "$CONTROL"; exit 1 ;;
    *"$VULNERABLE"*) exit 1 ;;
esac
"""


@pytest.fixture
def audit(tmp_path):
    """Run the audit of a project whose list of ignored vulnerabilities is given."""
    shutil.copytree(REPOSITORY / "scripts", tmp_path / "scripts")
    program = tmp_path / "build" / "audit" / "bin" / "pip-audit"
    program.parent.mkdir(parents=True)
    program.write_text(PIP_AUDIT)
    program.chmod(0o755)
    (tmp_path / "requirements").mkdir()
    for file in ("requirements/audit.txt", "build/audit/pins.txt"):
        (tmp_path / file).write_text("pip-audit==1\n")

    def run(*, ignored="", control="jinja2 2.11.2 CVE-2020-28493", vulnerable="none"):
        (tmp_path / "requirements" / "audit-ignored.txt").write_text(ignored)
        done = subprocess.run(
            [tmp_path / "scripts" / "audit"],
            env={"PATH": "/usr/bin:/bin", "CONTROL": control, "VULNERABLE": vulnerable},
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        asked = tmp_path / "asked"
        return done, asked.read_text().splitlines() if asked.exists() else []

    return run


def test_every_file_is_audited_strictly_after_a_release_that_is_vulnerable(audit):
    done, (control, *files) = audit()
    assert done.returncode == 0, done.stderr
    assert "control.txt" in control
    assert [line.rpartition("/")[2] for line in files] == list(FILES)
    assert all("--strict" in line and "--require-hashes" in line for line in files)


def test_vulnerability_in_any_file_fails_the_audit_after_all_of_them(audit):
    done, asked = audit(vulnerable="pipeline.txt")
    assert done.returncode == 1
    assert len(asked) == 1 + len(FILES)


def test_lookup_that_finds_nothing_in_a_vulnerable_release_is_none(audit):
    done, asked = audit(control="PyPI cannot be reached")
    assert done.returncode == 1
    assert "no vulnerability of jinja2 2.11.2, which has some: PyPI cannot" in done.stderr
    assert len(asked) == 1


@pytest.mark.parametrize(("days", "is_ignored"), [(2, True), (-1, False)])
def test_ignored_counts_again_from_its_day(audit, days, is_ignored):
    until = datetime.now(timezone.utc).date() + timedelta(days=days)
    _, asked = audit(ignored=f"# why\n\nCVE-2026-1 {until} templates are ours alone\n")
    assert ["--ignore-vuln CVE-2026-1" in line for line in asked[1:]] == [is_ignored] * 3


@pytest.mark.parametrize("line", ["CVE-2026-1", "CVE-2026-1 2026-09-01", "CVE-2026-1 soon because"])
def test_ignored_without_day_or_reason_are_refused(audit, line):
    done, asked = audit(ignored=f"\n{line}\n")
    assert done.returncode == 1
    assert "audit-ignored.txt:2: expected an id" in done.stderr
    assert asked == []


def test_ignored_of_the_project_end():
    text = (REPOSITORY / "requirements" / "audit-ignored.txt").read_text()
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    assert all(date.fromisoformat(until) < date(2030, 1, 1) for _, until, *_ in lines)


def test_files_are_what_the_images_are_made_of():
    text = (REPOSITORY / "Dockerfile").read_text()
    assert set(re.findall(r"-r /requirements/(\S+)", text)) == set(FILES)
