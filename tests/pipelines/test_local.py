"""Compiled files, run here by Kubeflow's own local runner."""

import json
from contextlib import nullcontext
from datetime import datetime, timezone

import pandas as pd
import pytest
from kfp import compiler, dsl

from milkprice.data.formats import names
from milkprice.data.sample import generate, generate_prices
from milkprice.data.sources import price_key
from milkprice.files import write_bytes
from milkprice.forecasting.settings import ForecastSettings
from milkprice.registry import Registry
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.workflow import RunSettings, run
from pipelines.compiled import compile_pipeline
from pipelines.errors import PipelineStepError
from pipelines.local import run_local
from pipelines.results import model_results, summaries
from tests.support.apiserver import running_api
from tests.support.canaries import OLD, address, spec, ten_pods

pytestmark = pytest.mark.slow

QUICK = "seasonal drift, 3 years; seasonal drift, 10 years"  # everybody takes a quarter of a minute
BOTH = [
    {"model": "milk-price", "features": "lagged"},
    {"model": "milk-price-no-milk", "features": "lagged-no-milk"},
]
# What steps say of an artifact on Kubeflow's page: step, output, one of the facts.
FACTS = [
    ("ingest", "macro", "sha256"),
    ("clean-prices", "table", "rows"),
    ("clean-rainfall", "table", "rows"),
    ("clean-macro", "table", "rows"),
    ("clean-macro", "quarantine", "cells"),
    ("build-features", "table", "columns"),
    ("forecast", "metrics", "mae (forecast, 1 month)"),
    ("split", "test", "rows"),
    ("train", "model", "selector__k"),
    ("evaluate", "metrics", "mae (naive)"),
]


class Steps(list):
    def __call__(self, step, state):
        self.append((step, state))


@pytest.fixture
def run_here(python):
    """Runs a pipeline in a folder."""

    def call(tmp_path, name="milk_price", steps=None, **arguments):
        compiled = compile_pipeline(name, tmp_path / "build")
        if "forecasters" in compiled.parameters:
            arguments.setdefault("forecasters", QUICK)
        return run_local(
            compiled.path,
            arguments,
            root=tmp_path / "runs",
            python=python,
            announce=Steps() if steps is None else steps,
        )

    return call


def tables_of(folder):
    """Addresses of what data_processing made, as training wants them."""
    return {
        "table": str(folder / "build-features" / "table"),
        "prices": str(folder / "clean-prices" / "table"),
        "rainfall": str(folder / "clean-rainfall" / "table"),
        "macro": str(folder / "clean-macro" / "table"),
        "quarantine": str(folder / "clean-macro" / "quarantine"),
    }


def metadata(folder, step, output):
    """What the step of the first model said of an artifact."""
    file = next(folder.glob(f"**/{step}/executor_output.json"))
    return json.loads(file.read_text())["artifacts"][output]["artifacts"][0]["metadata"]


def registry(tmp_path):
    return Registry(open_store(str(tmp_path / "registry"), StoreSettings()))


def in_memory(tmp_path, source):
    """The same job without Kubeflow, its registry apart."""
    settings = RunSettings(source=source, registry=str(tmp_path / "direct"), cache=tmp_path,
                           forecast=ForecastSettings(forecasters=tuple(QUICK.split("; "))),
                           store=StoreSettings())  # fmt: skip
    return run(settings, now=datetime.now(timezone.utc), step=nullcontext)


@pytest.mark.parametrize("source", ["sample", "real"])
def test_whole_job_gives_the_model_of_the_command_line(run_here, tmp_path, source, request):
    place = "sample" if source == "sample" else str(request.getfixturevalue("shared_data"))
    steps = Steps()
    done = run_here(
        tmp_path, steps=steps, source=place, registry=str(tmp_path / "registry"), models=BOTH
    )
    direct = in_memory(tmp_path, place).bundle.sidecar
    published = registry(tmp_path).describe("milk-price", "champion")
    assert published.files == direct.files
    assert published.metrics == direct.metrics
    assert published.version.rpartition("-")[2] == direct.version.rpartition("-")[2]
    assert registry(tmp_path).names() == ["milk-price", "milk-price-no-milk"]
    assert len(model_results(done.folder)) == 2
    quarantine, faults = summaries(done.folder)
    assert "precipitaciones.csv is 9 months late" in faults
    assert "not a number" in quarantine
    assert [state for _, state in steps].count("SUCCESS") == 6 + 2 * 10
    for step, output, fact in FACTS:
        assert fact in metadata(done.folder, step, output)


@pytest.mark.parametrize("source", ["sample", "real"])
def test_two_halves_one_after_the_other_train_the_same_model(run_here, tmp_path, source, request):
    place = "sample" if source == "sample" else str(request.getfixturevalue("shared_data"))
    done = run_here(tmp_path, "data_processing", source=place)
    run_here(
        tmp_path,
        "training",
        **tables_of(done.folder),
        registry=str(tmp_path / "registry"),
    )
    direct = in_memory(tmp_path, place).bundle.sidecar
    published = registry(tmp_path).describe("milk-price", "champion")
    # The report names the files that training began with.
    differing = {name for name in direct.files if published.files[name] != direct.files[name]}
    assert differing == {"report.html"}


