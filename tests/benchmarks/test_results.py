from benchmarks.report import Report
from benchmarks.results import PARTS, compile_page
from benchmarks.statistics import Target


def write(folder, part, value):
    targets = [Target(name="quick", at_most=1, unit=" s", values=[value])]
    Report(part=part, title=part.title(), tables=[], targets=targets).write(folder)


def test_page_lists_benchmarks_that_were_not_run(tmp_path):
    write(tmp_path, "start", 2.0)
    page = compile_page(tmp_path)
    assert "0 targets met, 1 missed, 0 not measured." in page
    assert "- not run: cleaning (`make bench-cleaning`)" in page
    assert "- not run: start" not in page


def test_page_has_targets_in_the_order_of_the_benchmarks(tmp_path):
    for part in reversed(PARTS):
        write(tmp_path, part, 0.5)
    page = compile_page(tmp_path)
    rows = [
        line.split(" | ")[0].removeprefix("| ") for line in page.splitlines() if "quick" in line
    ]
    assert rows[: len(PARTS)] == list(PARTS)


def test_page_without_any_report_says_so(tmp_path):
    assert "0 targets met, 0 missed, 0 not measured." in compile_page(tmp_path)
