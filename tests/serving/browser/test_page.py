"""The page in a real browser: what it shows, what it sends, and what it makes of mistakes."""

from __future__ import annotations

import csv
import io
import shutil

import msgspec
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from milkprice.forecasting.document import Interval
from milkprice.registry.bundle import Feature, write
from serving.http.pages import MAX_OPTIONS
from tests.support.browser import MAX_ROWS, PredictorPage
from tests.support.bundles import whole_bundle
from tests.support.chromium import DESKTOP, PHONE, complaints, screenshot, server_away, show
from tests.support.forecasts import scaled_forecast, small_forecast
from tests.support.repositories import publish_many
from tests.support.serving import running_predictor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HEAD = "rain_mean,Precio_leche_lag_1"
ROWS = [[10.5 * row, 200.25 + row] for row in range(12)]
HOSTILE = "<img src=x onerror=document.title=1>"
MINUS = "\N{MINUS SIGN}"
SCHEMES = ["light", "dark"]
SIZES = [pytest.param(DESKTOP, id="desktop"), pytest.param(PHONE, id="phone")]


def as_csv(rows, head=HEAD):
    return "\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n"


def answered(client, rows, model="milk"):
    """What the interface itself says, asked in as many parts."""
    parts = [rows[at : at + MAX_ROWS] for at in range(0, len(rows), MAX_ROWS)]
    answers = [client.post(f"/v1/models/{model}:predict", json={"instances": one}) for one in parts]
    return [price for answer in answers for price in answer.json()["predictions"]]


@pytest.mark.parametrize(("model", "months"), [("milk", 12), ("cheese", 6), ("plain", 0)])
def test_forecast_of_each_model_is_drawn_and_listed(page, model, months):
    page.choose(model)
    if not months:
        page.wait(lambda: "without forecasts" in page.text("forecast-note"), what="it says so")
        assert not page.driver.find_element(By.ID, "figure").is_displayed()
        assert page.table("forecasts") == []
        return
    page.wait(lambda: len(page.all("#chart .dot")) == months, what="the chart is drawn")
    history = page.all("#chart polyline.history")[0].get_attribute("points").split()
    ahead = page.all("#chart polyline.ahead")[0].get_attribute("points").split()
    assert (len(history), len(ahead)) == (60, months + 1)
    assert ahead[0] == history[-1]
    for band in ("likely", "wide-band"):
        (polygon,) = page.all(f"#chart polygon.{band}")
        assert len(polygon.get_attribute("points").split()) == 2 * months + 1
    head, *rows = page.table("forecasts")
    assert head[-2:] == ["Baseline: naive", "Baseline: seasonal naive"]
    assert [row[0] for row in rows] == [one.month for one in small_forecast(months=months).future]
    assert rows[0] == ["2021-03", "276.0", "272.0 to 280.0", "269.0 to 283.0", "273.0", "262.0"]


def test_forecast_chart_is_told_to_who_cannot_see_it(page):
    page.wait(lambda: page.all("#chart svg"), what="the chart is drawn")
    (chart,) = page.all("#chart svg")
    assert chart.aria_role in ("image", "img")
    assert chart.accessible_name == "Milk price and its forecast to 2022-02"
    description = page.all("#chart desc")[0].get_attribute("textContent")
    assert "that of 2021-02 is 273.0 CLP/l" in description
    assert "287.0 for 2022-02" in description


