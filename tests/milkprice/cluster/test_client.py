"""The Kubernetes client, over HTTP against a small API server."""

import sys

import pytest
from kubernetes import client

from milkprice.cluster import DeploySettings, deploy, inference_service, open_cluster, status
from milkprice.cluster.client import _configure
from milkprice.cluster.errors import (
    ClusterClientMissingError,
    ClusterConfigError,
    ClusterConflictError,
    ClusterDeniedError,
    ClusterNotFoundError,
    ClusterRejectedError,
    ClusterServerError,
    ClusterUnreachableError,
)
from milkprice.cluster.status import read_index
from tests.support.apiserver import TOKEN, running_api
from tests.support.apiserver import status as answer
from tests.support.bundles import toy_bundle
from tests.support.cluster import NAMESPACE, MemoryCluster, httproute
from tests.support.moments import NOON
from tests.support.ports import free_port
from tests.support.registries import open_registry, publish_champion

DOCUMENT = inference_service(
    "milk-price", namespace=NAMESPACE, image="x:1", model_uri="s3://models/rain@champion"
)
WEBHOOK = (
    'admission webhook "inferenceservice.kserve-webhook-server.validator" denied the request: '
    "the InferenceService is invalid"
)


@pytest.fixture
def api():
    with running_api() as server:
        yield server


@pytest.fixture
def cluster(api, tmp_path):
    with open_cluster(api.kubeconfig(tmp_path)) as opened:
        yield opened


def test_deploy_and_status_work_over_http(api, cluster, tmp_path):
    registry = open_registry(tmp_path / "registry")
    version = publish_champion(registry, toy_bundle())
    api.cluster.create_service(NAMESPACE, DOCUMENT)
    api.cluster.loaded = {"milk": [version]}
    api.cluster.script = ["unseen", "rolling", "ready"]
    settings = DeploySettings(
        model="milk", registry="s3://models", reference=version, poll_interval=0
    )
    done = deploy(cluster, registry, settings)
    assert (done.action, done.confirmed) == ("updated", True)
    assert api.cluster.model_uri() == f"s3://models/rain@champion,s3://models/milk@{version}"
    found = status(cluster, NAMESPACE, now=NOON)
    assert [one.version for one in found.services[0].models] == [version]
    assert [one.phase for one in found.pods] == ["Running"]


def test_create_and_patch_have_field_manager_token_and_content_type(api, cluster):
    cluster.create_service(NAMESPACE, DOCUMENT)
    version = cluster.service(NAMESPACE, "milk-price")["metadata"]["resourceVersion"]
    patch = {"metadata": {"resourceVersion": version}, "spec": {"predictor": {"containers": []}}}
    cluster.patch_service(NAMESPACE, "milk-price", patch)
    created, _, patched = api.requests
    assert (created.method, patched.method) == ("POST", "PATCH")
    assert created.query == patched.query == {"fieldManager": ["milkprice"]}
    assert patched.headers["Content-Type"] == "application/merge-patch+json"
    assert created.headers["authorization"] == f"Bearer {TOKEN}"
    assert patched.body == patch


def test_missing_objects_are_none(cluster):
    assert cluster.service(NAMESPACE, "milk-price") is None
    assert cluster.workload(NAMESPACE, "milk-price-predictor") is None
    assert cluster.backend(NAMESPACE, "milk-price-predictor") is None
    assert cluster.pods(NAMESPACE) == cluster.services(NAMESPACE) == []


def test_log_line_of_json_is_not_changed(api, cluster):
    api.cluster.text = '{"message": "no model"}'
    assert (
        cluster.log(NAMESPACE, "pod", container="kserve-container", lines=5, previous=True)
        == '{"message": "no model"}'
    )
    assert api.requests[-1].query == {
        "container": ["kserve-container"], "previous": ["True"], "tailLines": ["5"]
    }  # fmt: skip


def test_warnings_are_selected_by_the_server(api, cluster):
    cluster.warnings(NAMESPACE)
    assert api.requests[-1].query == {"fieldSelector": ["type=Warning"]}


