"""``milkprice deploy`` and ``milkprice status``, as a person calls them."""

import sys
import time
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from milkprice.cli import cluster as commands
from milkprice.cluster import inference_service
from tests.support.apiserver import running_api
from tests.support.bundles import toy_bundle
from tests.support.cluster import NAMESPACE, MemoryCluster, httproute, metrics_text
from tests.support.ports import free_port
from tests.support.registries import open_registry, publish_champion

TO_MODELS = ["--model", "milk", "--registry", "s3://models"]


@pytest.fixture
def memory(monkeypatch):
    """A cluster with a predictor."""
    cluster = MemoryCluster()
    cluster.create_service(
        NAMESPACE,
        inference_service(
            "milk-price", namespace=NAMESPACE, image="x:1", model_uri="s3://models/rain@champion"
        ),
    )
    monkeypatch.setattr(commands, "connect", lambda *_: nullcontext(cluster))
    return cluster


@pytest.fixture
def version(tmp_path, monkeypatch):
    """The champion of a registry at any address."""
    registry = open_registry(tmp_path / "registry")
    monkeypatch.setattr(commands.options, "open_reader", lambda _: registry)
    return publish_champion(registry, toy_bundle())


@pytest.mark.slow
def test_deploy_prints_version_and_url(milkprice, memory, version):
    memory.loaded = {"milk": [version]}
    finished = milkprice("deploy", *TO_MODELS, "--version", version)
    assert finished.status == 0, finished.err
    assert version in finished.out
    assert "http://milk-price-predictor.milkprice.svc" in finished.out
    assert "by the predictor" in finished.out
    assert "waiting for" in finished.err


@pytest.mark.slow
def test_deploy_json_has_version_and_action(milkprice, memory, version):
    result = milkprice("deploy", *TO_MODELS, "--json").json
    assert {key: result[key] for key in ("model", "version", "action", "confirmed")} == {
        "model": "milk", "version": version, "action": "updated", "confirmed": False
    }  # fmt: skip
    assert milkprice("deploy", *TO_MODELS, "--json").json["action"] == "unchanged"


@pytest.mark.slow
def test_deploy_failure_is_one_sentence(milkprice, memory, version):
    memory.script = ["unschedulable"]
    finished = milkprice("deploy", *TO_MODELS, "--timeout", "0.1", "--image", "[x]:2")
    assert finished.status == 1
    assert finished.out == ""
    assert "Error: InferenceService milk-price in milkprice is not ready" in finished.err
    assert "Insufficient memory" in finished.err
    assert "Traceback" not in finished.err


@pytest.fixture
def fetched(memory):
    """A predictor of four pods whose model KServe fetches."""
    model = {"modelFormat": {"name": "milkprice"}, "storageUri": "s3://models/models/milk/old/"}
    memory.documents[NAMESPACE, "milk-price"]["spec"]["predictor"] = {
        "minReplicas": 4, "model": model
    }  # fmt: skip
    memory.workload(NAMESPACE, "milk-price-predictor")
    return memory


@pytest.mark.slow
def test_canary_is_started_widened_and_promoted(milkprice, fetched, version):
    started = milkprice("deploy", *TO_MODELS, "--canary", version)
    assert started.status == 0, started.err
    assert "10 % meant; 1 of 4 pods" in started.out
    widened = milkprice("deploy", "--traffic", "50", "--json").json
    assert {key: widened[key] for key in ("version", "traffic", "pods", "other_pods")} == {
        "version": version, "traffic": 50, "pods": 2, "other_pods": 2
    }  # fmt: skip
    assert milkprice("deploy", "--promote-canary", "--json").json["action"] == "promoted"
    repeated = milkprice("deploy", "--promote-canary", "--json").json
    assert (repeated["action"], repeated["version"]) == ("unchanged", version)


