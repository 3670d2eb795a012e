"""Forecasts and other artifacts of a model, over HTTP."""

import httpx
import pytest

from milkprice.registry.bundle import write
from serving.settings import INLINE_BYTES
from tests.support.bundles import REPORT, whole_bundle
from tests.support.serving import running_predictor

PREDICT = "/v1/models/milk:predict"
MONTHS = {"instances": [{"month": "2021-03"}, {"month": "2020-05", "horizon": 3}]}
EVENT = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "test", "ce-type": "months"}
TOKEN = "s3cret"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    """A predictor of a model with all artifacts that requires a token."""
    folder = tmp_path_factory.mktemp("forecasts")
    write(whole_bundle(), folder / "model")
    (folder / "tokens").write_text(TOKEN)
    tokens = ("--token-file", str(folder / "tokens"))
    with running_predictor(folder, str(folder / "model"), *tokens) as running:
        yield running


@pytest.fixture
def client(predictor):
    """A client with a token."""
    with predictor.client(headers={"authorization": f"Bearer {TOKEN}"}) as client:
        yield client


def months(answer):
    assert answer.status_code == 200, answer.text
    return [(one["month"], one["horizon"]) for one in answer.json()["predictions"]]


def test_months_are_forecast_by_month_and_by_horizon(client):
    assert months(client.post(PREDICT, json=MONTHS)) == [("2021-03", 1), ("2020-05", 3)]
    assert months(client.post(PREDICT, json={"horizon": 2})) == [("2021-03", 1), ("2021-04", 2)]


def test_months_of_a_version_are_forecast_if_it_serves(client):
    version = client.get("/v2/models/milk").json()["versions"][0]
    answer = client.post(f"/v1/models/milk/versions/{version}:predict", json={"horizon": 1})
    assert answer.json()["model_version"] == version
    assert client.post("/v1/models/milk/versions/1:predict", json={}).status_code == 404


def test_months_in_a_body_beyond_the_fast_path_are_forecast_alike(client):
    body = client.build_request("POST", PREDICT, json=MONTHS).content
    padded = client.post(PREDICT, content=body + b" " * INLINE_BYTES)
    assert padded.content == client.post(PREDICT, content=body).content


def test_months_of_a_cloud_event_are_forecast(client):
    plain = client.post(PREDICT, json=MONTHS).json()
    answer = client.post(PREDICT, json=MONTHS, headers=EVENT)
    assert answer.status_code == 200, answer.text
    assert answer.json() == plain


def test_month_out_of_range_error_says_what_is_missing(client):
    answer = client.post(PREDICT, json={"instances": [{"month": "2023-01"}]})
    assert answer.status_code == 400
    assert answer.json()["error"] == (
        "There is no forecast of '2023-01': forecasts end in 2022-02, since prices are known to "
        "2021-02; train on prices of 11 more months."
    )


def test_month_is_not_explained(client):
    answer = client.post("/v1/models/milk:explain", json=MONTHS)
    assert answer.status_code == 400
    assert "no contributions to explain" in answer.json()["error"]


def test_artifacts_of_the_model_are_served(client):
    assert client.get("/forecast/milk").json()["origin"] == "2021-02"
    assert client.get("/report/milk").content == REPORT
    assert client.get("/rows/milk").text.startswith("month,rain_mean,Precio_leche_lag_1\n")


def test_page_is_for_browsers_with_the_token_as_password(predictor):
    page = {"accept": "text/html"}
    with predictor.client() as anyone:
        assert anyone.get("/").json() == {"status": "alive"}
        refused = anyone.get("/", headers=page)
        page_response = anyone.get("/", headers=page, auth=httpx.BasicAuth("anyone", TOKEN))
        head = anyone.head("/", headers=page, auth=httpx.BasicAuth("anyone", TOKEN))
    assert refused.status_code == 401
    assert len(refused.headers.get_list("www-authenticate")) == 2
    assert (page_response.status_code, head.status_code) == (200, 200)
    assert "Milk price in Chile" in page_response.text
    assert head.content == b""


def test_password_of_a_browser_is_refused_to_pages_of_other_sites(predictor):
    with predictor.client(auth=httpx.BasicAuth("anyone", TOKEN)) as browser:
        for site, status in (("cross-site", 403), ("same-origin", 200)):
            headers = {"sec-fetch-site": site}
            answer = browser.post(PREDICT, json={"horizon": 1}, headers=headers)
            assert answer.status_code == status