@pytest.mark.parametrize(
    ("model", "price", "interval", "error", "ticks"),
    [
        ("butter", "0.002760", "0.002720 to 0.002800", "0.0000200", ["0.0020"]),
        ("houses", "276000000", "272000000 to 280000000", "2000000", ["200000000"]),
    ],
)
def test_page_of_another_price_speaks_of_it_with_its_digits(
    page, model, price, interval, error, ticks
):
    page.choose(model)
    page.wait(lambda: page.all("#chart .dot"), what="the chart is drawn")
    assert page.driver.title == page.text("title") == model
    assert page.text("lead") == f"{model}, month by month"
    assert page.text("facts").endswith(f"predicts {model}.")
    assert page.table("forecasts")[1][1:3] == [price, interval]
    (title,) = page.all("#chart-title")
    assert title.get_attribute("textContent") == f"{model} and its forecast to 2022-02"
    texts = page.all("#chart svg text")
    assert set(ticks) <= {text.get_attribute("textContent") for text in texts}
    left = page.driver.find_element(By.ID, "chart").rect["x"]
    assert min(text.rect["x"] for text in texts) >= left
    page.all("#accuracy summary")[0].click()
    assert error in page.text("accuracy")
    page.paste(as_csv(ROWS[:1]))
    page.predict()
    assert page.table("result-table")[1][1] == price.replace("276", "273") + "0" * ("." in price)
    page.choose("milk")
    assert page.driver.title == page.text("title") == "Milk price in Chile"


def test_forecast_of_a_price_that_never_changes_is_drawn(browser, tmp_path):
    forecast = scaled_forecast(0.0)
    flat = msgspec.structs.replace(
        forecast,
        prices=(5.0,) * len(forecast.prices),
        future=tuple(
            msgspec.structs.replace(
                one, price=5.0, interval_80=Interval(5.0, 5.0), interval_95=Interval(5.0, 5.0)
            )
            for one in forecast.future
        ),
    )
    write(whole_bundle(forecast=flat), tmp_path / "model")
    with running_predictor(tmp_path, str(tmp_path / "model"), "--model-name", "flat") as running:
        page = PredictorPage.open(browser, f"{running.url}/", model="flat")
        page.wait(lambda: page.all("#chart .dot"), what="the chart is drawn")
        (line,) = page.all("#chart polyline.history")
        assert "NaN" not in line.get_attribute("points")


def test_forecast_says_how_good_such_were(page):
    page.wait(lambda: page.all("#accuracy summary"), what="the table is there")
    page.all("#accuracy summary")[0].click()
    shown = page.text("accuracy")
    assert "top-3 ensemble" in shown
    assert "it is the best baseline" in shown
    assert "over naive; p = 0.040" in shown
    assert "over naive; p < 0.001" in shown


@pytest.mark.parametrize(
    ("today", "sentence"),
    [
        ("2021-03-31", ""),
        ("2021-05-01", " Months that are over by now: 2 of 12."),
        ("2022-03-01", " All its months are over by now: train on newer prices for those to come."),
    ],
    ids=["none", "some", "all"],
)
def test_forecast_of_months_that_are_over_says_so(browser, predictor_of_bundles, today, sentence):
    script = f"""const Now = Date; Date = class extends Now {{
        constructor(...given) {{ given.length ? super(...given) : super("{today}T12:00"); }} }}"""
    command = "Page.addScriptToEvaluateOnNewDocument"
    added = browser.execute_cdp_cmd(command, {"source": script})
    try:
        page = PredictorPage.open(browser, f"{predictor_of_bundles.url}/")
        page.wait(lambda: "prices to" in page.text("forecast-note"), what="the forecast is there")
        assert page.text("forecast-note").endswith(f"rainfall to 2020-04.{sentence}")
    finally:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_key_figures_answer_what_is_asked_first(page):
    page.wait(lambda: page.all("#key-figures dd"), what="the figures are there")
    names = [one.text for one in page.all("#key-figures dt")]
    figures = [one.text.replace("\n", " ") for one in page.all("#key-figures dd")]
    assert names == [
        *("Forecast for 2021-03", "80 % interval", "Change from 2021-02"),
        "Mean absolute error, 1 month ahead",
    ]
    assert figures == [
        "276.0 CLP/l",
        "272.0 to 280.0 95 %: 269.0 to 283.0; of 36 past months 80 % were within 80 %",
        "+3.0 from 273.0; baselines: naive 273.0, seasonal naive 262.0",
        f"2.00 naive: 1.00, 36 past months; gain {MINUS}1.00, 95 % CI {MINUS}1.00 to +2.00",
    ]


