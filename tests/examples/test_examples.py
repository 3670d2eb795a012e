"""The example requests, sent to a real predictor of the model they are for."""

import json
import runpy
import subprocess
import sys

import pytest

from milkprice.forecasting.codec import FORECAST_FILE, decode_forecast
from scripts import example_bodies
from scripts.e2e import checks
from scripts.e2e.checks import Address
from tests.support.models import published_model
from tests.support.registries import open_registry
from tests.support.serving import running_predictor

MODEL = "milk-price"
FOLDER = example_bodies.FOLDER
PREDICT, INFER = f"/v1/models/{MODEL}:predict", f"/v2/models/{MODEL}/infer"
ROUTES = {
    "v1": ("v1.json", PREDICT, lambda said: said["predictions"]),
    "v1-explain": ("v1.json", f"/v1/models/{MODEL}:explain", lambda said: said["predictions"]),
    "v1-rows": ("v1-rows.json", PREDICT, lambda said: said["predictions"]),
    "v2": ("v2.json", INFER, lambda said: said["outputs"][0]["data"]),
    "v2-columns": ("v2-columns.json", INFER, lambda said: said["outputs"][0]["data"]),
    "predict": ("predict.json", "/predict", lambda said: [said["prediction"]]),
    "predict-query": ("predict-query.json", "/predict", lambda said: said["prediction"]),
}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def registry_folder(tmp_path_factory):
    """Return a registry whose champion learnt from the sample."""
    return published_model(tmp_path_factory.mktemp("examples") / "registry").registry


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
    with predictor.client() as client:
        headers = {"content-type": "application/json"}
        response = client.post(path, content=(FOLDER / file).read_bytes(), headers=headers)
    assert response.status_code == 200, response.text
    found = read(response.json())
    assert found == pytest.approx(expected.predictions[: len(found)], rel=1e-9)
    assert len(found) == (1 if file == "predict.json" else 2)
    assert "out_of_range" not in response.text


@pytest.mark.parametrize(
    ("file", "months"),
    [
        pytest.param(
            "v1-horizon.json", [f"2021-{month:02}" for month in range(3, 9)], id="the next six"
        ),
        pytest.param("v1-months.json", ["2021-03", "2020-05"], id="by name"),
    ],
)
def test_example_without_rows_is_answered_month_by_month(predictor, registry_folder, file, months):
    bundle = open_registry(registry_folder).fetch(MODEL)
    forecast = decode_forecast(bundle.files[FORECAST_FILE], where=MODEL)
    with predictor.client() as client:
        headers = {"content-type": "application/json"}
        said = client.post(PREDICT, content=(FOLDER / file).read_bytes(), headers=headers).json()
    found = [(one["month"], one["price"]) for one in said["predictions"]]
    expected = [forecast.at(month, horizon=3 if month < "2021" else None) for month in months]
    assert found == [(one.month, one.price) for one in expected]


def test_grpc_example_is_answered_alike(predictor, expected):
    found = checks.predict_grpc(Address(predictor.url, predictor.grpc_address, MODEL))
    assert checks.compare(found, expected)


def test_demo_shows_model_forecasts_reasons_and_flag(predictor, expected):
    said = demo(predictor.url)
    assert said.returncode == 0, said.stderr
    assert expected.version in said.stdout
    for forecast in expected.predictions:
        assert said.stdout.count(f"{forecast:.2f}") >= 2
    assert "the average month" in said.stdout
    assert said.stdout.splitlines()[-1].startswith("Precio_leche_lag_1")


def test_demo_of_a_model_with_other_columns_asks_amid_its_ranges(registry_folder, tmp_path):
    uri = f"{registry_folder}/milk-price-no-milk@champion"
    with running_predictor(tmp_path, uri) as other:
        said = demo(other.url, "--model", "milk-price-no-milk")
    assert said.returncode == 0, said.stderr
    assert "lagged-no-milk" in said.stdout


def test_demo_without_a_predictor_says_where_it_looked():
    said = demo("http://127.0.0.1:9")
    assert said.returncode == 1
    assert said.stderr.startswith("error: http://127.0.0.1:9 does not answer")


def test_demo_of_an_unknown_model_says_what_was_answered(predictor):
    said = demo(predictor.url, "--model", "cheese")
    assert said.returncode == 1
    assert "answered 404" in said.stderr


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


def demo(*arguments):
    """Run the demo as a person does, without the project's environment."""
    return subprocess.run(
        [sys.executable, "-I", FOLDER / "demo.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
