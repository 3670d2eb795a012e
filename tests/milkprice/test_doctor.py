"""Looking at a running system: each part well, then ill one by one."""

import http.server
import re
import ssl
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from milkprice import runtime
from milkprice.doctor import DoctorSettings, examine
from milkprice.registry.settings import StoreSettings
from tests.support.apiserver import running_api
from tests.support.bundles import tiny_bundle
from tests.support.cluster import NAMESPACE, MemoryCluster
from tests.support.forgery import KEY
from tests.support.hostile import flip
from tests.support.moments import NOON
from tests.support.ports import free_port
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import running_predictor
from tests.support.tls import write_certificates

CONTAINER = {"name": "kserve-container", "image": "x:1"}
SERVICE = {
    "metadata": {"name": "milk-price", "namespace": NAMESPACE},
    "spec": {"predictor": {"containers": [CONTAINER]}},
}


@pytest.fixture
def folder(tmp_path):
    """A registry of one champion, ``milk``."""
    publish_champion(open_registry(tmp_path / "registry"), tiny_bundle(name="milk"))
    return tmp_path / "registry"


def findings(folder, *, clock=runtime.now, store=None, **more):
    settings = DoctorSettings(registry=str(folder), store=store or StoreSettings(), **more)
    return {one.subject: one for one in examine(settings, clock=clock)}


def ill(found):
    return [subject for subject, one in found.items() if not one.healthy]


def test_folder_with_a_champion_is_well(folder):
    found = findings(folder)
    assert list(found) == ["store", "model milk"]
    assert ill(found) == []
    assert found["model milk"].seen.endswith(": whole")


@pytest.mark.minio
def test_registry_on_a_server_is_tried_by_its_conditions(minio, bucket):
    uri = f"s3://{bucket}/registry"
    publish_champion(open_registry(uri, minio.settings), tiny_bundle(name="milk"))
    found = findings(uri, store=replace(minio.settings, single_writer=False))
    assert ill(found) == []
    assert list(found) == ["store's clock", "store", "model milk"]
    assert found["store"].seen.startswith("all 8 conditions hold at s3://")


@pytest.mark.minio
def test_registry_that_this_user_may_not_write_is_ill_and_its_models_are_looked_at(minio, bucket):
    settings = replace(minio.settings, secret_access_key="of somebody else")
    found = findings(f"s3://{bucket}/registry", store=settings)
    assert ill(found) == ["store", "models"]
    assert "docs/stores.md" in found["store"].remedy


def test_registry_without_models_says_how_to_publish_one(tmp_path):
    found = findings(tmp_path)
    assert ill(found) == ["models"]
    assert "make run" in found["models"].remedy


def test_model_that_was_altered_is_ill_and_the_others_are_looked_at(folder):
    publish_champion(open_registry(folder), tiny_bundle(name="rain"))
    (file,) = folder.glob("models/milk/*/model.joblib")
    file.write_bytes(flip(file.read_bytes(), 20))
    found = findings(folder)
    assert ill(found) == ["model milk"]
    assert "model.joblib" in found["model milk"].seen
    assert "rollback milk" in found["model milk"].remedy
    assert found["model rain"].healthy


def test_model_that_no_alias_means_is_ill(tmp_path):
    open_registry(tmp_path).publish(tiny_bundle(name="milk"))
    assert ill(findings(tmp_path)) == ["model milk"]


def test_model_without_signatures_is_ill_where_keys_are_asked_for(folder):
    found = findings(folder, keys=KEY.verifying)
    assert ill(found) == ["model milk"]
    assert "aliases.json is not signed" in found["model milk"].seen
    assert "models sign milk" in found["model milk"].seen
    open_registry(folder).sign_aliases("milk", KEY, at=NOON)
    found = findings(folder, keys=KEY.verifying)
    assert ill(found) == []
    assert found["model milk"].seen.endswith("whole and signed")