def test_forecast_is_there_as_csv_and_json(page, client, downloads, tmp_path):
    page.wait(lambda: page.all("#forecast-csv"), what="the file is offered")
    page.all("#forecast-csv")[0].click()
    saved = downloads / "milk-forecast.csv"
    page.wait(saved.exists, what="the file is saved")
    rows = list(csv.DictReader(io.StringIO(saved.read_text())))
    shutil.move(saved, tmp_path)
    ahead = client.get("/forecast/milk").json()["ahead"]
    assert [(row["month"], float(row["price"])) for row in rows] == [
        (one["month"], one["price"]) for one in ahead
    ]
    assert [float(row["high_95"]) for row in rows] == [one["wide"]["high"] for one in ahead]
    assert [float(row["naive"]) for row in rows] == [one["baselines"]["naive"] for one in ahead]
    (link,) = page.all("#forecast-json")
    assert client.get(link.get_attribute("href")).json()["model_name"] == "milk"


def test_rows_of_a_file_are_predicted_as_the_interface_does(page, client, tmp_path, downloads):
    file = tmp_path / "rows.csv"
    file.write_text(as_csv(ROWS))
    expected = answered(client, ROWS)
    page.upload(file)
    page.predict()
    head, *rows = page.table("result-table")
    assert head == ["Row", "Prediction, CLP/l"]
    assert rows == [[str(at + 1), f"{price:.2f}"] for at, price in enumerate(expected)]
    page.driver.find_element(By.ID, "download").click()
    saved = downloads / "milk-predictions.csv"
    page.wait(saved.exists, what="the file is saved")
    written = list(csv.DictReader(io.StringIO(saved.read_text())))
    shutil.move(saved, tmp_path)
    assert [float(row["prediction"]) for row in written] == expected
    assert [row["row"] for row in written] == [str(at + 1) for at in range(len(ROWS))]


def test_rows_of_the_example_are_predicted_with_their_months(page):
    page.driver.find_element(By.ID, "example").click()
    page.wait(lambda: "filled in" in page.text("status"), what="the example is filled in")
    page.predict()
    head, *rows = page.table("result-table")
    assert head == ["Row", "Month", "Prediction, CLP/l"]
    assert rows[-1] == ["12", "2021-02", "257.50"]
    assert "Column month was not used" in page.text("status")


@pytest.mark.parametrize(
    ("sent", "predicted"),
    [
        ('\ufeff"rain_mean";"Precio_leche_lag_1"\r\n"12,5";"200"\r\n1;2,25\r\n', [112.5, 101.0]),
        ("Precio_leche_lag_1\train_mean\n200\t12,5\n", [112.5]),
        ("RAIN_MEAN,precio_leche_lag_1\n1e1,.5\n\n\n+2.,3\n", [110.0, 102.0]),
        ("Precio_leche,rain_mean,Precio_leche_lag_1\n,12.5,200\n", [112.5]),
        ('"rain_mean","Precio_leche_lag_1"\n"12.5","200"', [112.5]),
    ],
    ids=["spreadsheet", "tabs", "case", "target", "quotes"],
)
def test_rows_as_programs_write_them_are_read(page, sent, predicted):
    page.paste(sent)
    page.predict()
    assert page.text("problems") == ""
    _, *rows = page.table("result-table")
    assert [float(row[1]) for row in rows] == predicted


def test_rows_in_the_letters_of_an_older_spreadsheet_are_read(page, tmp_path):
    (tmp_path / "old.csv").write_bytes(
        "año;rain_mean;Precio_leche_lag_1\n".encode("cp1252") + b"1;2;3"
    )
    page.upload(tmp_path / "old.csv")
    page.predict()
    assert page.wrong() == [("año", "is no column of this model")]


