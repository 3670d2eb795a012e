"""``milkprice pipeline``, as a person calls it."""

import subprocess
import sys

import pytest

from pipelines.cli import cluster
from pipelines.compiled import PIPELINES
from tests.pipelines.conftest import CACHED, FAILED, SUCCEEDED
from tests.support.kubeflow import MemoryKubeflow

COMMANDS = ["compile", "run-local", "upload", "run", "schedule", "status", "logs"]


@pytest.fixture
def kubeflow(monkeypatch):
    memory = MemoryKubeflow()
    monkeypatch.setattr(cluster, "connect", lambda *_: memory)
    return memory


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_is_there(milkprice, command):
    assert milkprice("pipeline", command, "--help").status == 0


def test_compile_writes_one_file_a_pipeline(milkprice, tmp_path):
    made = milkprice("pipeline", "compile", "--json").json
    assert [one["pipeline"] for one in made] == [name.replace("_", "-") for name in PIPELINES]
    written = {path.name for path in (tmp_path / "build").iterdir()}
    assert written == {f"{name}.yaml" for name in PIPELINES}


@pytest.mark.slow
def test_commands_import_kfp_whole_but_for_its_client():
    code = (
        "import os, sys, pipelines.cli\n"
        "pipelines.cli.import_kfp()\n"
        "import pipelines.local, kfp.dsl\n"
        "assert not {'kubernetes', 'kfp.client', 'requests'} & set(sys.modules)\n"
        "assert kfp.dsl.component and '_KFP_RUNTIME' not in os.environ\n"
        "from pipelines.client import KubeflowClient\n"
        "assert 'kfp.client' in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


@pytest.mark.slow
def test_upload_run_schedule_and_look(milkprice, kubeflow):
    assert milkprice("pipeline", "upload", "--json").json["state"] == "new"
    assert milkprice("pipeline", "upload", "--json").json["state"] == "there already"
    assert milkprice("pipeline", "run", "-p", "gap=2", "--json").json["state"] == "SUCCEEDED"
    assert "milk-price" in milkprice("pipeline", "schedule").out
    assert len(milkprice("pipeline", "status", "--json").json) == 1
    assert "SUCCEEDED" in milkprice("pipeline", "logs").out


@pytest.fixture
def on_kubeflow(milkprice, recorded):
    """Runs ``milkprice pipeline`` against what a real Kubeflow answered."""

    def call(*arguments):
        return milkprice("pipeline", *arguments, KF_PIPELINES_ENDPOINT=recorded.endpoint)

    return call


def test_logs_of_a_failed_run_show_steps_reason_and_the_whole_log(on_kubeflow):
    told = on_kubeflow("logs", FAILED)
    table, _, log = told.out.partition("Log of identify (failed)")
    assert told.status == 0
    assert "s3://data/nowhere has no" in table  # the rest may be on the next line
    assert "executor" not in table
    assert log.startswith("\nI1122 22:56:03")
    assert log.endswith("failed to execute component: exit status 1\n")


def test_logs_of_a_succeeded_run_are_its_steps_and_seconds(on_kubeflow):
    told = on_kubeflow("logs", SUCCEEDED[:8])
    assert "Log of" not in told.out
    assert "error" not in told.out
    assert "│ clean-macro    │ SUCCEEDED │      21 │" in told.out


def test_logs_of_a_named_step_show_its_log_whatever_its_state(on_kubeflow, recorded):
    recorded.routes = {("GET", ".*/log"): (200, b"[bold]split 12 rows\n"), **recorded.routes}
    told = on_kubeflow("logs", SUCCEEDED, "--step", "split")
    assert told.out.endswith("Log of split (succeeded)\n[bold]split 12 rows\n")


@pytest.mark.parametrize(
    ("run", "step", "words"),
    [
        pytest.param(CACHED, "train", "Log of train (cached: it did not run)", id="cached"),
        pytest.param(SUCCEEDED, "train", "Log of train (none is kept)", id="lost"),
    ],
)
def test_logs_of_a_step_without_one_say_so(on_kubeflow, run, step, words):
    assert on_kubeflow("logs", run, "--step", step).out.endswith(f"{words}\n")


def test_logs_as_json_have_the_log_in_its_step(on_kubeflow):
    (step,) = on_kubeflow("logs", FAILED, "--json").json["steps"]
    assert step["name"] == "identify"
    assert step["error"].startswith("s3://data/nowhere has no")
    assert step["log"].startswith("I1122")


def test_logs_of_an_unknown_step_say_which_there_are(on_kubeflow):
    told = on_kubeflow("logs", FAILED, "--step", "train")
    assert told.status == 1
    assert "no step 'train'" in told.err
    assert "identify" in told.err


def test_status_is_one_call_and_names_runs_so_that_logs_finds_them(on_kubeflow, recorded):
    told = on_kubeflow("status")
    assert FAILED[:8] in told.out
    assert recorded.paths() == ["/apis/v2beta1/healthz", "/apis/v2beta1/runs"]


@pytest.mark.slow
def test_run_local_prints_scores_and_places(milkprice, tmp_path):
    finished = milkprice("pipeline", "run-local", "-p", "forecasters=seasonal drift, 3 years")
    assert finished.status == 0, finished.err
    assert "seasonal naive" in finished.out
    assert "Backtest of 40 months" in finished.out
    assert "Cells refused or repaired" in finished.out
    assert "Promoted to champion" in finished.out
    assert "clean-macro" in finished.err
    assert (tmp_path / "registry" / "models" / "milk-price" / "aliases.json").is_file()


@pytest.mark.parametrize("command", ["run-local", "run", "schedule"])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["-p", "sorce=x"], "one of alias", id="parameter"),
        pytest.param(["-p", "folds=x"], "a whole number", id="kind"),
        pytest.param(["-p", "folds"], "name=value", id="no value"),
        pytest.param(["milkprice"], "data_processing, training", id="pipeline"),
        pytest.param(["-p", "gap=true"], "gap is 'true': expected a whole number", id="bool"),
        pytest.param(["-p", "test_share=1"], "expected a number between 0 and 1", id="share"),
        pytest.param(["-p", "seed=4294967296"], "expected 0 to 4294967295", id="seed"),
        pytest.param(["-p", "k=[1,2]"], "expected numbers as 1,2,3", id="list"),
        pytest.param(["-p", "models=[]"], "models is []; expected one or more", id="models"),
        pytest.param(["many_series"], "source is missing: add -p source=VALUE", id="missing"),
    ],
)
def test_wrong_parameter_is_one_sentence_before_anything_runs(
    milkprice, kubeflow, tmp_path, command, arguments, words
):
    finished = milkprice("pipeline", command, *arguments)
    assert finished.status == 1
    (sentence,) = finished.err.splitlines()
    assert words in sentence
    assert not (tmp_path / "build" / "runs").exists()
    assert not kubeflow.pipelines
