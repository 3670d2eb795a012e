"""A predictor that pulls from a real MinIO: start, follow, break, stop, come back."""

from __future__ import annotations

import io
import itertools
import threading
from contextlib import ExitStack
from dataclasses import replace

import httpx
import pytest

from milkprice.registry.settings import StoreSettings
from tests.support.bundles import tiny_bundle
from tests.support.minio import minio_program, running_minio
from tests.support.moments import NOON
from tests.support.registries import open_registry, publish_champion
from tests.support.repositories import publish_many
from tests.support.serving import running_predictor, wait_until

pytestmark = [pytest.mark.minio, pytest.mark.slow]

ROW = {"instances": [{"rain_mean": 1.0, "month": 2}]}
PREDICT = "/v1/models/milk:predict"
FOLLOW = ("--refresh-seconds", "0.2")


@pytest.fixture
def registry(minio, bucket):
    return open_registry(f"s3://{bucket}/registry", minio.settings)


@pytest.fixture
def start(tmp_path, minio, bucket):
    """Starts predictors of the bucket, which are stopped at the end of the test."""

    def start(
        *options, uri=f"s3://{bucket}/registry/milk@champion", settings=None, wait="complete"
    ):
        used = settings or minio.settings
        environment = {
            "AWS_ENDPOINT_URL": used.endpoint,
            "AWS_ACCESS_KEY_ID": used.access_key_id,
            "AWS_SECRET_ACCESS_KEY": used.secret_access_key,
        }
        running = running_predictor(tmp_path, uri, *options, environment=environment, wait=wait)
        return stack.enter_context(running)

    with ExitStack() as stack:
        yield start


def predicted(predictor):
    answer = httpx.post(predictor.url + PREDICT, json=ROW)
    assert answer.status_code == 200, answer.text
    return answer.json()["predictions"][0]


def index(predictor):
    return httpx.post(f"{predictor.url}/v2/repository/index").json()


def test_minio_cold_start_ends_ready_and_predicting(registry, start):
    publish_champion(registry, tiny_bundle())
    assert predicted(start()) == 101.0


def test_minio_alias_promoted_under_load_loses_and_mixes_nothing(registry, start):
    """Each response is of one version, which was champion when it was requested."""
    versions = {publish_champion(registry, tiny_bundle(slope=float(n))): 100.0 + n for n in (1, 2)}
    predictor = start("--refresh-seconds", "0.05")
    answers, ending = [], threading.Event()

    def load():
        with predictor.client() as client:
            while not ending.is_set():
                answers.append(client.post(PREDICT, json=ROW))

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for version in itertools.islice(itertools.cycle(versions), 20):
        _promote(registry, version)
        wait_until(lambda: index(predictor)[0]["version"] == version, what="the swap")  # noqa: B023
    ending.set()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    documents = [answer.json() for answer in answers]
    assert {document["model_version"] for document in documents} == set(versions)
    assert all(versions[d["model_version"]] == d["predictions"][0] for d in documents)
    assert len(answers) > 100


def test_minio_flipped_byte_leaves_the_old_version_serving_and_is_reported(
    registry, start, bucket, minio
):
    first = publish_champion(registry, tiny_bundle())
    predictor = start(*FOLLOW)
    other = registry.publish(tiny_bundle(slope=2.0))
    key = f"models/milk/{other}/polynomial.json"
    _damage(minio, bucket, f"registry/{key}")
    _promote(registry, other)
    wait_until(lambda: index(predictor)[0]["reason"], what="the failure")
    assert predicted(predictor) == 101.0
    assert predictor.is_ready()
    metadata = httpx.get(f"{predictor.url}/v2/models/milk").json()
    assert metadata["versions"] == [first]
    assert metadata["properties"]["load_error_version"] == other
    assert "SHA-256" in metadata["properties"]["load_error"]
    metrics = httpx.get(f"{predictor.url}/metrics").text
    assert 'load_failures_total{error="BundleChecksumError",model="milk"}' in metrics
    assert "model not loaded" in predictor.log
    answer = httpx.post(f"{predictor.url}/v2/repository/models/milk/load")
    assert answer.status_code == 503
    assert f"version {first} still serves" in answer.json()["error"]