@pytest.fixture
def routed(fetched, monkeypatch):
    """The same behind a route whose gateway acts at once."""
    fetched.add_route(httproute(["milk-price"]))
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: None)
    monkeypatch.setattr("milkprice.cluster.route.time", clock)
    return fetched


@pytest.mark.slow
def test_canary_behind_a_route_has_its_share_exactly(milkprice, routed, version):
    started = milkprice("deploy", *TO_MODELS, "--canary", version)
    assert "10 % by HTTPRoute milk-price; 1 of 4 pods" in started.out, started.err
    assert "100 % by HTTPRoute milk-price" in milkprice("deploy", "--promote-canary").out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answered", "status", "words"),
    [
        pytest.param((1000, 0), 0, "kept after", id="kept"),
        pytest.param((1000, 20), 3, "aborted after", id="aborted"),
        pytest.param((10, 0), 4, "undecided after", id="undecided"),
    ],
)
def test_watched_canary_ends_with_a_status_of_its_own(
    milkprice, fetched, version, answered, status, words
):
    canary = f"milk-price-v{version.rpartition('-')[2]}-predictor"
    fetched.counted = {
        "milk-price-predictor": [metrics_text(), metrics_text(1000)],
        canary: [metrics_text(), metrics_text(*answered)],
    }
    limits = ["--watch", "0.01s", "--max-errors", "0.1", "--max-p99", "2"]
    finished = milkprice("deploy", *TO_MODELS, "--canary", version, *limits)
    assert finished.status == status, finished.err
    assert words in finished.out
    assert version in finished.out
    left = fetched.documents[NAMESPACE, "milk-price"]["spec"].get("canary")
    assert bool(left) == (status != 3)


@pytest.mark.slow
def test_watch_has_its_counts_as_json(milkprice, fetched, version):
    canary = f"milk-price-v{version.rpartition('-')[2]}-predictor"
    fetched.counted = {"milk-price-predictor": [metrics_text(), metrics_text(1000)],
                       canary: [metrics_text(), metrics_text(600, 3)]}  # fmt: skip
    milkprice("deploy", *TO_MODELS, "--canary", version)
    result = milkprice("deploy", "--traffic", "40", "--watch", "0.01s", "--json").json
    assert (result["outcome"], result["canary"]["requests"], result["canary"]["errors"]) == (
        "kept", 600, 3
    )  # fmt: skip
    assert (result["canary"]["share_meant"], result["canary"]["share_seen"]) == (40, 37.5)


@pytest.mark.slow
def test_status_prints_both_versions_of_a_canary(milkprice, fetched, version):
    canary = f"milk-price-v{version.rpartition('-')[2]}-predictor"
    fetched.counted = {canary: [metrics_text(100, 1)]}
    milkprice("deploy", *TO_MODELS, "--canary", version)
    finished = milkprice("status")
    shown = ["Canary, requests since the pods' start", "version in use", version, "90 %", "10 %",
             "Requests of milk-price-predictor are unknown: "]  # fmt: skip
    assert [words for words in shown if words not in finished.out] == [], finished.err


def test_canary_is_aborted(milkprice, fetched, version):
    milkprice("deploy", *TO_MODELS, "--canary", "champion", "--traffic", "50")
    aborted = milkprice("deploy", "--abort-canary", "--json").json
    assert (aborted["action"], aborted["version"], aborted["pods"]) == ("aborted", "old", 4)


def test_status_prints_services_models_pods_and_warnings(milkprice, memory):
    memory.loaded = {"milk": ["a"]}
    memory.warn("Job", "minio-setup", "BackoffLimitExceeded", "probe [failed]")
    memory.events[-1]["lastTimestamp"] = "2099-01-02T12:00:00Z"
    memory.workload(NAMESPACE, "milk-price-predictor")
    finished = milkprice("status")
    assert finished.status == 0, finished.err
    shown = ["InferenceService milk-price", "s3://models/rain@champion", "100 % latest", "READY",
             "Pods in milkprice", "x:1", "probe [failed]"]  # fmt: skip
    assert [words for words in shown if words not in finished.out] == []


