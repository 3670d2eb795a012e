"""The text of each step as it lies in the compiled file, run alone, one step after the other."""

from contextlib import nullcontext
from pathlib import Path

import pytest
import yaml
from google.protobuf import json_format
from kfp import dsl
from kfp.pipeline_spec import pipeline_spec_pb2

from milkprice.cluster import inference_service
from milkprice.registry import Registry
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.training.settings import ALPHA_DEFAULT, DEGREE_DEFAULT, K_DEFAULT
from pipelines.compiled import PIPELINES, compile_pipeline
from tests.support.bundles import toy_bundle
from tests.support.cluster import NAMESPACE, MemoryCluster
from tests.support.registries import open_registry, publish_champion

ARTIFACTS = {"model": dsl.Model, "candidate": dsl.Model, "metrics": dsl.Metrics, "page": dsl.HTML,
             "search": dsl.Markdown, "leaderboard": dsl.Markdown, "summary": dsl.Markdown,
             "outcome": dsl.Markdown}  # fmt: skip
TRAINING = {"split": "time", "test_share": 0.2, "gap": 1, "seed": 42}
FORECAST = {"horizons": "1,3", "window": 0, "price_delay": 0, "rainfall_delay": 1,
            "macro_delay": 2, "forecasters": "seasonal drift, 3 years"}  # fmt: skip
SEARCH = {"k": K_DEFAULT, "degree": DEGREE_DEFAULT, "alpha": ALPHA_DEFAULT, "folds": 3,
          "ranking_seed": 164}  # fmt: skip


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled")
    return {name: list(yaml.safe_load_all(compile_pipeline(name, folder).path.read_text()))
            for name in PIPELINES}  # fmt: skip


@pytest.fixture
def step(documents, tmp_path):
    """Executes a step's own text in an empty namespace and calls what it defines."""
    executors = documents["milk_price"][0]["deploymentSpec"]["executors"]

    def call(component, outputs, /, **inputs):
        command = executors[f"exec-{component.replace('_', '-')}"]["container"]["command"]
        text = next(part for part in command if "\ndef " in part)
        namespace = {}
        exec(compile(text, component, "exec"), namespace)  # noqa: S102 - the very point of the test
        made = {key: artifact(tmp_path / component / key, key) for key in outputs}
        made["returned"] = namespace[component](**inputs, **{key: made[key] for key in outputs})
        return made

    return call


def artifact(path, key):
    path.parent.mkdir(parents=True, exist_ok=True)
    return ARTIFACTS.get(key, dsl.Dataset)(uri=str(path))


