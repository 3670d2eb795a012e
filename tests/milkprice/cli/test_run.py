"""``milkprice run``."""

import os
import shutil
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from milkprice.data.formats import names
from milkprice.registry import RegistryReader
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.training.settings import SearchSettings, TrainSettings
from milkprice.workflow import RunSettings, run
from tests.support.canaries import OLD, address, spec, ten_pods
from tests.support.commands import QUICK
from tests.support.models import QUICK as FORECAST
from tests.support.moments import NOON
from tests.support.registries import open_registry

pytestmark = pytest.mark.slow  # each does the whole job, or most of it

REPOSITORY = Path(__file__).resolve().parents[3]
FEW = ("run", "--k", "1", "--degree", "1", "--alpha", "1", "--folds", "2")
WORSE = ("run", "--k", "10", "--degree", "7", "--alpha", "0.01", "--folds", "2")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder in which the first run was done, and its version."""
    folder = tmp_path_factory.mktemp("made")
    search = SearchSettings(k=(1,), degree=(1,), alpha=(1.0,), folds=2)
    settings = RunSettings(
        training=TrainSettings(search=search), forecast=FORECAST, cache=folder / "cache",
        registry=str(folder / "registry"), store=StoreSettings(),
    )  # fmt: skip
    return folder, run(settings, now=NOON, step=nullcontext).version


@pytest.fixture
def first(made, tmp_path):
    """The version that is in use."""
    folder, version = made
    shutil.copytree(folder / "registry", tmp_path / "registry")
    return version


def champion(folder):
    return open_registry(folder / "registry").read_aliases("milk-price").targets["champion"]


def test_run_worse_model_is_not_promoted_and_exits_with_0(milkprice, first, tmp_path):
    worse = milkprice(*WORSE, *QUICK)
    assert worse.status == 0
    assert "not promoted to champion: the row model's error is " in worse.out
    assert "champion's row model │ NO" in worse.out
    assert champion(tmp_path) == first


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(("--gate", "always"), id="always"),
        pytest.param(("--force", "--gate", "never"), id="force over never"),
    ],
)
def test_run_force_promotes_and_records_it(milkprice, first, tmp_path, how):
    forced = milkprice(*WORSE, *QUICK, *how, "--json").json
    [_, change] = open_registry(tmp_path / "registry").read_aliases("milk-price").history
    assert forced["promoted"] is True
    assert forced["reason"].startswith("forced, although the row model's error is ")
    assert (change.version, change.reason) == (forced["version"], forced["reason"])
    assert champion(tmp_path) == forced["version"]
    assert any(not check["passed"] for check in forced["checks"])


def test_run_writes_the_published_report(milkprice, tmp_path):
    version = milkprice(*FEW, *QUICK, "--json").json["version"]
    page = (tmp_path / "run" / "report.html").read_bytes()
    bundle = open_registry(tmp_path / "registry").fetch("milk-price", version)
    assert bundle.files["report.html"] == page


def test_run_prints_scores_forecasts_verdict_and_paths(milkprice, tmp_path):
    finished = milkprice("run", *QUICK)
    assert finished.status == 0, finished.err
    for words in (
        "decimal point restored",
        "seasonal naive",
        "Row model on held-out months",
        "Backtest of 40 months from 2017-11, each forecast from data known then",
        "Milk price, CLP per litre, after 197.12 in 2021-02",
        "promoted to champion: all 2 checks passed, there is no champion yet",
        "registry/models/milk-price/",
    ):
        assert words in finished.out
    assert "train" in finished.err
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "prices.csv",
        "rainfall.csv",
        "macro.csv",
        "quarantine.csv",
        "features.csv",
        "forecasts.csv",
        "report.html",
    }


@pytest.mark.parametrize(
    "width",
    [80, 60, 200],
    ids=["80_letters", "60_letters", "200_letters"],
)
def test_run_fits_tables_to_the_terminal(milkprice, width):
    """Rich measures the terminal when a program starts, so one is started."""
    finished = subprocess.run(
        [sys.executable, "-m", "milkprice", "run", *QUICK],
        env={**os.environ, "COLUMNS": str(width), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = finished.stdout.splitlines()
    rows = [line for line in lines if line.startswith("│")]
    if width >= 80:
        months = [f"2021-{month:02d}" for month in range(3, 9)]
        assert [row[2:9] for row in rows if row[2:4] == "20"] == months
        horizons = [row.split("│")[1].strip() for row in rows if row.count("│") == 9]
        assert horizons == ["1", "3", "6", "12"]
        assert not any("…" in row for row in rows)
    assert any(line.startswith("promoted to champion: all 2 checks passed") for line in lines)
    tables = [line for line in lines if line[:1] in tuple("│┏┃┡└")]
    assert max(map(len, tables)) <= width


def test_run_json_is_the_only_output_on_stdout(milkprice):
    result = milkprice("run", *QUICK, "--json").json
    assert result["promoted"] is True
    assert len(result["model_sha256"]) == 64
    assert [check["name"] for check in result["checks"]] == ["source", "baselines"]
    assert [one["horizon"] for one in result["ahead"]] == list(range(1, 13))
    assert {one["horizon"] for one in result["standings"]} == {1, 3, 6, 12}
    assert {row["reason"] for row in result["quarantine"]} >= {"impossible date", "not a number"}


def names_in(folder):
    return {path.name for path in folder.iterdir()}


def test_train_after_clean_and_features_writes_a_bundle_that_evaluate_scores_alike(
    milkprice, tmp_path
):
    assert milkprice("data", "sample", "--months", 120).status == 0
    assert names_in(tmp_path / "sample") == {*names.RAW_FILES, "truth"}
    assert milkprice("clean", "--source", "sample/").status == 0
    assert names_in(tmp_path / "clean") == {
        "prices.csv",
        "rainfall.csv",
        "macro.csv",
        "quarantine.csv",
    }
    assert milkprice("features").status == 0
    trained = milkprice("train", "--json")
    assert trained.status == 0, trained.err
    assert names_in(tmp_path / "model") == {
        "model.joblib",
        "model.json",
        "polynomial.json",
        "search.csv",
    }
    evaluated = milkprice("evaluate", "--json")
    assert evaluated.json["metrics"] == trained.json["metrics"]
    assert evaluated.json["forecasts"] == trained.json["forecasts"]


@pytest.fixture
def remote(monkeypatch, tmp_path):
    """Return a cluster whose predictor may have a canary, and a store at s3://models."""
    cluster = ten_pods()
    spec(cluster)["predictor"]["model"]["storageUri"] = address(OLD, "milk-price")
    store = open_store(str(tmp_path / "remote"), StoreSettings())
    monkeypatch.setattr("milkprice.workflow.open_store", lambda *_: store)
    monkeypatch.setattr("milkprice.cli.options.open_reader", lambda _: RegistryReader(store))
    monkeypatch.setattr("milkprice.cli.run.connect", lambda *_: nullcontext(cluster))
    return cluster