def test_status_json_has_problems_under_the_names_of_earlier_releases(milkprice, memory):
    memory.script = ["pull"]
    memory.workload(NAMESPACE, "milk-price-predictor")
    result = milkprice("status", "--json").json
    (service,) = result["services"]
    assert (service["ready"], service["replicas"], service["wanted"]) == (False, 0, 1)
    assert service["silence"]
    assert result["pods"][0]["problem"].startswith("ImagePullBackOff")


def test_status_unreachable_predictor_is_reported(milkprice, memory):
    finished = milkprice("status")
    assert finished.status == 0
    assert "Loaded versions are unknown: Kubernetes at memory failed" in finished.out


@pytest.mark.slow
def test_predictor_scaled_to_zero_is_named_as_such(milkprice, memory, version, monkeypatch):
    monkeypatch.setattr("tests.support.cluster.pod_counts", lambda _: {None: 0})
    finished = milkprice("deploy", *TO_MODELS, "--version", version)
    assert finished.status == 0, finished.err
    assert "no pod runs: it is scaled to zero" in finished.out
    assert "unknown: no pod runs: it is scaled to zero." in milkprice("status").out


def test_status_empty_namespace_is_reported(milkprice, memory):
    assert "No InferenceService in empty." in milkprice("status", "--namespace", "empty").err


def test_status_reads_the_kubeconfig(milkprice, tmp_path):
    with running_api() as api:
        finished = milkprice("status", "--json", KUBECONFIG=api.kubeconfig(tmp_path))
        assert finished.json == {
            "namespace": "milkprice", "services": [], "pods": [], "warnings": []
        }  # fmt: skip
        api.port = free_port()
        gone = milkprice("status", "--kubeconfig", api.kubeconfig(tmp_path))
    assert gone.status == 1
    assert "could not be reached" in gone.err
    assert "Traceback" not in gone.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["deploy"], "expected s3://bucket/prefix", id="registry"),
        pytest.param(["deploy", *TO_MODELS, "--timeout", "0"], "seconds above 0", id="timeout"),
        pytest.param(["deploy", "--model", "Milk", "--registry", "s3://models"], "lower-case",
                     id="model"),
        pytest.param(["deploy", "--traffic", "0"], "expected 1 to 100 percent", id="traffic"),
        pytest.param(["deploy", "--promote-canary", "--abort-canary"], "one of --canary",
                     id="two steps"),
        pytest.param(["deploy", "--abort-canary", "--traffic", "50"], "traffic is 50; expected one",
                     id="share of nothing"),
        pytest.param(["deploy", "--canary", "champion", "--version", "other"],
                     "version is 'other'; expected one of", id="two versions"),
        pytest.param(["deploy", *TO_MODELS, "--watch", "10m"], "nothing without --canary",
                     id="watch of nothing"),
        pytest.param(["deploy", "--traffic", "50", "--watch", "10"], "a duration as 90s",
                     id="duration"),
        pytest.param(["status", "--over", "soon"], "over is 'soon'; expected a duration",
                     id="over"),
        pytest.param(["status", "--kubeconfig", "nowhere"], "No Kubernetes cluster is configured",
                     id="kubeconfig"),
    ],
)  # fmt: skip
def test_invalid_option_says_what_is_expected(milkprice, arguments, words):
    finished = milkprice(*arguments)
    assert finished.status == 1
    assert words in " ".join(finished.err.split())
    assert "Traceback" not in finished.err


def test_missing_client_shows_how_to_install_it(milkprice, monkeypatch):
    monkeypatch.delitem(sys.modules, "milkprice.cluster.client", raising=False)
    monkeypatch.setitem(sys.modules, "kubernetes", None)
    finished = milkprice("status")
    assert finished.status == 1
    assert "pip install 'milkprice[cluster]'" in finished.err