@pytest.mark.slow
def test_predictor_that_serves_the_champion_is_well(folder, tmp_path):
    with running_predictor(tmp_path, f"{folder}/milk") as predictor:
        found = findings(folder, predictor=predictor.url)
    assert ill(found) == []
    assert found["predictor"].seen == "ready"
    assert found["predictor's milk"].seen.startswith("serves 2")


@pytest.mark.slow
def test_predictor_of_an_older_version_and_with_tokens_says_what_to_do(folder, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("secret-of-a-test\n")
    older = open_registry(folder).resolve("milk")
    publish_champion(open_registry(folder), tiny_bundle(name="milk", offset=200.0))
    uri = f"{folder}/milk@{older}"
    with running_predictor(tmp_path, uri, "--token-file", str(tokens)) as predictor:
        without = findings(folder, predictor=predictor.url)
        found = findings(folder, predictor=predictor.url, token="secret-of-a-test")
    assert ill(without) == ["predictor's models"]
    assert "--token-file" in without["predictor's models"].remedy
    assert ill(found) == ["predictor's milk"]
    assert f"serves {older} and not 2" in found["predictor's milk"].seen


def test_predictor_that_does_not_answer_is_said_once(folder):
    found = findings(folder, predictor=f"http://127.0.0.1:{free_port()}")
    assert ill(found) == ["predictor"]
    assert "does not answer" in found["predictor"].seen


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def secure(tmp_path):
    """Address of a server with a certificate of a day, and the authority that vouches for it."""
    authority = write_certificates(tmp_path / "certificates")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sorted((tmp_path / "certificates").iterdir(), reverse=True))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}", authority
        server.shutdown()
        thread.join()


def test_certificate_that_ends_soon_is_ill(folder, secure):
    address, authority = secure
    found = findings(folder, predictor=address, store=StoreSettings(ca_bundle=authority))
    assert not found["predictor's certificate"].healthy
    assert found["predictor's certificate"].seen == "valid for 0 more days"
    assert found["predictor's clock"].healthy


def test_certificate_that_nobody_vouches_for_is_no_answer(folder, secure):
    address, _ = secure
    found = findings(folder, predictor=address)
    assert ill(found) == ["predictor"]
    assert "CERTIFICATE_VERIFY_FAILED" in found["predictor"].seen


def test_clock_of_an_hour_ahead_is_ill(folder, secure):
    address, authority = secure
    found = findings(
        folder, predictor=address, store=StoreSettings(ca_bundle=authority),
        clock=lambda: runtime.now() + timedelta(hours=1),
    )  # fmt: skip
    assert re.fullmatch(r"36\d\d s from this machine's", found["predictor's clock"].seen)
    assert "NTP" in found["predictor's clock"].remedy


@pytest.mark.parametrize(
    ("script", "words", "well"),
    [("ready", "milk-price is ready", True), ("pull", "milk-price: ", False)],
)
def test_cluster_is_as_well_as_its_services(folder, tmp_path, script, words, well):
    cluster = MemoryCluster((script,))
    cluster.create_service(NAMESPACE, SERVICE)
    with running_api(cluster) as api:
        kubeconfig = str(api.kubeconfig(tmp_path))
        cluster.workload(NAMESPACE, "milk-price-predictor")
        found = findings(folder, namespace=NAMESPACE, kubeconfig=kubeconfig)
    assert found["cluster"].healthy is well
    assert words in found["cluster"].seen


def test_cluster_without_services_and_no_cluster_are_ill(folder, tmp_path):
    with running_api() as api:
        kubeconfig = str(api.kubeconfig(tmp_path))
        empty = findings(folder, namespace=NAMESPACE, kubeconfig=kubeconfig)
    assert "no InferenceService in milkprice" in empty["cluster"].seen
    gone = findings(folder, namespace=NAMESPACE, kubeconfig="nowhere")
    assert "No Kubernetes cluster is configured" in gone["cluster"].seen