def test_rows_wrong_cells_are_all_marked_where_they_are(page):
    page.paste(as_csv([[1, 2], ["abc", 3], [4, ""], ["1e999", "-1.5.2"], [5], [6, 7, 8]]))
    page.predict()
    assert page.wrong() == [
        ("abc", "expected a finite number"),
        ("", "is empty; expected a number"),
        ("1e999", "is too large; expected a finite number"),
        ("-1.5.2", "expected a finite number"),
        ("", "is missing; the row is too short"),
        ("8", "is one too many; the header has no name for it"),
    ]
    assert "6 cells in 5 rows cannot be read" in page.text("problems")
    assert page.table("sent-table")[2][1].startswith("abc")
    assert not page.all("#results table")


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        (f'{HEAD}\n"1,5",2\n', [("1,5", "has a comma; expected a decimal point")]),
        (
            f"{HEAD}\n1,5;2\n1.234;2\n".replace("mean,", "mean;"),
            [("1.234", "has a point; others here have a decimal comma")],
        ),
    ],
    ids=["comma among points", "point among commas"],
)
def test_rows_with_two_decimal_marks_are_not_guessed(page, sent, wrong):
    page.paste(sent)
    page.predict()
    assert page.wrong() == wrong


def test_rows_far_below_are_marked_too(page):
    rows = [[row, 200] for row in range(300)]
    rows[250][0] = "x"
    page.paste(as_csv(rows))
    page.predict()
    assert page.wrong() == [("x", "expected a finite number")]
    assert page.table("sent-table")[-1][0] == "251"


@pytest.mark.parametrize(
    ("head", "wrong"),
    [
        ("rain_mean", [("Precio_leche_lag_1", "is missing")]),
        (
            "rain_mean,wind",
            [("wind", "is no column of this model"), ("Precio_leche_lag_1", "is missing")],
        ),
        (f"{HEAD},RAIN_MEAN", [("RAIN_MEAN", "is here twice, also as rain_mean")]),
        (f"{HEAD},", [("(no name)", "has no name")]),
    ],
    ids=["missing", "unknown", "twice", "no name"],
)
def test_rows_wrong_columns_are_told_in_the_head(page, head, wrong):
    page.paste(as_csv([[1] * len(head.split(","))], head))
    page.predict()
    assert page.wrong() == wrong


def test_rows_without_any_are_told(page):
    page.paste(HEAD)
    page.predict()
    assert "There are no rows" in page.text("problems")


def test_rows_outside_the_range_are_predicted_and_marked(page):
    page.paste(as_csv([[1, 2], [900, 2]]))
    page.predict()
    head, *rows = page.table("result-table")
    assert head[-1] == "Outside the training range"
    assert [row[-1] for row in rows] == ["", "rain_mean 900 (0 to 310.5)"]
    (odd,) = page.all("#sent-table td.odd")
    assert odd.text == "900\noutside 0 to 310.5"


def test_rows_the_server_refuses_are_told_at_their_place(page):
    page.choose("steep")
    rows = [[1, 2]] * 7
    page.paste(as_csv([*rows, ["1e300", 2]]))
    page.predict()
    assert "Nothing was predicted: Row 2 gives inf" in page.text("problems")
    ((cell, told),) = page.wrong()
    assert cell == "1e300"
    assert "too far from the training data" in told
    assert page.table("sent-table")[8][1].startswith("1e300")
    assert all("400" in one for one in complaints(page.driver))  # the answer itself, nothing else


def test_rows_of_more_bytes_than_are_taken_at_once_are_sent_in_parts(browser, tmp_path):
    write(whole_bundle(), tmp_path / "model")
    few = ("--max-body-bytes", "200", "--access-log")
    with running_predictor(tmp_path, str(tmp_path / "model"), *few) as running:
        page = PredictorPage.open(browser, f"{running.url}/")
        page.wait(lambda: page.text("what-if-result"), what="the newest row is predicted")
        before = running.log.count("milk:predict")
        page.paste(as_csv(ROWS))
        page.predict()
        assert len(page.table("result-table")) == len(ROWS) + 1
        assert running.log.count("milk:predict") > before + 1


def test_rows_cleared_leave_nothing(page):
    page.paste(as_csv([["x", 1]]))
    page.predict()
    page.all("[type=reset]")[0].click()
    assert page.text("problems") + page.text("sent") + page.text("results") == ""


