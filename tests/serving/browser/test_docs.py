"""Swagger UI in a real browser: it comes from this server alone, and what it sends is answered."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.support.chromium import PHONE, screenshot, show
from tests.support.serving import running_predictor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECONDS = 30
PREDICT = "#operations-Prediction-v1Predict"
RESPONSE = f"{PREDICT} .live-responses-table tbody"
TOKEN = "s3cret-token"


def wait(browser, selector):
    """Return the first element of a kind, once there is one."""
    WebDriverWait(browser, SECONDS).until(lambda _: elements(browser, selector), selector)
    return elements(browser, selector)[0]


def elements(browser, selector):
    return browser.find_elements("css selector", selector)


def click(browser, selector):
    element = wait(browser, selector)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def execute(browser, *, example=None):
    """Try the operation out and return the status and the body that are shown."""
    click(browser, f"{PREDICT} .opblock-summary-control")
    click(browser, f"{PREDICT} .try-out__btn")
    if example:
        Select(wait(browser, f"{PREDICT} .examples-select select")).select_by_value(example)
    click(browser, f"{PREDICT} .execute")
    status = wait(browser, f"{RESPONSE} .response-col_status").text
    body = wait(browser, f"{RESPONSE} .response-col_description pre").text
    return status.split()[0], json.loads(body)


def hosts(browser):
    """Where everything came from that the page has loaded."""
    script = """return [location.origin,
        ...performance.getEntriesByType("resource").map((entry) => entry.name)]"""
    return {urlsplit(one).netloc.rpartition("@")[2] for one in browser.execute_script(script)}


@pytest.mark.parametrize("example", [None, "by_name", "next_months"])
def test_docs_try_it_out_predicts(browser, predictor_of_bundles, example):
    browser.get(f"{predictor_of_bundles.url}/docs")
    status, body = execute(browser, example=example)
    screenshot(browser, f"docs-{example or 'first'}")
    assert status == "200"
    assert body["predictions"]
    assert body["model_name"] == "milk"
    assert hosts(browser) == {urlsplit(predictor_of_bundles.url).netloc}


def test_docs_name_the_models_and_their_versions(browser, client, predictor_of_bundles):
    browser.get(f"{predictor_of_bundles.url}/docs")
    text = wait(browser, ".information-container table").text
    for name in ("milk", "cheese", "plain", "steep"):
        assert f"{name} ready {client.get(f'/v2/models/{name}').json()['versions'][0]}" in text


def test_docs_fit_a_phone(browser, predictor_of_bundles):
    show(browser, size=PHONE)
    browser.get(f"{predictor_of_bundles.url}/docs")
    table = wait(browser, ".information-container table")
    width = browser.execute_script("return document.documentElement.scrollWidth")
    screenshot(browser, "docs-phone")
    assert width == PHONE[0]
    assert table.get_property("scrollWidth") > table.get_property("clientWidth")


def test_docs_take_a_token_as_the_browsers_password(browser, tmp_path, registry_of_bundles):
    tokens = tmp_path / "tokens"
    tokens.write_text(TOKEN)
    with running_predictor(
        tmp_path, f"{registry_of_bundles}/milk", "--token-file", str(tokens)
    ) as locked:
        assert locked.status("/docs") == 401
        address = urlsplit(locked.url)
        browser.get(f"http://anyone:{TOKEN}@{address.netloc}/docs")
        assert execute(browser)[0] == "200"
        assert hosts(browser) == {address.netloc}
