import orjson

from benchmarks.document import Document
from benchmarks.sheet import Sheet
from benchmarks.spread import Spread
from benchmarks.target import Target

DOCUMENT = Document(
    part="cleaning",
    title="Cleaning",
    sheets=[Sheet(title="Times", headings=("what", "s"), rows=(("all", "0.2"),))],
    verdicts=[
        Target(sentence="quick", bound=1, least=False, unit=" s").verdict(Spread.of([0.2]))
    ],
    notes=["alone"],
    facts={"machine": {"cores": 2}},
)  # fmt: skip


def test_document_written_and_read_is_the_same_page(tmp_path):
    data, page = DOCUMENT.write(tmp_path)
    read = Document.of(orjson.loads(data.read_bytes()))
    assert read.markdown(level=1) == page.read_text("utf-8") == DOCUMENT.markdown(level=1)


def test_document_as_markdown_has_tables_targets_notes_and_facts():
    page = DOCUMENT.markdown(level=2)
    assert "### Times" in page
    assert "| all | 0.2 |" in page
    assert "| quick | at most 1 s | 0.200 | 0.200 - 0.200 | met |" in page
    assert "- alone\n- machine: cores 2" in page