def test_rows_hostile_cells_and_columns_stay_text(page):
    page.paste(f'{HEAD},"{HOSTILE}"\n"{HOSTILE}",1,1\n')
    page.predict()
    assert [cell for cell, _ in page.wrong()] == [HOSTILE, HOSTILE]
    assert page.all("#sent img") == []


def test_model_with_hostile_names_stays_text(browser, tmp_path):
    features = [Feature(name=HOSTILE, unit=HOSTILE, minimum=0.0, maximum=1.0)]
    features += [Feature(name="other", unit="1", minimum=0.0, maximum=1.0)]
    write(whole_bundle(features=tuple(features)), tmp_path / "model")
    with running_predictor(tmp_path, str(tmp_path / "model"), "--model-name", HOSTILE) as running:
        page = PredictorPage.open(browser, f"{running.url}/", model=HOSTILE)
        page.wait(lambda: page.all("#chart .dot"), what="the chart is drawn")
        page.driver.find_element(By.ID, "example").click()
        page.wait(lambda: "filled in" in page.text("status"), what="the example is filled in")
        page.predict()
        assert len(page.table("result-table")) == 13
        assert page.all("img") == []
        assert page.driver.title == "Milk price in Chile"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_page_fits_its_screen_in_both_schemes(page, scheme, size):
    show(page.driver, scheme=scheme, size=size)
    page.driver.refresh()
    page.wait(lambda: page.all("#chart .dot"), what="the chart is drawn")
    kind = "phone" if size == PHONE else "desktop"
    assert not page.is_too_wide()
    page.paste(as_csv([["abc", ""], [900, 2], [1, 2, 3]]))
    page.predict()
    assert not page.is_too_wide()
    screenshot(page.driver, f"{scheme}-{kind}-wrong")
    page.paste(as_csv([[1, 2], [900, 2]]))
    page.predict()
    page.click(page.all("#accuracy summary")[0])
    assert not page.is_too_wide()
    screenshot(page.driver, f"{scheme}-{kind}-predicted")
    paper = page.driver.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(251, 250, 247)", "dark": "rgb(23, 25, 28)"}[scheme]


def test_report_is_shown_alone_and_inside_the_page(page):
    page.wait(lambda: page.all("#report-link"), what="the report is offered")
    page.all("#report-part summary")[0].click()
    page.wait(lambda: page.all("iframe"), what="the report is inside")
    (frame,) = page.all("iframe")
    assert frame.get_attribute("sandbox") == "allow-scripts"
    page.driver.switch_to.frame(frame)
    page.wait(lambda: page.text("drawn") == "drawn by its script", what="the report is drawn")
    page.driver.switch_to.default_content()
    page.all("#report-link")[0].click()
    page.wait(lambda: page.all("#drawn"), what="the report is opened")
    assert page.text("drawn") == "drawn by its script"
    assert page.all("h1")[0].value_of_css_property("color") == "rgba(1, 2, 3, 1)"


def test_page_with_a_token_in_its_address_works_as_a_whole(browser, tmp_path):
    write(whole_bundle(), tmp_path / "model")
    (tmp_path / "tokens").write_text("s3cret")
    options = ("--token-file", str(tmp_path / "tokens"))
    with running_predictor(tmp_path, str(tmp_path / "model"), *options) as running:
        address = running.url.replace("http://", "http://anyone:s3cret@")
        page = PredictorPage.open(browser, f"{address}/")
        page.wait(lambda: page.all("#chart .dot"), what="the chart is drawn")
        page.paste(as_csv(ROWS))
        page.predict()
        assert len(page.table("result-table")) == len(ROWS) + 1
        page.all("#report-part summary")[0].click()
        page.wait(lambda: page.all("iframe"), what="the report is inside")
        page.driver.switch_to.frame(page.all("iframe")[0])
        page.wait(lambda: page.all("#drawn"), what="the report is drawn")


