"""The page as a whole: alone, ordered, named, and the same for the same content."""

import re
import subprocess
import sys

import pandas as pd
import pytest
from jinja2 import UndefinedError

from milkprice.report import environment, render
from tests.support.documents import Document
from tests.support.reports import small_report_content

SECTIONS = [
    "Promotion gate: not promoted",
    "Key figures",
    "Price and forecasts",
    "Skill by horizon",
    "Residuals over time",
    "Hyperparameter search",
    "Row model: feature contributions and scores",
    "Data: refused and repaired cells",
    "Drift",
    "Provenance",
]


@pytest.fixture(scope="module")
def page():
    return render(small_report_content())


@pytest.fixture(scope="module")
def document(page):
    return Document(page)


def test_page_needs_nothing_from_elsewhere(page, document):
    assert document.addresses == []
    assert not document.all("script")
    assert not document.all("link")
    assert not re.search(r"@import|url\((?!#)|https?://(?!www\.w3\.org)", page)
    assert not [
        name for _, attributes in document.elements for name in attributes if name.startswith("on")
    ]


def test_page_is_small(page):
    assert len(page.encode()) < 500_000


def test_page_of_equal_content_is_equal(page):
    assert render(small_report_content()) == page


def test_page_has_every_section_in_order(document):
    assert document.headings[0] == (1, "Training report: milk")
    assert document.headings[1:] == [(2, title) for title in SECTIONS]


def test_page_closes_what_it_opens(document):
    assert document.open == []


def test_page_has_a_language_a_title_and_a_width(document):
    assert document.all("html") == [{"lang": "en"}]
    assert len(document.all("title")) == 1 + len(document.all("svg"))
    assert any(one.get("name") == "viewport" for one in document.all("meta"))


def test_page_names_are_unique_and_found(document):
    assert len(document.ids) == len(set(document.ids))
    assert set(document.references) <= set(document.ids)


def test_page_charts_are_images_with_title_and_description(document):
    charts = document.all("svg")
    assert len(charts) == 5
    for chart in charts:
        assert chart["role"] == "img"
        assert len(chart["aria-labelledby"].split()) == 2
        assert chart["viewbox"]


def test_page_charts_have_only_the_colours_of_the_page(page):
    drawn = "".join(re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL))
    assert re.findall(r"#[0-9a-fA-F]{6}", drawn) == []
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", page))
    light, dark = page.split("prefers-color-scheme: dark", 1)
    for ground in (light, dark.split("* {", 1)[0]):
        assert used <= set(re.findall(r"--([a-z0-9-]+):", ground))


def test_page_every_chart_has_its_numbers_as_a_table(page):
    for figure in re.split(r"</figure>", page)[1:]:
        assert "<table>" in figure.split("<figure>")[0]


def test_page_tables_have_captions_and_scopes(document):
    assert len(document.all("caption")) == len(document.all("table"))
    assert {one["scope"] for one in document.all("th")} == {"row", "col"}
    assert all("scope" in one for one in document.all("th"))


def test_page_what_scrolls_can_be_reached_by_keyboard(document):
    wide = [one for _, one in document.elements if "wide" in one.get("class", "").split()]
    assert len(wide) == len(document.all("table")) + len(document.all("svg"))
    assert all(one["tabindex"] == "0" and one["aria-label"] for one in wide)


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param("274.0", id="forecast of the next month"),
        pytest.param("2020-02", id="held-out month"),
        pytest.param("202.2", id="its forecast"),
        pytest.param("precio_leche.csv", id="source"),
        pytest.param("ab" * 32, id="its hash"),
        pytest.param("11,084", id="repaired cells"),
        pytest.param("0.31", id="stability index"),
        pytest.param("0.700", id="best R2"),
    ],
)
def test_page_shows_the_numbers(document, shown):
    assert shown in document.cells


def test_page_never_says_nan_or_none(document):
    assert not re.search(r"\b(nan|none|inf)\b", document.text, flags=re.IGNORECASE)


def test_page_breaks_long_words_and_no_others():
    name = "x" * 45
    document = Document(render(small_report_content(contributions=pd.Series({name: 1.0}))))
    headings = [one for one in document.all("th") if one["scope"] == "row"]
    classes = {one["class"] for one in headings}
    assert classes == {"words", "words long"}


def test_page_of_a_template_with_an_unknown_name_is_refused():
    with pytest.raises(UndefinedError, match="'unknown' is undefined"):
        environment().from_string("{{ unknown }}").render()


def test_page_is_imported_without_what_it_does_not_need():
    heavy = {"scipy", "sklearn", "statsmodels"}
    code = f"import sys, milkprice.report; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
