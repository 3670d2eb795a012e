"""The page for whoever has a phone, a keyboard only, or hears it."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.support.browser import PredictorPage
from tests.support.chromium import DESKTOP, PHONE, screenshot, show

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# 320 is also what a desktop has at four times the size.
WIDTHS = [pytest.param((width, 740), id=str(width)) for width in (320, 375, 600, 768)]
FINGER = 44  # CSS pixels
FOCUSABLE = """
const kinds = "a[href], button, input, select, textarea, summary, [tabindex]";
return [...document.querySelectorAll(kinds)].filter((one) => one.checkVisibility());
"""
FOCUS = """
const one = document.activeElement;
const { outlineStyle, outlineWidth } = getComputedStyle(one);
const box = one.getBoundingClientRect();
const top = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
return [one, outlineStyle, parseFloat(outlineWidth), one === top || one.contains(top)];
"""
CUT = """
return [...arguments]
  .filter((one) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight)
  .map((one) => one.getAttribute("aria-label"));
"""
KEY_COLOUR = """
const key = document.querySelector(`.key.${arguments[0]}`);
return getComputedStyle(key, "::before").backgroundColor;
"""
SMALL_TEXT = """
return [...document.querySelectorAll("#chart text")]
  .map((one) => one.getBoundingClientRect().height).filter((height) => height < arguments[0]);
"""


@pytest.fixture
def full_page(browser, predictor_of_bundles):
    """Return the page with all that it can show: two models, changed values, wrong ones too."""

    def open_page(size):
        show(browser, size=size)
        address = f"{predictor_of_bundles.url}/?model=wide&compare=narrow&set=b:900&set=c:12"
        page = PredictorPage.open(browser, address, model="wide")
        page.wait(lambda: page.table("comparison-table"), what="both models are there")
        return page

    return open_page


@pytest.mark.parametrize("size", WIDTHS)
def test_narrow_screen_shows_all_without_scrolling_sideways(full_page, size):
    page = full_page(size)
    assert not page.is_too_wide()
    for summary in page.all("summary"):
        page.click(summary)
    page.wait(lambda: page.all("iframe"), what="the report is inside")
    assert not page.is_too_wide()
    assert page.driver.execute_script(SMALL_TEXT, 11) == []
    screenshot(page.driver, f"phone-{size[0]}-all")


def test_desktop_at_four_times_the_size_scrolls_down_only(full_page):
    page = full_page((320, 740))
    metrics = {"width": 320, "height": 300, "deviceScaleFactor": 1, "mobile": False}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    widths = "return [window.innerWidth, document.documentElement.clientWidth]"
    whole, without_scrollbar = page.driver.execute_script(widths)
    assert without_scrollbar < whole
    assert not page.is_too_wide()


def test_paper_has_tables_from_end_to_end_and_nothing_to_press(full_page):
    page = full_page(DESKTOP)
    head = "a,b,c,d,e,f,g,h"
    page.paste("\n".join([head, *[",".join(["123.456"] * 8)] * 40]))
    page.predict()
    page.click(page.all("#accuracy summary")[0])
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    show_width = {"width": 718, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", show_width)
    tables = [one for one in page.all(".wide") if one.is_displayed()]
    assert len(tables) == 6
    assert page.driver.execute_script(CUT, *tables) == []
    for selector in ("nav", "#copy", "#form", "#others summary"):
        assert not page.all(selector)[0].is_displayed(), selector
    screenshot(page.driver, "paper")


def test_phone_shows_two_models_side_by_side_at_once(full_page):
    page = full_page(PHONE)
    facts, months = page.all("#comparison-part .wide")
    assert facts.get_property("scrollWidth") <= facts.get_property("clientWidth")
    assert months.get_property("scrollWidth") <= months.get_property("clientWidth")


def test_phone_has_room_for_a_finger_on_everything(full_page):
    page = full_page((375, 740))
    controls = page.driver.execute_script(FOCUSABLE)
    targets = [one for one in controls if one.get_attribute("tabindex") is None]
    assert len(targets) > 20
    small = [one for one in targets if min(one.size["height"], one.size["width"]) < FINGER]
    assert [(one.tag_name, one.text, one.size) for one in small] == []


@pytest.mark.parametrize(
    "size", [pytest.param(DESKTOP, id="desktop"), pytest.param(PHONE, id="phone")]
)
def test_keyboard_reaches_everything_in_order_and_sees_where_it_is(full_page, size):
    page = full_page(size)
    expected = page.driver.execute_script(FOCUSABLE)
    for one in expected:
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
        active, style, width, is_seen = page.driver.execute_script(FOCUS)
        assert active == one
        assert style != "none"
        assert width >= 2
        assert is_seen, active.get_attribute("outerHTML")[:200]
    for one in reversed(expected[:-1]):
        ActionChains(page.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(
            Keys.SHIFT
        ).perform()
        active, _, _, is_seen = page.driver.execute_script(FOCUS)
        assert active == one
        assert is_seen, active.get_attribute("outerHTML")[:200]


def test_high_contrast_keeps_the_colours_of_both_intervals(full_page):
    page = full_page(DESKTOP)
    kinds = ["likely", "wide-band"]
    usual = [page.driver.execute_script(KEY_COLOUR, kind) for kind in kinds]
    features = [{"name": "forced-colors", "value": "active"}]
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    assert page.driver.execute_script("return matchMedia('(forced-colors: active)').matches")
    assert [page.driver.execute_script(KEY_COLOUR, kind) for kind in kinds] == usual


def test_page_without_its_script_leads_to_the_interface(browser, predictor_of_bundles):
    script = "Emulation.setScriptExecutionDisabled"
    browser.execute_cdp_cmd(script, {"value": True})
    try:
        browser.get(f"{predictor_of_bundles.url}/")
        link = browser.find_element("css selector", "noscript a")
        assert link.text == "the interface"
        assert not browser.find_element("id", "columns").is_displayed()
    finally:
        browser.execute_cdp_cmd(script, {"value": False})


def test_everything_that_is_used_has_a_name_to_be_heard(full_page):
    page = full_page(DESKTOP)
    page.all("#others summary")[0].click()
    controls = page.driver.execute_script(FOCUSABLE)
    assert [one.get_attribute("outerHTML") for one in controls if not one.accessible_name] == []
    assert page.control("b", "range").accessible_name == "b, slider"
    assert page.control("b", "number").accessible_name.startswith("b mm; effect ")