@pytest.mark.slow
def test_every_step_runs_from_its_text_alone(step, tmp_path):
    registry = str(tmp_path / "registry")
    files, as_of = step("identify", [], source="sample")["returned"]
    raw = step("ingest", ["prices", "rainfall", "macro", "sources"], source="sample", files=files)
    prices = step("clean_prices", ["table"], raw=raw["prices"], as_of=as_of)["table"]
    rainfall = step("clean_rainfall", ["table"], raw=raw["rainfall"], as_of=as_of)["table"]
    macro = step("clean_macro", ["table", "quarantine", "summary"], raw=raw["macro"],
                 as_of=as_of, clean="repaired")  # fmt: skip
    source = {"prices": prices, "rainfall": rainfall, "macro": macro["table"],
              "quarantine": macro["quarantine"]}  # fmt: skip
    where = {"alias": "champion", "registry": registry}
    delays = {name: FORECAST[name] for name in ("price_delay", "rainfall_delay", "macro_delay")}
    checked = step("check_source", ["findings", "summary"], models=[{"model": "milk-price"}],
                   clean="repaired", gate="better", **source, **delays, **where)  # fmt: skip
    table = step("build_features", ["table"], prices=prices, rainfall=rainfall,
                 macro=macro["table"], features="lagged")["table"]  # fmt: skip
    parts = step("split", ["train", "test", "sources"], table=table, **TRAINING)
    trained = step("train", ["model", "search"], rows=parts["train"], sources=raw["sources"],
                   name="milk-price", features="lagged", **TRAINING, **SEARCH)  # fmt: skip
    ahead = step("forecast", ["forecast", "leaderboard", "metrics"], prices=prices,
                 rainfall=rainfall, macro=macro["table"], **FORECAST)  # fmt: skip
    scored = step("evaluate", ["candidate", "forecasts", "scores", "metrics"],
                  model=trained["model"], rows=parts["test"], prices=prices, table=table,
                  forecast=ahead["forecast"])  # fmt: skip
    held_out = {key: scored[key] for key in ("candidate", "forecasts", "scores")}
    moved = step("drift", ["found", "summary", "metrics"], candidate=scored["candidate"],
                 name="milk-price", **where)  # fmt: skip
    judged = step("judge", ["verdict", "summary"], **held_out, moved=moved["found"], **source,
                  findings=checked["findings"], gate="better", **where)  # fmt: skip
    said = {"moved": moved["found"], "verdict": judged["verdict"]}
    told = step("report", ["page"], **held_out, quarantine=macro["quarantine"], **said)
    version = step("publish", [], candidate=scored["candidate"], page=told["page"], **said,
                   **where)["returned"]  # fmt: skip
    promoted = step("promote", ["outcome"], name="milk-price", version=version, **where)

    assert judged["returned"] is True
    assert promoted["returned"] is True
    assert "- Warning: precipitaciones.csv is 9 months" in Path(checked["summary"].path).read_text()
    assert "no champion" in Path(moved["summary"].path).read_text()
    assert ahead["metrics"].metadata["mae (forecast, 1 month)"] > 0
    assert Path(told["page"].path).read_text().startswith("<!doctype html>")
    models = Registry(open_store(registry, StoreSettings()))
    assert models.resolve("milk-price", "champion") == version
    assert prices.metadata["rows"] == 506
    assert len(raw["macro"].metadata["sha256"]) == 64
    assert macro["quarantine"].metadata["cells"] > 10_000
    assert table.metadata["columns"] == 144
    assert trained["model"].metadata["selector__k"] == 10
    assert scored["metrics"].metadata["mae"] < scored["metrics"].metadata["rmse"]
    assert "mae (naive)" in scored["metrics"].metadata


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """A cluster with the predictor, and a registry that stands for any address."""
    cluster = MemoryCluster()
    document = inference_service(
        "milk-price", namespace=NAMESPACE, image="x:1", model_uri="s3://models/milk@champion"
    )
    cluster.create_service(NAMESPACE, document)
    store = open_store(str(tmp_path / "registry"), StoreSettings())
    monkeypatch.setattr("milkprice.steps.validation.open_cluster", lambda: nullcontext(cluster))
    monkeypatch.setattr("milkprice.steps.validation.open_store", lambda *_: store)
    return cluster


@pytest.mark.slow
def test_deploy_runs_from_its_text_alone(step, memory, tmp_path):
    version = publish_champion(open_registry(tmp_path / "registry"), toy_bundle())
    served = step("deploy", [], name="milk", alias="champion", registry="s3://other",
                  namespace=NAMESPACE, service="milk-price")["returned"]  # fmt: skip
    assert served == version
    assert memory.model_uri() == "s3://other/milk@champion"


@pytest.mark.parametrize("name", PIPELINES)
def test_compiled_file_is_a_pipeline_spec_to_the_last_field(documents, name):
    spec = pipeline_spec_pb2.PipelineSpec()
    json_format.ParseDict(documents[name][0], spec)  # an unknown field is an error
    assert spec.pipeline_info.name == name.replace("_", "-")
    assert spec.schema_version == "2.1.0"
    platform = pipeline_spec_pb2.PlatformSpec()
    json_format.ParseDict(documents[name][1], platform)
    assert list(platform.platforms) == ["kubernetes"]
