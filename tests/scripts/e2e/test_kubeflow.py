"""What is tried of Kubeflow, with a second one in memory that does well or ill."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest

from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from pipelines.compiled import PIPELINES
from scripts.e2e.checks import CheckError
from scripts.e2e.kubectl import Kubectl
from scripts.e2e.kubeflow import Killer, KubeflowChecks
from scripts.e2e.lineage import Artifact
from tests.support.bundles import toy_bundle
from tests.support.kubeflow import MemoryKubeflow
from tests.support.registries import open_registry, publish_champion

ROOT = "s3://mlpipeline/v2/artifacts/milk-price/run-1"
PAGE = Artifact("system.HTML", f"{ROOT}/evaluate/report", {})
SCORES = Artifact("system.Metrics", f"{ROOT}/evaluate/metrics", {"mae": 7.674})
MODEL = Artifact("system.Model", f"{ROOT}/train/model", {})


class Pods(Kubectl):
    """A namespace whose pods are told beforehand."""

    def run(self, *arguments, given=None):  # noqa: ARG002
        """See ``Kubectl.run``."""
        self.state["asked"].append(" ".join(arguments))
        return json.dumps({"items": self.state["pods"]})

    @contextmanager
    def forwarded(self, *_):
        """See ``Kubectl.forwarded``."""
        yield 1


class Record:
    """The record of artifacts."""

    def __init__(self, *found):
        self.found = found

    def artifacts(self, _):
        return list(self.found)


def pod(name, phase="Succeeded", step="train"):
    container = {"name": "main", "command": ["sh", "-c", f"import kfp\ndef {step}(rows):\n  pass"]}
    return {"metadata": {"name": name}, "status": {"phase": phase},
            "spec": {"containers": [{"name": "wait"}, container]}}  # fmt: skip


@pytest.fixture
def pods():
    kubectl = Pods("kubeflow")
    object.__setattr__(kubectl, "state", {"asked": [], "pods": [pod("one"), pod("two")]})
    return kubectl


@pytest.fixture
def registry(tmp_path):
    registry = open_registry(tmp_path / "registry")
    publish_champion(registry, toy_bundle(name="milk-price"))
    return registry


@pytest.fixture
def store():
    store = open_store("memory://", StoreSettings())
    for key in ("evaluate/report", "train/model/model.json"):
        store.put(f"v2/artifacts/milk-price/run-1/{key}", b"<!doctype html>")
    store.uri = "s3://mlpipeline"
    return store


@pytest.fixture
def checks(pods, registry, store, monkeypatch, tmp_path):
    """Return a checks of a Kubeflow whose steps end as they are told."""
    monkeypatch.setattr("scripts.e2e.kubeflow.BUILD", tmp_path / "build")
    monkeypatch.setattr("scripts.e2e.kubeflow.POLL_SECONDS", 0.0)
    monkeypatch.setattr(KubeflowChecks, "_page", lambda *_: 4321)

    def make(*script, record=(PAGE, SCORES, MODEL)):
        kubeflow = MemoryKubeflow(script)
        return KubeflowChecks(
            kubeflow, pods, Record(*record), store, registry, "s3://models", "milk-price"
        )

    return make


@pytest.mark.slow
def test_upload_is_tried_twice_and_changes_nothing_the_second_time(checks):
    one = checks()
    assert one.upload() == f"{len(PIPELINES)} pipelines"
    assert {len(versions) for versions in one.kubeflow.pipelines.values()} == {1}


def test_run_whose_pods_all_ended_well_is_told(checks):
    assert checks().train().startswith("2 pods ended well, 2")


def test_pod_that_did_not_end_well_is_named(checks, pods):
    pods.state["pods"].append(pod("three", "Failed"))
    with pytest.raises(CheckError, match=r"did not end well: \['three'\]"):
        checks().train()


def test_artifacts_scores_and_page_are_told(checks):
    assert checks().check_artifacts() == "2 artifacts, mae 7.67, a page of 4,321 bytes"


def test_artifact_that_is_not_in_the_store_is_named(checks):
    gone = Artifact("system.Dataset", f"{ROOT}/ingest/prices", {})
    with pytest.raises(CheckError, match="ingest/prices"):
        checks(record=(PAGE, SCORES, gone)).check_artifacts()


@pytest.mark.parametrize("missing", [PAGE, SCORES])
def test_run_that_left_no_page_or_scores_is_refused(checks, missing):
    left = tuple(one for one in (PAGE, SCORES, MODEL) if one != missing)
    with pytest.raises(CheckError, match="tables of scores"):
        checks(record=left).check_artifacts()


def test_second_run_has_all_but_the_store_s_steps_from_the_cache(checks):
    steps = (("identify", "SUCCEEDED"), ("train", "CACHED"), ("publish", "SUCCEEDED"))
    said = checks(("SUCCEEDED", steps)).train_again()
    assert said == "1 steps from the cache, 2 anew, no other version"


def test_failure_that_tells_its_reason_is_what_is_wanted(checks):
    steps = (("identify", "FAILED", "s3://data/nowhere has no precio_leche.csv"),)
    assert "s3://data/nowhere has no" in checks(("FAILED", steps)).fail_step()


@pytest.mark.parametrize(
    ("check", "state", "steps", "words"),
    [
        pytest.param("train_again", "SUCCEEDED", [("train", "SUCCEEDED")],
                     r"not from the cache: \['train'\]", id="trained again"),
        pytest.param("fail_step", "FAILED", [("identify", "FAILED", "exit code 1")],
                     "the reason is missing", id="no reason"),
        pytest.param("fail_step", "SUCCEEDED", [], "a run succeeded whose", id="no fault"),
        pytest.param("kill_step_pod", "SUCCEEDED", [], "killed nothing", id="nothing killed"),
    ],
)  # fmt: skip
def test_run_that_is_not_as_it_should_be_is_refused(checks, check, state, steps, words):
    options = [{}] if check == "kill_step_pod" else []
    with pytest.raises(CheckError, match=words):
        getattr(checks((state, steps)), check)(*options)


def test_schedule_fires_once_and_is_gone_afterwards(checks):
    one = checks()
    fire = one.kubeflow.schedule

    def schedule(**options):
        made = fire(**options)
        one.kubeflow.started["run-9"] = {"name": "end-to-end-1", "schedule": made}
        return made

    one.kubeflow.schedule = schedule
    assert one.run_schedule().endswith("succeeded")
    assert one.kubeflow.recurring == {}


def test_run_that_lost_a_pod_and_published_is_told(checks, pods, registry, monkeypatch):
    one = checks()
    monkeypatch.setattr(Killer, "killed", "three", raising=False)
    run = one.kubeflow.run

    def publish(identity):
        registry.publish(toy_bundle(2, minutes=1, name="milk-price"))
        return run(identity)

    one.kubeflow.run = publish
    monkeypatch.setattr("scripts.e2e.kubeflow.Killer", lambda *_: _Entered("three"))
    assert one.kill_step_pod({"k": "3"}).startswith("three killed, 2")


def test_killer_kills_one_pod_of_its_step_and_no_older_one(pods):
    pods.state["pods"] = [pod("older", "Running")]
    with Killer(pods, "train") as killer:
        pods.state["pods"] = [
            pod("older", "Running"), pod("other", "Running", "split"), pod("new", "Running"),
        ]  # fmt: skip
        killer.threads[0].join(10)
    assert killer.killed == "new"
    assert sum(one.startswith("delete pod") for one in pods.state["asked"]) == 1


class _Entered:
    def __init__(self, killed):
        self.killed = killed

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None