def test_index_is_requested_through_the_api_server(api, cluster):
    api.cluster.loaded = {"milk": ["a"]}
    models, _ = read_index(cluster, NAMESPACE, "milk-price-predictor")
    assert [one.name for one in models] == ["milk"]
    assert (api.requests[-1].method, api.requests[-1].body) == ("POST", None)


def test_predictors_are_asked_with_their_own_token_in_a_header_of_its_own(api, tmp_path):
    api.cluster.counted = {"milk-price-predictor": ["metrics"]}
    api.cluster.loaded = {"milk": ["a"]}
    with open_cluster(api.kubeconfig(tmp_path), token="theirs") as cluster:
        assert cluster.metrics(NAMESPACE, "milk-price-predictor-100") == "metrics"
        read_index(cluster, NAMESPACE, "milk-price-predictor")
        cluster.pods(NAMESPACE)
    *proxied, own = api.requests
    for request in proxied:
        assert request.headers["X-Predictor-Authorization"] == "Bearer theirs"
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert "X-Predictor-Authorization" not in own.headers


def test_routes_are_listed_and_patched_where_the_gateway_api_is(api, cluster):
    api.cluster.add_route(httproute(["milk-price"]))
    (route,) = cluster.routes(NAMESPACE)
    version = {"resourceVersion": route["metadata"]["resourceVersion"]}
    cluster.patch_route(NAMESPACE, "milk-price", {"metadata": version, "spec": {"rules": []}})
    assert cluster.routes(NAMESPACE)[0]["spec"] == {"rules": []}
    assert api.requests[1].query == {"fieldManager": ["milkprice"]}
    with pytest.raises(ClusterConflictError):
        cluster.patch_route(NAMESPACE, "milk-price", {"metadata": version, "spec": {}})


def test_routes_without_the_gateway_api_are_none_and_without_the_right_an_error(api, cluster):
    api.answers["GET", "httproutes"] = 404, b"404 page not found\n"
    assert cluster.routes(NAMESPACE) == []
    api.answers["GET", "httproutes"] = answer(403, "Forbidden", 'User "me" cannot list httproutes')
    with pytest.raises(ClusterDeniedError, match=r"list HTTPRoutes in milkprice.*Role"):
        cluster.routes(NAMESPACE)


def test_metrics_that_cannot_be_read_are_an_error(api, cluster):
    with pytest.raises(ClusterServerError, match="read the metrics of pod a in milkprice: 503"):
        cluster.metrics(NAMESPACE, "a")


@pytest.mark.parametrize(
    ("answered", "words"),
    [
        pytest.param((401, {"error": "A bearer token is needed."}), "401 A bearer token is needed",
                     id="token"),
        pytest.param(answer(503, "ServiceUnavailable", "no endpoints"), "503 no endpoints",
                     id="off"),
        pytest.param(answer(403, "Forbidden", "cannot create services/proxy"), "let this user",
                     id="permission"),
        pytest.param((404, {"error": "There is no such path."}), "404 There is no", id="other"),
        pytest.param((200, b"<html>"), "cannot be understood", id="no JSON"),
        pytest.param((200, {"a": 1}), "cannot be understood", id="no list"),
    ],
)  # fmt: skip
def test_index_that_fails_is_an_error_text(api, cluster, answered, words):
    api.answers["POST", "/proxy/"] = answered
    models, error = read_index(cluster, NAMESPACE, "milk-price")
    assert models == ()
    assert words in error


