"""``milkprice pipeline``, as a person calls it."""

import pytest

from pipelines.cli import cluster
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
    assert [one["pipeline"] for one in made] == ["data-processing", "training", "milk-price"]
    assert {path.name for path in (tmp_path / "build").iterdir()} == {
        "data_processing.yaml", "training.yaml", "milk_price.yaml"}  # fmt: skip


def test_upload_run_schedule_and_look(milkprice, kubeflow):
    assert milkprice("pipeline", "upload", "--json").json["state"] == "new"
    assert milkprice("pipeline", "upload", "--json").json["state"] == "there already"
    assert milkprice("pipeline", "run", "-p", "gap=2", "--json").json["state"] == "SUCCEEDED"
    assert "milk-price" in milkprice("pipeline", "schedule").out
    assert len(milkprice("pipeline", "status", "--json").json) == 1
    assert "SUCCEEDED" in milkprice("pipeline", "logs").out


@pytest.mark.slow
def test_run_local_prints_scores_and_places(milkprice, tmp_path):
    finished = milkprice("pipeline", "run-local")
    assert finished.status == 0, finished.err
    assert "same month last year" in finished.out
    assert "Promoted to champion" in finished.out
    assert "clean-macro" in finished.err
    assert (tmp_path / "registry" / "models" / "milk-price" / "aliases.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["run-local", "-p", "sorce=x"], "one of alias", id="parameter"),
        pytest.param(["run-local", "-p", "folds=x"], "a whole number", id="kind"),
        pytest.param(["run-local", "-p", "folds"], "name=value", id="no value"),
        pytest.param(["run-local", "milkprice"], "data_processing, training", id="pipeline"),
    ],
)
def test_bad_argument_says_what_is_expected(milkprice, arguments, words):
    finished = milkprice("pipeline", *arguments)
    assert finished.status == 1
    assert words in finished.err
