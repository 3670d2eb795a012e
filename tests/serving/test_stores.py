"""A predictor over each S3 server that does what the registry stands on."""

from __future__ import annotations

import httpx
import pytest

from tests.support.bundles import tiny_bundle
from tests.support.registries import open_registry, publish_champion
from tests.support.serving import running_predictor, wait_until
from tests.support.stores import SERVERS

pytestmark = pytest.mark.slow

ROW = {"instances": [{"rain_mean": 1.0, "month": 2}]}
FOLLOW = ("--refresh-seconds", "0.2")


@pytest.mark.parametrize("reference", ["milk@champion", "*@champion"], ids=["model", "wildcard"])
@pytest.mark.parametrize("name", SERVERS)
def test_predictor_serves_and_follows(name, reference, store_server_of, tmp_path):
    server = store_server_of(name)
    uri = f"s3://{server.new_bucket()}/registry"
    registry = open_registry(uri, server.settings)
    publish_champion(registry, tiny_bundle())
    variables = server.environment
    with running_predictor(tmp_path, f"{uri}/{reference}", *FOLLOW, environment=variables) as one:
        assert _prediction(one) == 101.0
        publish_champion(registry, tiny_bundle(slope=2.0))
        wait_until(lambda: _prediction(one) == 102.0, what="following")


@pytest.mark.parametrize("reference", ["milk@champion", "*@champion"], ids=["model", "wildcard"])
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("minio", marks=pytest.mark.minio),
        pytest.param("versitygw", marks=pytest.mark.versitygw),
    ],
)
def test_predictor_whose_key_is_unknown_is_not_ready_and_says_so(
    name, reference, store_server_of, tmp_path
):
    server = store_server_of(name)
    uri = f"s3://{server.new_bucket()}/registry/{reference}"
    variables = server.environment | {"AWS_ACCESS_KEY_ID": "nobody"}
    with running_predictor(tmp_path, uri, environment=variables, wait="alive") as one:
        wait_until(lambda: "check AWS_ACCESS_KEY_ID" in one.log, what="the failure")
        answer = httpx.post(f"{one.url}/v1/models/milk:predict", json=ROW, timeout=60)
        assert (answer.status_code, one.is_ready()) == (503, False)


@pytest.mark.versitygw
@pytest.mark.parametrize("reference", ["milk@champion", "*@champion"], ids=["model", "wildcard"])
def test_predictor_with_what_echo_adds_to_its_variables_serves(
    reference, store_server_of, tmp_path
):
    server = store_server_of("versitygw")
    uri = f"s3://{server.new_bucket()}/registry"
    publish_champion(open_registry(uri, server.settings), tiny_bundle())
    variables = {variable: f"{value}\n" for variable, value in server.environment.items()}
    variables["AWS_REGION"] = "us-east-1\r\n"
    with running_predictor(tmp_path, f"{uri}/{reference}", environment=variables) as one:
        assert _prediction(one) == 101.0


def _prediction(predictor):
    answer = httpx.post(f"{predictor.url}/v1/models/milk:predict", json=ROW)
    return answer.json()["predictions"][0]