@pytest.mark.parametrize(
    ("answered", "kind", "words"),
    [
        pytest.param(answer(401, "Unauthorized", "Unauthorized"), ClusterDeniedError,
                     "401 Unauthorized; check its credentials", id="401"),
        pytest.param(answer(403, "Forbidden", 'User "me" cannot create resource'),
                     ClusterDeniedError, "cannot create resource; check .* Role", id="403"),
        pytest.param(answer(403, "Forbidden", WEBHOOK), ClusterRejectedError,
                     "refused to create InferenceService milk-price in .*: 403 .* is invalid",
                     id="webhook"),
        pytest.param(answer(404, "NotFound", 'namespaces "milkprice" not found'),
                     ClusterNotFoundError, 'namespaces "milkprice" not found; check',
                     id="namespace"),
        pytest.param((404, b"404 page not found\n"), ClusterNotFoundError, "KServe is installed",
                     id="no KServe"),
        pytest.param(answer(409, "AlreadyExists", "already exists"), ClusterConflictError,
                     "409 already exists; somebody else", id="409"),
        pytest.param(answer(422, "Invalid", "spec.predictor: Required value"), ClusterRejectedError,
                     "422 spec.predictor: Required value", id="422"),
        pytest.param(answer(400, "BadRequest", "unknown field"), ClusterRejectedError,
                     "400 unknown field", id="400"),
        pytest.param(answer(500, "InternalError", "failed calling webhook: connection refused"),
                     ClusterServerError, "failed calling webhook.* controller behind it", id="500"),
        pytest.param((502, b"bad gateway"), ClusterServerError, "502 bad gateway", id="502"),
        pytest.param((500, b""), ClusterServerError, "500 Internal Server Error", id="no words"),
    ],
)  # fmt: skip
def test_failed_request_raises_the_error_of_its_kind(api, cluster, answered, kind, words):
    api.answers["POST", "inferenceservices"] = answered
    with pytest.raises(kind, match=words) as caught:
        cluster.create_service(NAMESPACE, DOCUMENT)
    assert TOKEN not in str(caught.value)
    assert f"127.0.0.1:{api.port}" in str(caught.value)


@pytest.mark.parametrize("operation", ["service", "workload"])
def test_missing_resource_type_is_an_error(api, cluster, operation):
    api.answers["GET", "."] = 404, b"404 page not found\n"
    with pytest.raises(ClusterNotFoundError):
        getattr(cluster, operation)(NAMESPACE, "milk-price")


def test_closed_port_is_unreachable(api, tmp_path):
    api.port = free_port()
    with (
        open_cluster(api.kubeconfig(tmp_path)) as cluster,
        pytest.raises(ClusterUnreachableError, match=r"list pods in milkprice \(.*refused\)"),
    ):
        cluster.pods(NAMESPACE)


def test_missing_context_is_a_config_error(api, tmp_path):
    with (
        pytest.raises(ClusterConfigError, match="nowhere"),
        open_cluster(api.kubeconfig(tmp_path), "nowhere"),
    ):
        pass


def test_missing_kubeconfig_says_how_to_name_one(tmp_path):
    with (
        pytest.raises(ClusterConfigError, match="--kubeconfig"),
        open_cluster(str(tmp_path / "missing")),
    ):
        pass


def test_connect_in_a_pod_uses_its_service_account(monkeypatch, tmp_path):
    for name in ("token", "ca.crt"):
        (tmp_path / name).write_text(TOKEN)
    place = "kubernetes.config.incluster_config.SERVICE_"
    monkeypatch.setattr(f"{place}TOKEN_FILENAME", str(tmp_path / "token"))
    monkeypatch.setattr(f"{place}CERT_FILENAME", str(tmp_path / "ca.crt"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    configured = client.Configuration()
    _configure(configured, None, None)
    assert configured.host == "https://10.96.0.1:443"
    assert TOKEN in configured.api_key["authorization"]


def test_missing_client_says_how_to_install_it(monkeypatch):
    monkeypatch.delitem(sys.modules, "milkprice.cluster.client", raising=False)
    monkeypatch.setitem(sys.modules, "kubernetes", None)
    with pytest.raises(ClusterClientMissingError, match=r"milkprice\[cluster\]"), open_cluster():
        pass


def test_memory_cluster_and_http_give_the_same_documents(api, cluster):
    """The two clusters of the tests may stand for each other."""
    memory = MemoryCluster(["pull"])
    for one in (memory, cluster):
        one.create_service(NAMESPACE, DOCUMENT)
    api.cluster.script = ["pull"]
    for ask_for in ("workload", "service"):
        name = "milk-price-predictor" if ask_for == "workload" else "milk-price"
        assert getattr(memory, ask_for)(NAMESPACE, name) == getattr(cluster, ask_for)(
            NAMESPACE, name
        )
    assert memory.pods(NAMESPACE) == cluster.pods(NAMESPACE)