def test_minio_wrong_credentials_are_reported_without_the_secret(registry, start, minio):
    publish_champion(registry, tiny_bundle())
    wrong = replace(minio.settings, secret_access_key="wrong-and-hidden")
    predictor = start(settings=wrong, wait="alive")
    wait_until(lambda: index(predictor)[0]["reason"], what="the failure")
    assert "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY" in index(predictor)[0]["reason"]
    assert predictor.status("/v2/health/ready") == 503
    assert "milkprice_ready 0.0" in httpx.get(f"{predictor.url}/metrics").text
    assert "wrong-and-hidden" not in predictor.log


def test_minio_stopped_and_started_again_is_survived(tmp_path, start, request):
    """Requests go on without the store; what is promoted afterwards is followed."""
    program = minio_program(request.config.rootpath)
    port = None
    with running_minio(program, tmp_path) as server:
        bucket, port = server.new_bucket(), server.address
        registry = open_registry(f"s3://{bucket}/registry", server.settings)
        publish_champion(registry, tiny_bundle())
        uri = f"s3://{bucket}/registry/milk"
        predictor = start(*FOLLOW, uri=uri, settings=server.settings)
        late = {"settings": server.settings, "uri": uri}
    wait_until(lambda: index(predictor)[0]["reason"], seconds=60, what="the failure")
    assert predicted(predictor) == 101.0
    assert predictor.is_ready()
    started_without_store = start(*FOLLOW, **late, wait="alive")
    assert started_without_store.status("/v2/health/ready") == 503
    with running_minio(program, tmp_path, like=server):
        assert port == server.address
        publish_champion(registry, tiny_bundle(slope=2.0))
        for running in (predictor, started_without_store):
            wait_until(lambda: _is_102(running), seconds=90, what="following")  # noqa: B023


def test_minio_models_of_a_wildcard_are_loaded_evicted_and_followed(registry, start, bucket, minio):
    names = [f"milk-{number}" for number in range(6)]
    publish_many(f"s3://{bucket}/registry", names, settings=minio.settings)
    publish_champion(registry, tiny_bundle(name="cheese"))
    uri = f"s3://{bucket}/registry/milk-*@champion"
    predictor = start(*FOLLOW, "--models-max", "2", uri=uri)
    with predictor.client() as client:
        assert index(predictor) == [
            {"name": name, "state": "UNAVAILABLE", "reason": "not loaded"} for name in names
        ]
        for number, name in enumerate(names):
            answer = client.post(f"/v1/models/{name}:predict", json=ROW)
            assert answer.json()["predictions"] == [101.0 + number]
        assert [one["name"] for one in index(predictor) if one["state"] == "READY"] == names[-2:]
        for unknown in ("cheese", "milk-9"):
            assert client.post(f"/v1/models/{unknown}:predict", json=ROW).status_code == 404
        version = publish_champion(registry, tiny_bundle(name=names[-1], slope=2.0))
        path = f"/v1/models/{names[-1]}:predict"

        def swapped():
            return client.post(path, json=ROW).json()["model_version"] == version

        wait_until(swapped, what="the swap")


def test_minio_wildcard_without_the_store_waits_for_it(start, bucket):
    wrong = StoreSettings(endpoint="http://127.0.0.1:1", access_key_id="a", secret_access_key="b")
    uri = f"s3://{bucket}/registry/*@champion"
    predictor = start(uri=uri, settings=wrong, wait="alive")
    wait_until(lambda: "models not listed" in predictor.log, seconds=60, what="the failure")
    assert predictor.status("/v2/health/ready") == 503
    answer = httpx.post(f"{predictor.url}/v1/models/milk:predict", json=ROW, timeout=60)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert predictor.is_alive()


def _is_102(predictor):
    answer = httpx.post(predictor.url + PREDICT, json=ROW)
    return answer.status_code == 200 and answer.json()["predictions"] == [102.0]


def _promote(registry, version):
    registry.promote("milk", version, at=NOON, reason="test")


def _damage(minio, bucket, key):
    """Flip one byte of an object in the store."""
    client = minio.client()
    data = bytearray(client.get_object(bucket_name=bucket, object_name=key).read())
    data[len(data) // 2] ^= 1
    client.put_object(bucket_name=bucket, object_name=key, data=io.BytesIO(data), length=len(data))
