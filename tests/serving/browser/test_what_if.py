"""The newest row with changed values, in a real browser, and the address that holds them."""

from __future__ import annotations

import csv
import io
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.support.browser import PredictorPage
from tests.support.bundles import whole_bundle
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import running_predictor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NEWEST = "2021-02"
HOSTILE = "<img src=x onerror=document.title=1>"
LARGEST = ["b", "e", "g", "c", "f"]  # by the slopes of the model


@pytest.fixture
def wide(page):
    """Return the page with the model of many columns, its newest row predicted."""
    page.choose("wide")
    page.wait(lambda: page.text("what-if-result"), what="the newest row is predicted")
    return page


def newest_row(client, model="wide"):
    """The last line of the rows to fill in, without its month."""
    lines = list(csv.DictReader(io.StringIO(client.get(f"/rows/{model}").text)))
    assert lines[-1].pop("month") == NEWEST
    return {name: float(value) for name, value in lines[-1].items()}


def answer(client, row, model="wide"):
    """What the interface predicts for a row."""
    body = {"instances": [row]}
    return client.post(f"/v1/models/{model}:predict", json=body).json()["predictions"][0]


def columns(page, place):
    """The columns that have controls at a place, in their order."""
    return [one.get_attribute("data-column") for one in page.all(f"#{place} .control")]


def query(page):
    return parse_qs(urlsplit(page.driver.current_url).query)


def test_what_if_starts_from_the_newest_row_with_the_largest_effects_first(wide, client):
    assert f"The newest row; the price of {NEWEST} was 273.00." in wide.text("what-if-result")
    wide.wait_for_price(answer(client, newest_row(client)))
    assert columns(wide, "sliders") == LARGEST
    assert columns(wide, "others") == ["a", "h", "d"]
    assert wide.all("#others summary")[0].text == "3 other columns, 1 without effect"
    assert not wide.all("#others input")[0].is_displayed()
    assert f"From the newest row with all columns, {NEWEST}." in wide.text("what-if-note")


@pytest.mark.parametrize(
    ("column", "key", "times"),
    [
        ("b", Keys.ARROW_RIGHT, 1),
        ("e", Keys.ARROW_LEFT, 40),
        ("g", Keys.HOME, 1),
        ("f", Keys.END, 1),
    ],
)
def test_slider_by_keyboard_changes_the_prediction_to_the_interfaces(
    wide, client, column, key, times
):
    row = newest_row(client)
    slider = wide.control(column, "range")
    slider.send_keys(*[key] * times)
    value = float(wide.control(column, "number").get_attribute("value"))
    assert value != row[column]
    assert slider.get_attribute("aria-valuetext") == f"{value:g} mm"
    price = answer(client, {**row, column: value})
    wide.wait_for_price(price)
    change = price - answer(client, row)
    sign = "+" if change > 0 else "\N{MINUS SIGN}"
    assert f"{sign}{abs(change):.2f} from " in wide.text("what-if-result")


def test_numbers_of_several_columns_change_the_prediction_to_the_interfaces(wide, client):
    wide.all("#others summary")[0].click()
    changes = {"b": 12.5, "c": 0.125, "a": 199.0, "h": 1e-3}
    for column, value in changes.items():
        wide.change(column, value)
    wide.wait_for_price(answer(client, {**newest_row(client), **changes}))
    assert float(wide.control("b", "range").get_attribute("value")) == 12.5


def test_value_outside_the_training_range_is_marked_and_still_predicted(wide, client):
    wide.change("b", 900)
    wide.wait_for_price(answer(client, {**newest_row(client), "b": 900}))
    (row,) = wide.all(".control.odd")
    assert row.get_attribute("data-column") == "b"
    assert "outside the training range, 0 to 200" in row.text
    assert wide.text("what-if-range").startswith("Outside the training range: b 900 (0 to 200).")
    assert "odd" in wide.driver.find_element(By.ID, "what-if-range").get_attribute("class")
    assert float(wide.control("b", "range").get_attribute("value")) == 200


def test_value_without_effect_outside_the_training_range_is_no_warning(wide):
    wide.all("#others summary")[0].click()
    assert wide.text("what-if-range") == "Within the training range."
    wide.change("d", -3)
    expected = "Within the training range. 1 column without effect is outside it."
    wide.wait(lambda: wide.text("what-if-range") == expected, what="it is told")


def test_cell_without_a_number_is_marked_and_not_predicted(wide):
    wide.control("b", "number").send_keys(Keys.CONTROL, "a", Keys.NULL, Keys.DELETE)
    wide.wait(lambda: "Not predicted: b has no number." in wide.text("what-if-result"), what="so")
    assert wide.control("b", "number").get_attribute("aria-invalid") == "true"
    assert wide.all("#what-if-download") == []


def test_newest_row_again_undoes_every_change(wide, client):
    wide.change("b", 900)
    wide.change("e", 1)
    wide.all("#reset")[0].click()
    wide.wait_for_price(answer(client, newest_row(client)))
    assert wide.all(".control.odd") == []
    wide.wait(lambda: query(wide) == {"model": ["wide"]}, what="the address has no values")


