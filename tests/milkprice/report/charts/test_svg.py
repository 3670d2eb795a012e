"""An SVG document as an element of a page."""

import re

import pytest
from matplotlib.figure import Figure

from milkprice.forecasting.document import month_number
from milkprice.report.charts.svg import FORECAST, inline_svg, mark_months

DOCUMENT = f"""<?xml version="1.0" encoding="utf-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
     width="20pt" height="10pt" viewBox="0 0 20 10">
 <metadata>who made it</metadata>
 <defs><style>*{{fill: red}}</style><path id="m1" d="M 0.123456 -0.000001
L 2.500000 1"/></defs>
 <g id="axes_1" clip-path="url(#p1)">
  <use xlink:href="#m1" style="stroke: {FORECAST}; fill: #123456"/>
  <text style="font: 9px 'DejaVu Sans', Verdana; text-anchor: end">a &lt;b&gt; #p1</text>
 </g>
 <clipPath id="p1"/>
</svg>"""


@pytest.fixture(scope="module")
def element():
    return inline_svg(DOCUMENT, name="one", title="A <title>", description="What & why")


def test_svg_begins_with_its_labels(element):
    assert element.startswith(
        '<svg viewBox="0 0 20 10" role="img" aria-labelledby="one-title one-desc">'
        '<title id="one-title">A &lt;title&gt;</title><desc id="one-desc">What &amp; why</desc>'
    )


def test_svg_prefixes_what_is_referred_to_and_drops_other_identifiers(element):
    assert set(re.findall(r' id="([^"]+)"', element)) == {
        "one-title", "one-desc", "one-m1", "one-p1",
    }  # fmt: skip
    assert 'href="#one-m1"' in element
    assert 'clip-path="url(#one-p1)"' in element


def test_svg_leaves_no_style_to_the_rest_of_the_page(element):
    assert "<style" not in element
    assert "metadata" not in element


def test_svg_colours_are_those_of_the_page(element):
    assert "stroke: var(--forecast); fill: #123456" in element


def test_svg_text_stays_text_in_the_font_of_the_page(element):
    assert (
        '<text style="font: 9px system-ui, sans-serif; text-anchor: end">a &lt;b&gt; #p1</text>'
        in element
    )


def test_svg_numbers_are_short(element):
    assert 'd="M 0.12 0 L 2.5 1"' in element


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        pytest.param("2020-02", "2020-02", ["2020-02"], id="one month"),
        pytest.param("2020-02", "2020-04", ["2020-02", "2020-03", "2020-04"], id="three months"),
        pytest.param("2020-02", "2020-11", ["2020-04", "2020-07", "2020-10"], id="within a year"),
        pytest.param("2018-02", "2020-11", ["2019", "2020"], id="years"),
        pytest.param("1979-01", "2021-02", [str(one) for one in range(1980, 2025, 5)], id="long"),
    ],
)
def test_mark_months_ticks_what_people_name(first, last, labels):
    axes = Figure().add_subplot()
    mark_months(axes, month_number(first), month_number(last))
    assert [one.get_text() for one in axes.get_xticklabels()] == labels
