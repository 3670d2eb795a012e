"""The table of what was tried."""

import json

from scripts.e2e.checks import CheckError
from scripts.e2e.report import Report


def fail():
    raise CheckError("wrong")


def test_report_after_a_failure_tries_no_more_and_says_so(tmp_path):
    report = Report()
    report.step("first", lambda: "fine")
    report.step("second", fail)
    report.step("third", lambda: "never")
    assert report.failed
    assert [(name, state, said) for name, state, _, said in report.rows] == [
        ("first", "ok", "fine"),
        ("second", "failed", "wrong"),
        ("third", "skipped", ""),
    ]


def test_report_is_kept_with_what_it_was_made_on(tmp_path):
    report = Report()
    report.step("first", lambda: "fine")
    report.write(tmp_path / "new" / "e2e.json", {"kubernetes": "v1.36.1"})
    record = json.loads((tmp_path / "new" / "e2e.json").read_text())
    assert record["about"] == {"kubernetes": "v1.36.1"}
    assert [(one["step"], one["state"], one["result"]) for one in record["steps"]] == [
        ("first", "ok", "fine")
    ]


def test_long_word_in_the_table_is_folded_and_not_cut(capsys):
    report = Report()
    report.step("first", lambda: "s3://" + "x" * 300)
    report.show()
    assert capsys.readouterr().out.count("x") >= 300
