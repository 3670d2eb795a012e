"""The example requests, sent to a real predictor of the model they are for."""

import json
import runpy
import subprocess
import sys
from operator import itemgetter

import pytest

from milkprice.forecasting.codec import FORECAST_FILE, decode_forecast
from scripts import example_bodies
from scripts.e2e import checks
from scripts.e2e.checks import Address
from tests.support.registries import open_registry
from tests.support.serving import running_predictor

MODEL = "milk-price"
FOLDER = example_bodies.FOLDER
PREDICT, INFER = f"/v1/models/{MODEL}:predict", f"/v2/models/{MODEL}/infer"
ROUTES = {
    "v1": ("v1.json", PREDICT, itemgetter("predictions")),
    "v1-explain": ("v1.json", f"/v1/models/{MODEL}:explain", itemgetter("predictions")),
    "v1-rows": ("v1-rows.json", PREDICT, itemgetter("predictions")),
    "v2": ("v2.json", INFER, lambda answer: answer["outputs"][0]["data"]),
    "v2-columns": ("v2-columns.json", INFER, lambda answer: answer["outputs"][0]["data"]),
    "predict": ("predict.json", "/predict", lambda answer: [answer["prediction"]]),
    "predict-query": ("predict-query.json", "/predict", itemgetter("prediction")),
}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def registry_folder(trained, tmp_path_factory):
    """Return a registry whose champion learnt from the sample."""
    return trained(tmp_path_factory.mktemp("examples")).registry


@pytest.fixture(scope="module")
def predictor(registry_folder, tmp_path_factory):
    """Return a predictor of that champion."""
    folder = tmp_path_factory.mktemp("predictor")
    with running_predictor(folder, f"{registry_folder}/{MODEL}@champion") as running:
        yield running


@pytest.fixture(scope="module")
def expected(registry_folder):
    """Return what the champion forecasts for the example rows."""
    return checks.published_answer(open_registry(registry_folder), MODEL, "champion")


def test_files_are_what_the_sample_gives():
    for name, body in example_bodies.bodies(example_bodies.sample_rows()).items():
        assert (FOLDER / name).read_text() == example_bodies.written(body), name


def test_columns_are_those_of_the_model_in_its_order(registry_folder):
    sidecar = open_registry(registry_folder).describe(MODEL)
    columns = [feature.name for feature in sidecar.features]
    assert sidecar.feature_set == example_bodies.FEATURES
    for row in checks.example("v1.json")["instances"]:
        assert list(row) == columns


@pytest.mark.parametrize(("file", "path", "read"), ROUTES.values(), ids=ROUTES)
def test_example_is_answered_as_the_published_version_forecasts(
    predictor, expected, file, path, read
):
    response = post_file(predictor, path, file)
    assert response.status_code == 200, response.text
    predictions = read(response.json())
    assert predictions == pytest.approx(expected.predictions[: len(predictions)], rel=1e-9)
    assert len(predictions) == (1 if file == "predict.json" else 2)
    assert "out_of_range" not in response.text


NEXT_SIX = [f"2021-{month:02}" for month in range(3, 9)]


@pytest.mark.parametrize(
    ("file", "months"),
    [("v1-horizon.json", NEXT_SIX), ("v1-months.json", ["2021-03", "2020-05"])],
    ids=["the next six", "by name"],
)
def test_example_without_rows_is_answered_month_by_month(predictor, registry_folder, file, months):
    bundle = open_registry(registry_folder).fetch(MODEL)
    forecast = decode_forecast(bundle.files[FORECAST_FILE], where=MODEL)
    answer = post_file(predictor, PREDICT, file).json()
    expected = [forecast.at(month, horizon=3 if month < "2021" else None) for month in months]
    prices = [(one["month"], one["price"]) for one in answer["predictions"]]
    assert prices == [(one.month, one.price) for one in expected]


def test_grpc_example_is_answered_alike(predictor, expected):
    address = Address(predictor.url, predictor.grpc_address, MODEL)
    assert checks.compare(checks.predict_grpc(address), expected)


def test_demo_shows_model_forecasts_reasons_and_flag(predictor, expected):
    done = demo(predictor.url)
    assert done.returncode == 0, done.stderr
    assert expected.version in done.stdout
    for forecast in expected.predictions:
        assert done.stdout.count(f"{forecast:.2f}") >= 2
    assert "the average month" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Precio_leche_lag_1")


def test_demo_of_a_model_with_other_columns_asks_amid_its_ranges(registry_folder, tmp_path):
    uri = f"{registry_folder}/milk-price-no-milk@champion"
    with running_predictor(tmp_path, uri) as other:
        done = demo(other.url, "--model", "milk-price-no-milk")
    assert done.returncode == 0, done.stderr
    assert "lagged-no-milk" in done.stdout


def test_demo_without_a_predictor_says_where_it_looked():
    done = demo("http://127.0.0.1:9")
    assert done.returncode == 1
    assert done.stderr.startswith("error: http://127.0.0.1:9 does not answer")


def test_demo_of_an_unknown_model_says_what_was_answered(predictor):
    done = demo(predictor.url, "--model", "cheese")
    assert done.returncode == 1
    assert "answered 404" in done.stderr


def test_demo_needs_nothing_but_python():
    loaded = set(sys.modules)
    runpy.run_path(str(FOLDER / "demo.py"))
    assert {name.split(".")[0] for name in set(sys.modules) - loaded} <= set(
        sys.stdlib_module_names
    )


def test_readme_names_every_file():
    text = (FOLDER / "README.md").read_text()
    for path in FOLDER.glob("*.json"):
        assert f"`{path.name}`" in text
        json.loads(path.read_text())


def post_file(predictor, path, file):
    body = (FOLDER / file).read_bytes()
    with predictor.client(headers={"content-type": "application/json"}) as client:
        return client.post(path, content=body)


def demo(*arguments):
    """Run the demo as a person does, without the project's environment."""
    return subprocess.run(
        [sys.executable, "-I", FOLDER / "demo.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
