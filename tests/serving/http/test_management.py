"""Forecasts by month, and what else is published with a model, over HTTP."""

import csv
import io
import json

import pytest

from milkprice.forecasting.errors import NoMonthlyForecastsError
from serving.errors import ArtifactMissingError, RequestFieldError
from serving.http.inference import PredictionRoutes
from serving.http.management import ManagementRoutes
from serving.http.messages import Request
from serving.models.description import metadata
from serving.settings import Limits
from serving.statuses import http_status
from tests.support.bundles import REPORT, tiny_bundle, whole_bundle
from tests.support.forecasts import small_forecast
from tests.support.repositories import handle_of, repository_of


@pytest.fixture
def repository():
    return repository_of(handle_of(whole_bundle()), handle_of(tiny_bundle(), name="plain"))


@pytest.fixture
def artifacts(repository):
    return ManagementRoutes(repository)


@pytest.fixture
def predictions(repository):
    return PredictionRoutes(repository, Limits())


def asked(name="milk", document=None):
    return Request(name, None, {}, json.dumps(document).encode())


def test_predict_months_are_answered_by_name(predictions, repository):
    response = predictions.v1_predict(asked(document={"instances": [{"month": "2021-03"}]}))
    answer = json.loads(response.body)
    assert [one["price"] for one in answer["predictions"]] == [276.0]
    assert answer["model_version"] == repository.handles["milk"].model.version


def test_explain_month_is_refused(predictions):
    document = {"horizon": 3}
    with pytest.raises(RequestFieldError, match="no contributions to explain"):
        predictions.v1_explain(asked(document=document))


def test_predict_month_of_a_model_without_forecasts_is_the_clients_mistake(predictions):
    with pytest.raises(NoMonthlyForecastsError, match=r"plain .* brings no forecasts by month"):
        predictions.v1_predict(asked("plain", {"horizon": 3}))


def test_forecast_is_the_whole_forecast_and_whose_it_is(artifacts, repository):
    response = artifacts.forecast(asked())
    told = json.loads(response.body)
    forecast = small_forecast()
    assert told["prices"] == list(forecast.prices)
    assert [one["month"] for one in told["ahead"]] == [one.month for one in forecast.future]
    assert len(told["past"]) == len(forecast.past)
    assert len(told["standings"]) == len(forecast.leaderboard)
    assert (told["model_name"], told["unit"]) == ("milk", "CLP/l")
    assert told["model_version"] == repository.handles["milk"].model.version


def test_report_may_neither_fetch_nor_ask_as_its_reader(artifacts):
    response = artifacts.report(asked())
    assert response.body == REPORT
    assert dict(response.headers)[b"content-security-policy"] == (
        b"sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; "
        b"script-src 'unsafe-inline'; img-src data:"
    )


def test_rows_are_the_newest_without_what_is_predicted(artifacts):
    response = artifacts.rows(asked())
    head, *rows = csv.reader(io.StringIO(response.body.decode()))
    assert dict(response.headers)[b"content-type"] == b"text/csv; charset=utf-8"
    assert head == ["month", "rain_mean", "Precio_leche_lag_1"]
    assert (rows[0][0], rows[-1][0], len(rows)) == ("2020-03", "2021-02", 12)


def test_rows_of_a_model_that_needs_a_month_have_that_column_only():
    features = tiny_bundle().sidecar.features
    repository = repository_of(handle_of(whole_bundle(features=features)))
    head = ManagementRoutes(repository).rows(asked()).body.splitlines()[0]
    assert head == b"rain_mean,month"


@pytest.mark.parametrize(
    ("route", "artifact"),
    [("forecast", "forecasts"), ("report", "a report"), ("rows", "a table")],
)
def test_artifact_that_was_not_published_is_404_and_named(artifacts, route, artifact):
    message = f"plain .* was published without {artifact}"
    with pytest.raises(ArtifactMissingError, match=message) as caught:
        getattr(artifacts, route)(asked("plain"))
    assert http_status(caught.value) == 404


def test_description_says_which_months_are_forecast_and_where_parts_are(repository):
    told = metadata(repository.handles["milk"])["properties"]
    assert (told["forecasts_from"], told["forecasts_to"]) == ("2018-03", "2022-02")
    assert told["forecasts_at"] == "/forecast/milk"
    assert (told["report_at"], told["rows_at"]) == ("/report/milk", "/rows/milk")
    plain = metadata(repository.handles["plain"])["properties"]
    assert not {"forecasts_from", "forecasts_to", "report_at", "rows_at"} & plain.keys()