def test_changed_row_is_there_as_csv(wide, client, downloads):
    wide.change("b", 12.5)
    price = answer(client, {**newest_row(client), "b": 12.5})
    wide.wait_for_price(price)
    wide.wait(lambda: wide.all("#what-if-download"), what="the file is offered")
    wide.all("#what-if-download")[0].click()
    file = downloads / "wide-what-if.csv"
    wide.wait(file.exists, what="it is downloaded")
    (line,) = csv.DictReader(io.StringIO(file.read_text()))
    assert (line["month"], line["b"], float(line["prediction"])) == (NEWEST, "12.5", price)


def test_errors_of_rows_on_held_out_months_are_told_with_the_baselines(wide):
    assert wide.text("what-if-error") == (
        "Mean absolute error of row predictions on 13 held-out months, CLP/l: 7.5, naive 4.25. "
        "A baseline was better: for the price to come, see the forecast."
    )


def test_model_without_rows_says_so(page):
    page.choose("plain")
    page.wait(lambda: "published without its newest rows" in page.text("what-if-note"), what="so")
    assert not page.driver.find_element(By.ID, "what-if-part").is_displayed()


def test_version_that_came_meanwhile_is_told_instead_of_its_prediction(browser, tmp_path):
    registry = open_registry(tmp_path / "registry")
    publish_champion(registry, whole_bundle())
    with (
        running_predictor(tmp_path, f"{tmp_path}/registry/milk", "--refresh-seconds", "0") as one,
        one.client() as client,
    ):
        page = PredictorPage.open(browser, f"{one.url}/")
        page.wait(lambda: page.text("what-if-result"), what="the newest row is predicted")
        publish_champion(registry, whole_bundle(offset=200.0))
        version = client.post("/v2/repository/models/milk/load").json()["version"]
        sentence = f"milk serves version {version} now; load this page again."
        page.change("rain_mean", 1)
        page.wait(lambda: page.text("what-if-result") == sentence, what="it is told")
        page.paste("rain_mean,Precio_leche_lag_1\n1,2\n")
        page.predict()
        assert page.text("problems") == f"Nothing was predicted: {sentence}"


def test_link_shows_another_the_same(wide, client):
    Select(wide.driver.find_element(By.ID, "compare")).select_by_value("narrow")
    wide.control("b", "range").send_keys(Keys.ARROW_RIGHT)
    wide.change("c", 900)
    wide.wait(lambda: "c:900" in query(wide).get("set", []), what="the address has the values")
    value = float(wide.control("b", "number").get_attribute("value"))
    price = answer(client, {**newest_row(client), "b": value, "c": 900})
    wide.wait_for_price(price)
    places = ("what-if-result", "what-if-range", "comparison", "key-figures", "sliders")
    wide.wait(lambda: f"{price:.2f}" in wide.text("comparison"), what="both are compared")
    before = [wide.text(place) for place in places]
    address = wide.driver.current_url
    wide.driver.get("about:blank")
    other = PredictorPage.open(wide.driver, address, model="wide")
    other.wait(lambda: [other.text(place) for place in places] == before, what="it is the same")
    assert other.driver.find_element(By.ID, "compare").get_attribute("value") == "narrow"
    assert other.text("link-status") == ""


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"model": "gone"}, "Model gone of the link is not served; this is milk."),
        ({"model": "wide", "compare": "gone"}, "Model gone of the link is not served."),
        ({"model": "wide", "set": "z:1"}, "Column z of the link is no column of wide."),
        (
            {"model": "wide", "set": "b:x"},
            'The value "x" of b in the link: expected a finite number.',
        ),
        ({"model": "wide", "set": f"{HOSTILE}:1"}, f"Column {HOSTILE} of the link is no column"),
        ({"model": "wide", "set": "b"}, 'The value "" of b in the link: is empty'),
        ({"model": "wide", "version": "old", "set": "b:1"}, "The link was made with version old;"),
    ],
    ids=["model", "comparison", "column", "value", "hostile", "no value", "version"],
)
def test_link_that_no_longer_holds_says_what_differs(
    browser, predictor_of_bundles, asked, sentence
):
    model = asked["model"].replace("gone", "milk")
    address = f"{predictor_of_bundles.url}/?{urlencode(asked)}"
    page = PredictorPage.open(browser, address, model=model)
    page.wait(lambda: sentence in page.text("link-status"), what="it is told")
    page.wait(lambda: page.text("what-if-result"), what="what there is is shown")
    assert page.all("img") == []


def test_address_is_plain_until_something_is_chosen_and_keeps_it_among_the_sections(page):
    page.all('nav a[href="#what-if"]')[0].click()
    assert query(page) == {}
    page.choose("wide")
    page.wait(lambda: query(page) == {"model": ["wide"]}, what="the address has the model")
    page.all('nav a[href="#report"]')[0].click()
    page.driver.back()
    page.wait(lambda: page.driver.current_url.endswith("?model=wide#what-if"), what="it is kept")


def test_link_is_copied(wide, predictor_of_bundles):
    permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    wide.driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": permissions})
    wide.all("#copy")[0].click()
    wide.wait(lambda: wide.text("link-status") == "Link copied.", what="it is copied")
    script = "navigator.clipboard.readText().then(arguments[0])"
    assert wide.driver.execute_async_script(script) == f"{predictor_of_bundles.url}/?model=wide"
