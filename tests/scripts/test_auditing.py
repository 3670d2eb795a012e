"""The audit: what it takes from pip-audit's answers, and that no answer is not a good one."""

import json
from datetime import date

import pytest

from scripts.auditing import (
    FILES,
    IGNORED,
    AuditError,
    Ignored,
    Vulnerability,
    ask_pip_audit,
    audit,
    read_ignored,
    read_vulnerabilities,
    remaining,
)
from tests.scripts.conftest import REPOSITORY

FOUND = Vulnerability(package="jinja2", version="2.11.2", ids=("PYSEC-2021-66", "CVE-2020-28493"),
                fixed=("2.11.3",))  # fmt: skip
VULNERABLE = {
    "dependencies": [
        {"name": "markupsafe", "version": "2.0.0", "vulns": []},
        {"name": "jinja2", "version": "2.11.2", "vulns": [
            {"id": "PYSEC-2021-66", "fix_versions": ["2.11.3"], "aliases": ["CVE-2020-28493"],
             "description": "slow"}]},
    ],
    "fixes": [],
}  # fmt: skip
FINE = {"dependencies": [{"name": "kfp", "version": "2.17.0", "vulns": []}], "fixes": []}
# What pip-audit says, with status 0, where PyPI answers 404.
UNKNOWN = {
    "dependencies": [
        {"name": "numpy", "version": "2.2.0", "vulns": []},
        {"name": "kfp", "skip_reason": "Dependency not found on PyPI and could not be audit"},
    ],
    "fixes": [],
}
TODAY = date(2026, 7, 1)


def test_findings_name_release_ids_and_remedy():
    assert read_vulnerabilities(VULNERABLE, source="x") == [FOUND]
    assert str(FOUND) == "jinja2 2.11.2: PYSEC-2021-66, CVE-2020-28493; fixed in 2.11.3"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(UNKNOWN, "1 of 2 packages of x could not be looked up, kfp", id="one"),
        pytest.param({"dependencies": []}, "0 of 0 packages", id="nothing asked"),
    ],
)
def test_findings_of_what_was_not_looked_up_are_none(answer, words):
    with pytest.raises(AuditError, match=words):
        read_vulnerabilities(answer, source="x")


@pytest.mark.parametrize("name", FOUND.ids)
def test_ignored_counts_again_from_its_day(name):
    for until, left in ((date(2026, 7, 2), []), (TODAY, [FOUND]), (date(2025, 1, 1), [FOUND])):
        assert remaining([FOUND], [Ignored(id=name, until=until, reason="x")], today=TODAY) == left
    other = Ignored(id="CVE-2000-1", until=date(2030, 1, 1), reason="x")
    assert remaining([FOUND], [other], today=TODAY) == [FOUND]


def test_ignored_are_read_with_day_and_reason(tmp_path):
    (tmp_path / "ignored").write_text("# why\n\nCVE-2026-1 2026-09-01 templates are ours alone\n")
    assert read_ignored(tmp_path / "ignored") == [
        Ignored(id="CVE-2026-1", until=date(2026, 9, 1), reason="templates are ours alone")
    ]


@pytest.mark.parametrize("line", ["CVE-2026-1", "CVE-2026-1 2026-09-01", "CVE-2026-1 soon because"])
def test_ignored_without_day_or_reason_are_refused(tmp_path, line):
    (tmp_path / "ignored").write_text(f"\n{line}\n")
    with pytest.raises(AuditError, match="ignored:2 is"):
        read_ignored(tmp_path / "ignored")


def test_ignored_of_the_project_can_be_read_and_end():
    for one in read_ignored(REPOSITORY / IGNORED):
        assert one.until < date(2030, 1, 1)


def test_files_are_what_the_images_are_made_of():
    text = (REPOSITORY / "Dockerfile").read_text()
    assert all(f"-r /requirements/{name}" in text for name in FILES)
    assert text.count("-r /requirements/") == len(FILES)


@pytest.fixture
def answering(tmp_path):
    """Return a function that makes a program which answers each file in turn, as pip-audit does."""

    def make(*answers):
        for number, answer in enumerate(answers):
            text = answer if isinstance(answer, str) else json.dumps(answer)
            (tmp_path / f"answer-{number}").write_text(text)
        program = tmp_path / "pip-audit"
        program.write_text(
            "#!/bin/sh\n"
            f'cd "{tmp_path}"; n=$(cat n 2> /dev/null || echo 0); echo $((n + 1)) > n\n'
            'echo "a warning of something else" >&2; cat "answer-$n"; exit 1\n'
        )
        program.chmod(0o755)
        return program

    return make


def test_audit_tells_what_any_file_has_once(answering, tmp_path):
    program = answering(VULNERABLE, FINE, VULNERABLE, VULNERABLE)
    assert audit(program, [tmp_path / name for name in "abc"]) == [FOUND]


def test_audit_that_finds_nothing_in_a_vulnerable_release_is_none(answering, tmp_path):
    with pytest.raises(AuditError, match="no vulnerability of jinja2"):
        audit(answering(FINE, FINE), [tmp_path / "a"])


def test_audit_that_lacks_a_package_is_none(answering, tmp_path):
    with pytest.raises(AuditError, match="PyPI has to be reachable"):
        audit(answering(VULNERABLE, UNKNOWN), [tmp_path / "a"])


def test_audit_without_an_answer_says_what_pip_audit_said(answering, tmp_path):
    with pytest.raises(AuditError, match=r"gave no answer for .*a warning of something else"):
        ask_pip_audit(answering("Traceback"), tmp_path / "a", "--no-deps")