TO_A_CANARY = ("--registry", "s3://models", "--deploy", "canary")


def test_run_that_ends_in_a_canary_leaves_the_alias_and_gives_it_its_share(
    milkprice, remote, tmp_path
):
    result = milkprice(*FEW, *QUICK, *TO_A_CANARY, "--traffic", "30", "--json").json
    assert result["promoted"] is False
    assert (result["deployed"]["action"], result["deployed"]["traffic"]) == ("started", 30)
    assert open_registry(tmp_path / "remote").read_aliases("milk-price").targets == {}
    assert spec(remote)["canary"][0]["predictor"]["model"]["storageUri"] == address(
        result["version"], "milk-price"
    )
    shown = milkprice(*FEW, *QUICK, *TO_A_CANARY, "--traffic", "30").out
    assert "not promoted, a canary first: all 2 checks passed" in shown
    assert "unchanged" in shown


def test_run_whose_checks_fail_begins_no_canary(milkprice, remote):
    result = milkprice(*FEW, *QUICK, *TO_A_CANARY, "--gate", "never", "--json").json
    assert (result["promoted"], result["deployed"]) == (False, None)
    assert "canary" not in spec(remote)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--registry", "registry"], "expected s3://bucket/prefix", id="registry"),
        pytest.param(["--registry", "s3://models", "--traffic", "0"], "1 to 100", id="traffic"),
    ],
)
def test_run_refuses_what_it_could_not_deploy_before_it_does_anything(milkprice, arguments, words):
    finished = milkprice("run", "--deploy", "canary", *arguments)
    assert (finished.status, finished.out) == (1, "")
    assert words in " ".join(finished.err.split())
    assert "ingest" not in finished.err
