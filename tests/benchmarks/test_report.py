from benchmarks.report import Report, Table
from benchmarks.statistics import Summary, Target

REPORT = Report(
    part="cleaning",
    title="Cleaning",
    tables=[Table(title="Times", columns=("what", "s"), rows=(("all", "0.2"),))],
    targets=[Target(name="quick", at_most=1, unit=" s").evaluate(Summary.of([0.2]))],
    notes=["alone"],
    environment={"machine": {"cores": 2}},
    measurements={"seconds": [0.2], "by degree": {1: 2.0}},
)


def test_report_written_and_read_is_the_same_page(tmp_path):
    data, page = REPORT.write(tmp_path)
    read = Report.read(data)
    assert read.to_markdown(level=1) == page.read_text("utf-8") == REPORT.to_markdown(level=1)
    assert read.measurements == {"seconds": [0.2], "by degree": {"1": 2.0}}


def test_report_as_markdown_has_tables_targets_notes_and_environment():
    page = REPORT.to_markdown(level=2)
    assert "### Times" in page
    assert "| all | 0.2 |" in page
    assert "| quick | at most 1 s | 0.200 | 0.200 - 0.200 | met |" in page
    assert "- alone\n- machine: cores 2" in page