def test_model_of_very_many_is_typed(browser, tmp_path):
    """Of so many no list is shown; one that is not among those proposed can be typed."""
    publish_many(tmp_path / "registry", [f"milk-{number:03}" for number in range(MAX_OPTIONS + 2)])
    with running_predictor(tmp_path, f"{tmp_path}/registry/*@champion") as predictor:
        page = PredictorPage.open(browser, f"{predictor.url}/", model="milk-000")
        assert len(page.all("#models option")) == MAX_OPTIONS
        last = f"milk-{MAX_OPTIONS + 1}"
        field = browser.find_element(By.ID, "model")
        field.clear()
        field.send_keys(last, Keys.ENTER)
        page.wait(lambda: f" of {last}" in page.text("columns"), what="the page shows it")
        other = browser.find_element(By.ID, "compare")
        other.send_keys("milk-001", Keys.ENTER)
        page.wait(lambda: page.table("comparison-table"), what="both are there")
        assert page.table("comparison-table")[0] == ["Model", last, "milk-001", "Difference"]
        page.paste("rain_mean,month\n1,2\n")
        page.predict()
        assert page.table("result-table")[1][1] == f"{101 + MAX_OPTIONS + 1}.00"


def test_model_is_announced_alone_while_it_is_read(page):
    page.wait(lambda: page.all("#chart .dot"), what="the chart is drawn")
    page.driver.execute_script(
        """const real = window.fetch;
        window.fetch = (...given) => new Promise((resolve) => {
            window.release = () => { window.fetch = real; resolve(real(...given)); };
        });"""
    )
    Select(page.driver.find_element(By.ID, "model")).select_by_value("cheese")
    page.wait(lambda: page.text("facts") == "Reading cheese …", what="it is announced")
    assert page.all("#chart .dot") == page.table("forecasts") == []
    page.driver.execute_script("release()")
    page.wait(lambda: " of cheese" in page.text("columns"), what="it is read")
    assert page.text("facts").startswith("Version ")


def test_server_that_was_away_is_asked_again_by_a_button(page):
    page.wait(lambda: page.text("what-if-result"), what="the newest row is predicted")
    with server_away(page.driver):
        Select(page.driver.find_element(By.ID, "model")).select_by_value("cheese")
        page.wait(lambda: page.all("#facts button"), what="it can be tried again")
        assert page.text("facts") == "The server cannot be reached; try again. Try again"
        assert page.text("report-part") == page.text("columns") == page.text("what-if-note") == ""
    page.click(page.all("#facts button")[0])
    page.wait(lambda: " of cheese" in page.text("columns"), what="the model is there")
    page.wait(lambda: page.driver.current_url.endswith("?model=cheese"), what="so is its address")
    page.wait(lambda: page.text("what-if-result"), what="the newest row is predicted")
    with server_away(page.driver):
        page.change("rain_mean", 7)
        page.wait(lambda: page.all("#what-if-result button"), what="it can be tried again")
    page.click(page.all("#what-if-result button")[0])
    page.wait(lambda: "from" in page.text("what-if-result"), what="the changed row is predicted")


@pytest.mark.parametrize("asked", ["v2/models/wide", "forecast/wide", "rows/wide"])
def test_model_that_fails_after_another_was_chosen_leaves_that_one_alone(page, asked):
    page.driver.execute_script(
        """const real = window.fetch;
        window.fetch = (address, ...given) => String(address).endsWith(arguments[0])
            ? new Promise((_, reject) => { window.fail = () => reject(new TypeError("away")); })
            : real(address, ...given);""".replace("arguments[0]", repr(asked))
    )
    models = Select(page.driver.find_element(By.ID, "model"))
    models.select_by_value("wide")
    page.wait(lambda: page.driver.execute_script("return Boolean(window.fail)"), what="it is asked")
    models.select_by_value("cheese")
    page.wait(lambda: page.text("what-if-result"), what="the other one is there")
    places = ("facts", "forecast-note", "what-if-note", "what-if-result")
    before = [page.text(place) for place in places]
    # The turn after the failure is over once a later task has run.
    page.driver.execute_async_script("fail(); setTimeout(arguments[0]);")
    assert [page.text(place) for place in places] == before
    assert before[0].startswith("Version ")
