from benchmarks.report import Report, Table
from benchmarks.statistics import Target

REPORT = Report(
    part="cleaning",
    title="Cleaning",
    tables=[Table.of("Times", ("what", "s", "rows"), [("all", [0.2, 0.3, 0.1], 1000)])],
    targets=[Target(name="quick", at_most=1, unit=" s", values=[0.2])],
    notes=["alone"],
    environment={"machine": {"cores": 2}},
    measurements={"seconds": [0.2], "by degree": {1: 2.0}},
)


def test_report_written_and_read_is_the_same_page(tmp_path):
    read = Report.read(REPORT.write(tmp_path))
    assert read.to_markdown() == REPORT.to_markdown()
    assert read.measurements == {"seconds": [0.2], "by degree": {"1": 2.0}}


def test_report_as_markdown_has_tables_targets_notes_and_environment():
    page = REPORT.to_markdown()
    assert "### Times" in page
    assert "| all | 0.200 | 1,000 |" in page
    assert "| quick | at most 1 s | 0.200 | 0.200 - 0.200 | met |" in page
    assert "- alone\n- machine: cores 2" in page
