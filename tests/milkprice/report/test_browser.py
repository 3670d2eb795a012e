"""The page in a browser, in the kind of frame in which Kubeflow shows it."""

from html import escape

import pytest

from milkprice.report import render
from tests.support.chromium import chromium, screenshot
from tests.support.reports import small_report_content

pytestmark = pytest.mark.browser

FRAME = """<!doctype html><html style="color-scheme: light dark"><title>host</title>
<meta name="viewport" content="width=device-width">
<body style="margin: 0"><iframe sandbox="allow-scripts" title="report" srcdoc="{page}"
style="display: block; width: 100%; height: 100vh; border: 0"></iframe></body></html>"""
FAILURES = ("SEVERE", "WARNING")
OVERFLOWING = """
const wide = document.documentElement.clientWidth;
return [...document.body.querySelectorAll('*')]
  .filter(one => !one.closest('.wide') && one.getBoundingClientRect().right > wide + 0.5)
  .map(one => one.outerHTML.slice(0, 200));
"""
LEGEND = {"price", "forecast", "80 % interval", "95 % interval"}
CUT = """
return [...document.querySelectorAll('.wide')]
  .filter(one => one.scrollWidth > one.clientWidth).map(one => one.outerHTML.slice(0, 200));
"""
COLOURS = """
const seen = name => getComputedStyle(document.querySelector(name));
return [seen('body').backgroundColor, seen('svg text').fill, seen('h1').color];
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Return the addresses of the page alone and in a frame."""
    folder = tmp_path_factory.mktemp("report")
    page = render(small_report_content())
    (folder / "report.html").write_text(page, encoding="utf-8")
    (folder / "framed.html").write_text(FRAME.format(page=escape(page)), encoding="utf-8")
    return (folder / "report.html").as_uri(), (folder / "framed.html").as_uri()


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        pytest.param("light", 1200, "light", id="light"),
        pytest.param("dark", 1200, "dark", id="dark"),
        pytest.param("phone", 360, "light", id="phone"),
        pytest.param("phone-375", 375, "light", id="phone of 375"),
        pytest.param("phone-dark", 360, "dark", id="dark phone"),
    ],
)
def test_page_in_a_sandboxed_frame_shows(pages, name, width, scheme):
    alone, framed = pages
    with chromium(width=width, scheme=scheme) as driver:
        driver.get(framed)
        driver.switch_to.frame(0)
        assert driver.execute_script("return window.origin") == "null"
        assert "Promotion gate: not promoted" in driver.find_element("tag name", "body").text
        charts = driver.find_elements("css selector", "svg[role=img]")
        assert len(charts) == 5
        assert all(one.is_displayed() and one.size["height"] > 50 for one in charts)
        assert driver.execute_script(OVERFLOWING) == []
        sizes = "const it = document.documentElement; return [it.scrollWidth, it.clientWidth]"
        scrolled, visible = driver.execute_script(sizes)
        assert scrolled <= visible <= width
        assert dark_on_light(driver) is (scheme == "light")
        driver.get(alone)
        screenshot(driver, f"report-{name}")
        assert [one for one in driver.get_log("browser") if one["level"] in FAILURES] == []


def test_phone_shows_the_newest_months_and_both_intervals_first(pages):
    with chromium(width=375) as driver:
        driver.get(pages[0])
        chart = driver.find_element("css selector", ".newest")
        assert chart.get_property("scrollWidth") > chart.get_property("clientWidth")
        right = chart.rect["x"] + chart.rect["width"]
        *future, _ = chart.find_elements("css selector", "circle")  # the last is the legend's
        assert len(future) == 12
        labels = [one for one in chart.find_elements("tag name", "text") if one.text == "280"]
        assert all(0 <= one.rect["x"] < right for one in future)
        legend = [
            one.rect
            for one in chart.find_elements("tag name", "text")
            if one.get_property("textContent") in LEGEND
        ]
        assert len(legend) == 4
        assert all(one["x"] >= 0 and one["x"] + one["width"] <= right for one in legend)
        assert any(
            one.rect["x"] >= 0 and one.rect["x"] + one.rect["width"] <= right for one in labels
        )
        assert min(one.size["height"] for one in labels) > 11
        rows = driver.find_elements("xpath", "//caption[contains(., 'Months ahead')]/..//tbody/tr")
        upper = [row.find_elements("tag name", "td")[2].rect for row in rows]
        assert len(upper) == 12
        assert all(one["x"] + one["width"] <= right for one in upper)


def test_page_is_reached_by_keyboard(pages):
    with chromium(width=360) as driver:
        driver.get(pages[0])
        reached = set()
        for _ in range(4):
            driver.switch_to.active_element.send_keys("\ue004")
            reached.add(driver.switch_to.active_element.get_attribute("aria-label"))
        assert "Milk price and its forecasts, CLP per litre" in reached


def test_page_opens_its_numbers(pages):
    with chromium() as driver:
        driver.get(pages[0])
        summary = driver.find_element("css selector", "details summary")
        table = driver.find_element("css selector", "details table")
        assert not table.is_displayed()
        summary.click()
        assert table.is_displayed()


def test_page_names_its_charts_to_those_who_hear_it(pages):
    with chromium() as driver:
        driver.get(pages[0])
        tree = driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        images = [one for one in tree if one.get("role", {}).get("value") == "image"]
        assert len(images) == 5
        assert all(one["name"]["value"] and one["description"]["value"] for one in images)


def dark_on_light(driver):
    """Whether the ground is lighter than the text, headings and charts alike."""
    ground, *written = (brightness(one) for one in driver.execute_script(COLOURS))
    differing = {ground > one for one in written}
    assert len(differing) == 1
    return differing.pop()


def brightness(colour):
    """Sum of red, green and blue of a computed colour."""
    return sum(float(part) for part in colour.split("(")[1].rstrip(")").split(",")[:3])


def test_paper_has_every_table_and_chart_from_end_to_end(pages):
    with chromium(width=718) as driver:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        driver.get(pages[0])
        driver.execute_script(
            "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
        )
        assert len(driver.find_elements("css selector", ".wide")) > 10
        assert driver.execute_script(CUT) == []
        screenshot(driver, "report-paper")
