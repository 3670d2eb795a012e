"""Forecasts of months from a running predictor, in every way that a body can come."""

import pytest

from milkprice.registry.bundle import write
from serving.settings import INLINE_BYTES
from tests.support.bundles import whole_bundle
from tests.support.serving import running_predictor

PREDICT = "/v1/models/milk:predict"
MONTHS = {"instances": [{"month": "2021-03"}, {"month": "2020-05", "horizon": 3}]}
EVENT = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "test", "ce-type": "months"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    """A predictor of a model with forecasts."""
    folder = tmp_path_factory.mktemp("forecasts")
    write(whole_bundle(), folder / "model")
    with running_predictor(folder, str(folder / "model")) as running:
        yield running


@pytest.fixture
def client(predictor):
    """An HTTP client of the predictor."""
    with predictor.client() as client:
        yield client


def test_months_are_forecast_alike_however_they_come(client):
    body = client.build_request("POST", PREDICT, json=MONTHS).content
    small = client.post(PREDICT, content=body)
    assert [one["month"] for one in small.json()["predictions"]] == ["2021-03", "2020-05"]
    beyond_the_fast_path = client.post(PREDICT, content=body + b" " * INLINE_BYTES)
    assert beyond_the_fast_path.content == small.content
    assert client.post(PREDICT, json=MONTHS, headers=EVENT).json() == small.json()


def test_months_of_a_version_are_forecast_if_it_serves(client):
    version = client.get("/v2/models/milk").json()["versions"][0]
    answer = client.post(f"/v1/models/milk/versions/{version}:predict", json={"horizon": 1})
    assert answer.json()["model_version"] == version
    assert client.post("/v1/models/milk/versions/1:predict", json={}).status_code == 404