@pytest.mark.minio
@pytest.mark.parametrize("deploy", ["canary", "false"])
def test_last_step_begins_a_canary_where_it_is_asked_for(
    run_here, tmp_path, monkeypatch, minio, bucket, deploy
):
    cluster = ten_pods()
    spec(cluster)["predictor"]["model"]["storageUri"] = address(OLD, "milk-price")
    place = f"s3://{bucket}"
    with running_api(cluster) as api:
        for name, value in {**minio.environment, "KUBECONFIG": api.kubeconfig(tmp_path)}.items():
            monkeypatch.setenv(name, value)
        done = run_here(tmp_path, registry=place, deploy=deploy, traffic=30)
    canaries = spec(cluster).get("canary", [])
    assert [one["trafficPercent"] for one in canaries] == ([30] if deploy == "canary" else [])
    models = Registry(open_store(place, minio.settings))
    assert bool(models.read_aliases("milk-price").targets) == (deploy == "false")
    (result,) = model_results(done.folder)
    assert result.outcome.startswith(
        "Not promoted to champion: it is to be a canary" if deploy == "canary" else "Promoted"
    )


def test_failing_step_says_file_row_and_column_and_the_run_fails(run_here, tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    for name, data in generate(months=60).files.items():
        (folder / name).write_bytes(data.replace(b"2016,Abr,", b"2016,Abr,x"))
    steps = Steps()
    with pytest.raises(PipelineStepError) as caught:
        run_here(tmp_path, steps=steps, source=str(folder), registry=str(tmp_path / "registry"))
    said = f"{names.PRICES_FILE}, row 3, column Precio_leche: 'x"
    assert "step clean-prices" in str(caught.value)
    assert said in str(caught.value)
    assert said in (tmp_path / "runs" / "log.txt").read_text()
    assert ("clean-prices", "FAILURE") in steps
    assert not (tmp_path / "registry").exists()


def test_run_again_after_a_failed_publish_leaves_one_version(run_here, tmp_path):
    place = tmp_path / "registry"
    place.write_text("in the way")
    with pytest.raises(PipelineStepError, match="step publish"):
        run_here(tmp_path, registry=str(place))
    place.unlink()
    run_here(tmp_path / "again", registry=str(place))
    run_here(tmp_path / "and-again", registry=str(place))
    assert len(registry(tmp_path).versions("milk-price")) == 1


ADDRESSES = dict.fromkeys(("table", "prices", "rainfall", "macro", "quarantine"), "/nowhere")


@pytest.mark.parametrize(
    ("name", "step", "wrong", "words"),
    [
        pytest.param("data_processing", "identify", {"features": "late"}, "features is 'late'",
                     id="data_processing"),
        pytest.param("milk_price", "identify", {"seed": 2**32}, "seed is 4294967296",
                     id="milk_price"),
        pytest.param("training", "check-source", {**ADDRESSES, "k": "[1,2]"}, "numbers as 1,2,3",
                     id="training"),
        pytest.param("many_series", "list-series", {"source": "/nowhere", "gate": "open"},
                     "gate is 'open'", id="many_series"),
        pytest.param("batch_predict", "plan-shards", {"input": "a", "output": "a/b"},
                     "not in the input", id="batch_predict"),
    ],
)  # fmt: skip
def test_first_step_refuses_a_wrong_parameter_of_any_step(
    run_here, tmp_path, name, step, wrong, words
):
    """As on a cluster, where nothing of ours has run before."""
    steps = Steps()
    with pytest.raises(PipelineStepError, match=words) as caught:
        run_here(tmp_path, name, steps, **wrong)
    assert f"step {step}: " in str(caught.value)
    assert {one for one, _ in steps if not one.startswith("importer")} == {step}


@dsl.component(base_image="python", install_kfp_package=False)
def broken(code: str) -> None:
    exec(code)  # noqa: S102 - the test's own


@dsl.pipeline(name="failing")
def broken_pipeline(code: str) -> None:
    broken(code=code)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param("raise ValueError('\\x1b[1;31mred\\x1b[0m thing')", "ValueError: red thing.",
                     id="colours"),
        pytest.param("raise ValueError('one\\ntwo')", "ValueError: one two.", id="two lines"),
        pytest.param("try:\n    1 / 0\nexcept ZeroDivisionError:\n    {}['a']", "KeyError: 'a'.",
                     id="while another is handled"),
        pytest.param("raise AssertionError", "AssertionError.", id="no message"),
        pytest.param("import os; os.kill(os.getpid(), 9)", "Killed.", id="killed"),
        pytest.param("import os; os._exit(3)", "Pipeline 'failing' finished with status FAILURE. "
                     "Inner task failed: 'broken'.", id="silent"),
    ],
)  # fmt: skip
def test_failure_that_is_no_error_of_ours_is_the_last_line_of_its_traceback(tmp_path, code, reason):
    file = tmp_path / "broken.yaml"
    compiler.Compiler().compile(broken_pipeline, str(file))
    with pytest.raises(PipelineStepError) as caught:
        run_local(file, {"code": code}, root=tmp_path / "runs", announce=Steps())
    log = f"The whole log: {tmp_path / 'runs' / 'log.txt'}"
    assert str(caught.value) == f"failing failed in its step broken: {reason} {log}"


