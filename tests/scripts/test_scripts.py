import subprocess

import pytest

from tests.scripts.conftest import REPOSITORY

SCRIPTS = sorted(
    path
    for path in (REPOSITORY / "scripts").iterdir()
    if path.is_file() and path.suffix in ("", ".sh")
)
VERBS = [path for path in SCRIPTS if not path.suffix]
NAMES = [path.name for path in VERBS]
# Answers as a Docker engine, and as kind with one cluster, do.
ENGINE = {"docker": "exit 0"}


@pytest.mark.slow
def test_scripts_checked_by_shellcheck_have_no_complaints(tool):
    shellcheck = tool("shellcheck", how="make setup")
    done = subprocess.run(
        [shellcheck, "--external-sources", *SCRIPTS],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.parametrize("script", VERBS, ids=NAMES)
def test_script_begins_by_failing_early_and_saying_what_it_is(script):
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert lines[1].startswith("# ")
    assert "set -euo pipefail" in lines[:5]
    assert script.stat().st_mode & 0o111


@pytest.mark.parametrize("script", VERBS, ids=NAMES)
def test_script_is_called_by_a_make_target_of_its_name_or_another_script(script):
    callers = [REPOSITORY / "Makefile", *(path for path in SCRIPTS if path != script)]
    assert any(f"scripts/{script.name}" in path.read_text() for path in callers)


def test_kind_up_without_its_programs_names_each_and_how_to_get_it(bare):
    done = bare("kind-up")
    assert done.returncode == 1
    for program in ("docker", "kind", "kubectl"):
        assert f"missing: {program}. Install" in done.stderr
    assert "docs.docker.com" in done.stderr
    assert "go install sigs.k8s.io/kind@v" in done.stderr
    assert "kubernetes.io/docs/tasks/tools" in done.stderr


def test_kind_up_lacking_one_program_names_only_that(bare):
    present = dict.fromkeys(("docker", "kubectl", "git", "make"), "exit 0")
    done = bare("kind-up", having=present)
    assert done.returncode == 1
    assert [line.split(".")[0] for line in done.stderr.splitlines()] == ["missing: kind"]


def test_kind_up_without_an_engine_says_how_to_start_it(bare):
    present = dict.fromkeys(("kind", "kubectl", "git", "make"), "exit 0")
    done = bare("kind-up", having={**present, "docker": "exit 1"})
    assert done.returncode == 1
    assert "its engine does not answer" in done.stderr


@pytest.mark.parametrize("script", ["platform", "upload", "train", "status", "logs", "run-e2e"])
def test_script_without_kubectl_says_how_to_get_it(bare, script):
    done = bare(script)
    assert done.returncode == 1
    assert "missing: kubectl. Install kubectl" in done.stderr


@pytest.mark.parametrize("script", ["platform", "upload", "status"])
def test_script_without_a_cluster_says_how_to_make_one(bare, script):
    kubectl = 'if [ "$1" = config ]; then echo some-context; else exit 1; fi'
    done = bare(script, having={"kubectl": kubectl})
    assert done.returncode == 1
    assert "kubectl reaches no cluster (some-context)" in done.stderr
    assert "make kind-up" in done.stderr


def test_kind_down_removes_only_the_project_s_cluster(bare):
    kind = 'echo "kind $*"'
    done = bare("kind-down", having={**ENGINE, "kind": kind})
    assert done.returncode == 0
    assert done.stdout == "kind delete cluster --name milkprice\n"


def test_predict_of_an_unknown_example_names_those_there_are(bare):
    done = bare("predict", EXAMPLE="v9.yaml")
    assert done.returncode == 1
    assert "v9.yaml" in done.stderr


def test_predict_sends_the_example_with_the_token(bare, tmp_path):
    examples = tmp_path / "project" / "examples"
    examples.mkdir()
    (examples / "v2.json").write_text("{}")
    done = bare(
        "predict",
        having={"curl": 'printf "%s\\n" "$@"'},
        EXAMPLE="v2.json",
        URL="http://there:1",
        TOKEN="t1",
    )
    assert done.returncode == 0, done.stderr
    sent = done.stdout.splitlines()
    assert "authorization: Bearer t1" in sent
    assert "@examples/v2.json" in sent
    assert "http://there:1/v2/models/milk-price/infer" in sent


def test_failure_prints_pods_events_and_logs_of_what_is_unwell(bare):
    kubectl = """
case "$*" in
    *"get --raw"*) exit 0 ;;
    *"get pods --no-headers"*) echo "good 1/1 Running 0 1m"; echo "bad 0/1 CrashLoopBackOff 3 1m" ;;
    *"get pods"*) echo "the pods" ;;
    *"get events"*) echo "the events" ;;
    *"logs bad"*) echo "the last words" ;;
    *port-forward*) echo "error: no such service"; exit 1 ;;
esac
"""
    done = bare("train", having={"kubectl": kubectl})
    assert done.returncode == 1
    assert "no way to ml-pipeline in kubeflow: error: no such service" in done.stderr
    for said in ("the pods", "the events", "logs of bad", "the last words"):
        assert said in done.stderr
    assert "logs of good" not in done.stderr
