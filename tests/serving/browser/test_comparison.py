"""Two models side by side in a real browser."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from tests.support.chromium import server_away

NONE = "\N{EN DASH}"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def compare(page, name):
    Select(page.driver.find_element(By.ID, "compare")).select_by_value(name)


def facts(page):
    """The table of facts, by the label of each row."""
    return {label: cells for label, *cells in page.table("comparison-table")}


@pytest.fixture
def pair(page):
    """Return the page with two models whose forecasts and columns differ."""
    page.choose("wide")
    compare(page, "narrow")
    page.wait(lambda: page.table("comparison-table"), what="both are there")
    return page


def test_two_models_are_told_side_by_side(pair, client):
    shown = facts(pair)
    versions = [
        client.get(f"/v2/models/{name}").json()["versions"][0] for name in ("wide", "narrow")
    ]
    assert shown["Model"] == ["wide", "narrow", "Difference"]
    assert shown["Version"][:2] == versions
    assert shown["Next month"] == ["2021-03: 276.00", "2021-03: 276.00", "+0.00"]
    assert shown["80 % interval"][:2] == ["272.00 to 280.00"] * 2
    assert shown["Mean absolute error, 1 month ahead"] == ["2.00", "2.00", "+0.00"]
    assert shown["Mean absolute error of row predictions"] == ["7.50", NONE, ""]
    months = pair.table("comparison-months")
    assert len(months) == 13
    assert months[6] == ["2021-08", "281.00", "281.00", "+0.00"]
    assert months[7] == ["2021-09", "282.00", NONE, ""]
    assert len(pair.all("#chart polyline.overlay")) == 1
    assert pair.text("overlay-key") == "narrow"


def test_changed_values_are_those_of_both(pair, client):
    pair.change("b", 10)
    rows = {"wide": 8, "narrow": 2}
    prices = []
    for name, width in rows.items():
        newest = client.get(f"/rows/{name}").text.splitlines()[-1].split(",")[1:]
        row = dict(zip("abcdefgh"[:width], map(float, newest), strict=True)) | {"b": 10}
        body = {"instances": [row]}
        answer = client.post(f"/v1/models/{name}:predict", json=body).json()
        prices += answer["predictions"]
    expected = [f"2021-02: {price:.2f}" for price in prices]
    label = "What if, as set above"
    pair.wait(lambda: facts(pair)[label][:2] == expected, what="both are predicted")
    pair.change("c", 10)
    pair.wait(lambda: "narrow has no column c." in pair.text("comparison-note"), what="it is told")


def test_models_of_other_units_have_no_differences_and_no_common_chart(page):
    compare(page, "butter")
    page.wait(lambda: page.table("comparison-table"), what="both are there")
    assert "The units differ: CLP/l and butter." in page.text("comparison-note")
    assert facts(page)["Next month"] == ["2021-03: 276.00", "2021-03: 0.0027600", ""]
    assert page.all("#chart polyline.overlay") == []
    assert not page.driver.find_element(By.ID, "overlay-key").is_displayed()


def test_model_without_forecasts_is_compared_by_what_it_has(page):
    compare(page, "plain")
    page.wait(lambda: page.table("comparison-table"), what="both are there")
    shown = facts(page)
    assert shown["Next month"] == ["2021-03: 276.00", NONE, ""]
    assert shown["What if, as set above"][1:] == [NONE, ""]
    assert page.table("comparison-months") == []


def test_model_beside_itself_is_refused_and_no_other_leaves_nothing(page):
    compare(page, "cheese")
    page.wait(lambda: page.all("#chart polyline.overlay"), what="both are drawn")
    compare(page, "milk")
    page.wait(lambda: "milk is the model itself" in page.text("comparison-note"), what="so")
    compare(page, "")
    section = page.driver.find_element(By.ID, "comparison")
    page.wait(lambda: not section.is_displayed(), what="it is away")
    assert page.all("#chart polyline.overlay") == []


def test_numbers_compared_before_go_when_the_server_cannot_be_asked_for_new_ones(pair):
    pair.wait(lambda: pair.text("what-if-result"), what="the newest row is predicted")
    with server_away(pair.driver):
        pair.change("b", 10)
        pair.wait(lambda: pair.all("#comparison-note button"), what="it can be tried again")
        assert pair.table("comparison-table") == []
    pair.click(pair.all("#comparison-note button")[0])
    pair.wait(lambda: pair.table("comparison-table"), what="both are there again")
