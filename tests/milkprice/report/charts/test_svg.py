"""Shapes, ticks and the element of the page around them."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milkprice.forecasting.document import month_number
from milkprice.report.charts.svg import (
    FORECAST,
    Panel,
    draw_svg,
    limits,
    line_path,
    month_ticks,
    number,
    round_ticks,
    stroke,
    text_width,
    write,
)

NAN = float("nan")
finite = st.floats(-1e150, 1e150, allow_subnormal=False)


@pytest.fixture(scope="module")
def element():
    shapes = [stroke("M0,0H1", colour=FORECAST), write((1, 2), "a <b> & c", anchor="end")]
    return draw_svg(shapes, name="one", title="A <title>", description="What & why", height=10)


def test_svg_begins_with_its_labels(element):
    assert element.startswith('<svg viewBox="0 0 620 10" role="img" '
                              'aria-labelledby="one-title one-desc"')  # fmt: skip
    assert (
        '<title id="one-title">A &lt;title&gt;</title><desc id="one-desc">What &amp; why</desc>'
        in element
    )


def test_svg_has_no_identifiers_but_those_of_its_labels(element):
    assert set(re.findall(r' id="([^"]+)"', element)) == {"one-title", "one-desc"}


def test_svg_leaves_no_style_to_the_rest_of_the_page(element):
    assert "<style" not in element


def test_svg_colours_are_those_of_the_page(element):
    assert "stroke: var(--forecast)" in element
    assert not re.search(r"#[0-9a-fA-F]{3}", element)


def test_svg_text_stays_text_in_the_font_of_the_page(element):
    assert "font: 9px system-ui, sans-serif" in element
    (text,) = ElementTree.fromstring(element).iter("text")  # noqa: S314  written above
    assert text.text == "a <b> & c"
    assert text.attrib["style"].endswith("text-anchor: end")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(0.123456, "0.12", id="decimals"),
        pytest.param(-0.000001, "0", id="no negative zero"),
        pytest.param(2.5, "2.5", id="no zeros"),
        pytest.param(120, "120", id="whole"),
    ],
)
def test_number_is_short(value, text):
    assert number(value) == text


def test_line_path_has_a_gap_where_a_value_is_unknown():
    assert line_path([(0, 1), (1, 2), (2, NAN), (3, 4)]) == "M0,1 1,2M3,4"


def test_panel_turns_numbers_into_points_from_below_upwards():
    panel = Panel(left=10, right=110, top=0, bottom=50, x=(2000, 2010), y=(0, 5))
    assert panel.at(2000, 0) == (10, 50)
    assert panel.at(2010, 5) == (110, 0)
    assert panel.at(2005, 1) == (60, 40)


def test_text_width_counts_wide_letters_more():
    assert text_width("\u725b\u4e73") > text_width("ab")


@pytest.mark.parametrize(
    ("ends", "most", "labels"),
    [
        pytest.param((171.0, 242.0), 8, ["180", "190", "200", "210", "220", "230", "240"],
                     id="prices"),
        pytest.param((0.0, 18.7), 8, ["0.0", "2.5", "5.0", "7.5", "10.0", "12.5", "15.0", "17.5"],
                     id="halves"),
        pytest.param((-2.3, 3.2), 3, ["\N{MINUS SIGN}2", "0", "2"], id="either side of zero"),
        pytest.param((0.0, 0.004), 4, ["0.000", "0.001", "0.002", "0.003", "0.004"], id="small"),
        pytest.param((0.0, 4e6), 2, ["0", "2,000,000", "4,000,000"], id="large"),
        pytest.param((0.0, 4e60), 2, ["0", "2e+60", "4e+60"], id="beyond all prices"),
    ],
)  # fmt: skip
def test_round_ticks_are_round_and_written_alike(ends, most, labels):
    assert round_ticks(*ends, most=most)[1] == labels


@given(st.lists(finite, min_size=1), st.integers(2, 9))
def test_round_ticks_lie_within_limits_and_are_few(values, most):
    low, high = limits(values)
    ticks, labels = round_ticks(low, high, most=most)
    hair = 1e-6 * (high - low)
    assert all(low - hair <= one <= high + hair for one in ticks)
    assert 1 <= len(ticks) == len(labels) <= most + 1


@given(st.lists(finite | st.just(NAN)))
def test_limits_hold_all_values_and_have_a_length(values):
    low, high = limits(values)
    assert low < high
    assert all(low <= one <= high for one in values if one == one)


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
def test_month_ticks_are_what_people_name(first, last, labels):
    assert month_ticks(month_number(first), month_number(last))[1] == labels