@dsl.component(base_image="python", install_kfp_package=False)
def counted(file: str) -> None:
    with open(file, "a") as tries:  # noqa: PTH123 - a step is on its own
        tries.write("x")
    raise ValueError(file)


@dsl.pipeline(name="retried")
def retried_pipeline(file: str) -> None:
    counted(file=file).set_retry(num_retries=2, backoff_duration="0s")


@dsl.pipeline(name="retried-in-a-loop")
def retried_loop(file: str) -> None:
    with dsl.ParallelFor([1]):
        counted(file=file).set_retry(num_retries=2, backoff_duration="0s")


@pytest.mark.parametrize("pipeline", [retried_pipeline, retried_loop], ids=["step", "loop"])
def test_step_that_fails_here_is_not_tried_again(tmp_path, pipeline):
    file, tries = tmp_path / "retried.yaml", tmp_path / "tries"
    compiler.Compiler().compile(pipeline, str(file))
    with pytest.raises(PipelineStepError):
        run_local(file, {"file": str(tries)}, root=tmp_path / "runs", announce=Steps())
    assert tries.read_text() == "x"


def test_many_series_become_a_model_each_and_a_table(run_here, tmp_path):
    source = tmp_path / "source"
    for name, data in generate().files.items():
        write_bytes(data, source / name)
    for place in (1, 2):
        write_bytes(generate_prices(seed=place), source / price_key(f"{place:04d}"))
    steps = Steps()
    done = run_here(
        tmp_path, "many_series", steps, source=str(source), registry=str(tmp_path / "registry")
    )
    assert registry(tmp_path).names() == ["milk-price-0001", "milk-price-0002"]
    assert [state for _, state in steps].count("SUCCESS") == 5
    (summary,) = summaries(done.folder)
    assert summary.startswith("# 2 series")


SAW = [5 + 0.01 * month + (month % 12) / 10 + (month % 7) / 50 for month in range(120)]
ODD = {
    "constant": ([5.0] * 120, "one that never changes need not be forecast"),
    "good": (SAW, ""),
    "short": (SAW[:30], "needs 102 months of prices; there are 30"),
    "unit": ([*SAW[:-12], *(1000 * price for price in SAW[-12:])], "another unit"),
}


@pytest.fixture(params=["long table", "folder of tables"])
def odd_series(request, tmp_path):
    """A source of four series, three of which cannot be trained."""
    months = pd.period_range("2012-01", periods=120, freq="M").astype(str)
    tables = {name: pd.DataFrame({"month": months[: len(prices)], "price": prices})
              for name, (prices, _) in ODD.items()}  # fmt: skip
    source = tmp_path / "source"
    source.mkdir()
    if request.param == "folder of tables":
        for name, table in tables.items():
            table.to_csv(source / f"{name}.csv", index=False)
        return source
    long = pd.concat([table.assign(series=name) for name, table in tables.items()])
    long.to_csv(source / "prices.csv", index=False)
    return source / "prices.csv"


def test_odd_series_are_rows_with_their_reasons_beside_those_that_are_published(
    run_here, tmp_path, odd_series
):
    done = run_here(tmp_path, "many_series", source=str(odd_series), fail_on_error=False,
                    registry=str(tmp_path / "registry"))  # fmt: skip
    (summary,) = summaries(done.folder)
    rows = summary.splitlines()[-len(ODD) :]
    for (name, (_, reason)), row in zip(ODD.items(), rows, strict=True):
        assert row.startswith(f"| milk-price-{name} |")
        assert reason in row
        assert ("| failed |" in row) == bool(reason)
    assert registry(tmp_path).names() == ["milk-price-good"]


def test_run_with_odd_series_fails_after_all_of_them_and_tries_none_again(run_here, tmp_path):
    source, steps = tmp_path / "prices.csv", Steps()
    source.write_text("series,month,price\na,2020-01,1\na,2020-02,2\nb,2020-01,1\nb,2020-02,1\n")
    with pytest.raises(PipelineStepError, match=r"check-series: 2 series failed.*never changes"):
        run_here(tmp_path, "many_series", steps, source=str(source),
                 registry=str(tmp_path / "registry"))  # fmt: skip
    assert steps.count(("train-series", "RUNNING")) == 2
    assert ("collect-series", "SUCCESS") in steps
