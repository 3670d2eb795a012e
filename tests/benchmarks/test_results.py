from benchmarks.document import Document
from benchmarks.results import PARTS, compiled, read_parts
from benchmarks.spread import Spread
from benchmarks.target import Target

TARGET = Target(sentence="quick", bound=1, least=False, unit=" s")


def _document(part, figure):
    return Document(part=part, title=part.title(), sheets=[], verdicts=[TARGET.verdict(figure)])


def test_compiled_parts_that_were_not_run_are_named(tmp_path):
    _document("start", Spread.of([2.0])).write(tmp_path)
    page = compiled(*read_parts(tmp_path))
    assert "0 targets met, 1 missed, 0 not measured." in page
    assert "- not run: cleaning (`make bench-cleaning`)" in page
    assert "- not run: start" not in page


def test_compiled_targets_stand_in_the_order_of_the_parts(tmp_path):
    for part in reversed(PARTS):
        _document(part, Spread.of([0.5])).write(tmp_path)
    page = compiled(*read_parts(tmp_path))
    rows = [
        line.split(" | ")[0].removeprefix("| ") for line in page.splitlines() if "quick" in line
    ]
    assert rows[: len(PARTS)] == list(PARTS)


def test_compiled_without_any_part_says_so(tmp_path):
    assert "0 targets met, 0 missed, 0 not measured." in compiled(*read_parts(tmp_path))
