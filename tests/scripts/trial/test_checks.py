"""The end-to-end checks, made of a real predictor on this machine."""

import threading
from contextlib import nullcontext
from datetime import timedelta

import httpx
import pytest

from milkprice.settings import RunSettings, SearchSettings, StoreSettings, TrainSettings
from milkprice.workflow import run
from scripts import checks
from scripts.checks import Address, Answer, CheckError
from scripts.flow import Flow
from scripts.report import Report
from scripts.trial import Trial
from tests.support.models import published_model
from tests.support.moments import NOON
from tests.support.registries import open_registry
from tests.support.serving import running_predictor

MODEL = "milk-price"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Return a registry folder with a champion."""
    return published_model(tmp_path_factory.mktemp("checks") / "registry")


@pytest.fixture(scope="module")
def registry(models):
    """Return that registry."""
    return open_registry(models.registry)


@pytest.fixture(scope="module")
def address(models, tmp_path_factory):
    """Return where a predictor of the champion is, which lets in a token only."""
    folder = tmp_path_factory.mktemp("predictor")
    tokens = folder / "tokens"
    tokens.write_text("let-me-in\n")
    options = ("--refresh-seconds", "0.2", "--token-file", str(tokens))
    with running_predictor(folder, f"{models.registry}/{MODEL}@champion", *options) as predictor:
        yield Address(predictor.url, predictor.grpc_address, MODEL, "let-me-in")


@pytest.fixture
def client():
    """Return an HTTP client."""
    with httpx.Client(timeout=30) as client:
        yield client


def test_checks_of_every_protocol_agree_with_the_published_version(address, registry, client):
    expected = checks.published(registry, MODEL, "champion")
    for found in (checks.by_v1(client, address), checks.by_v2(client, address),
                  checks.by_grpc(address)):  # fmt: skip
        assert checks.compare(found, expected) == f"2 rows as {expected.version} forecasts them"


def test_check_without_the_token_says_what_was_answered(address, client):
    stranger = Address(address.url, address.grpc, MODEL)
    with pytest.raises(CheckError, match="answered 401"):
        checks.by_v1(client, stranger)


def test_compare_another_version_is_refused_with_both():
    with pytest.raises(CheckError, match="version b answered, a is published"):
        checks.compare(Answer("b", (1.0,)), Answer("a", (1.0,)))


def test_compare_other_numbers_are_refused():
    with pytest.raises(CheckError, match=r"forecasts \(1.0,\), published is \(1.1,\)"):
        checks.compare(Answer("a", (1.0,)), Answer("a", (1.1,)))


def test_served_version_that_never_comes_is_refused_with_the_last_word(address, client):
    with pytest.raises(CheckError, match=r"other does not answer within 0.3 s; last: \d{8}T"):
        checks.served(client, address, "other", seconds=0.3)


def test_flow_into_nothing_counts_its_faults():
    with Flow(Address("http://127.0.0.1:9", "", MODEL)) as flow:
        threading.Event().wait(0.5)
    with pytest.raises(CheckError, match="requests failed"):
        flow.told()


def test_promotion_while_requests_flow_swaps_and_loses_none(address, registry, models):
    champion = registry.resolve(MODEL)
    publish_another(models.registry)
    trial = Trial(registry, str(models.registry), address, "", "")
    assert "none failed, 2 versions" in trial.promote()
    assert champion in trial.roll_back()
    assert "2 rows" in trial.v1()


def test_steps_by_kubectl_reach_the_pod_and_compare(address, registry, models, kubectl):
    trial = Trial(registry, str(models.registry), address, "milkprice", "milk-price")
    assert trial.ready() == "inferenceservice/milk-price is Ready"
    assert "2 rows" in trial.grpc()
    assert trial.survive().startswith("pod/one killed, 2 rows")
    asked = kubectl.read_text()
    assert "-n milkprice wait inferenceservice/milk-price --for=condition=Ready" in asked
    assert "-n milkprice delete pod/one" in asked


def test_step_whose_command_fails_says_which(address, registry, models, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    trial = Trial(registry, str(models.registry), address, "milkprice", "milk-price")
    with pytest.raises(CheckError, match="kubectl is not there"):
        trial.ready()


@pytest.fixture
def kubectl(tmp_path, monkeypatch, address):
    """Put a kubectl on the path that forwards to the predictor; return what it was asked."""
    program = tmp_path / "kubectl"
    program.write_text(f"""#!/usr/bin/env bash
echo "$*" >> {tmp_path}/asked
case "$*" in
    *"get pods"*) echo pod/one ;;
    *port-forward*) echo "Forwarding from {address.grpc} -> 8081"; exec sleep 60 ;;
esac
""")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path / "asked"


def publish_another(folder):
    """Publish a version of other settings, without promoting it."""
    search = SearchSettings(k=(2,), degree=(1,), alpha=(1.0,), folds=2)
    settings = RunSettings(
        training=TrainSettings(name=MODEL, features="lagged", search=search),
        registry=str(folder),
        cache=folder.parent / "cache",
        store=StoreSettings(),
        gate="never",
    )
    run(settings, now=NOON + timedelta(minutes=1), step=nullcontext)


def test_report_after_a_failure_tries_no_more_and_says_so():
    def fail():
        raise CheckError("wrong")

    report = Report()
    report.step("first", lambda: "fine")
    report.step("second", fail)
    report.step("third", lambda: "never")
    assert report.failed
    assert [(name, state, said) for name, state, _, said in report.rows] == [
        ("first", "ok", "fine"),
        ("second", "failed", "wrong"),
        ("third", "not tried", ""),
    ]
