"""The clients that people use, against a running predictor."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
import zlib
from pathlib import Path

import grpc
import httpx
import numpy as np
import orjson
import pytest
import tritonclient.http as triton_http
import tritonclient.http.aio as triton_aio
from cloudevents.conversion import to_binary, to_structured
from cloudevents.http import CloudEvent, from_http
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from tests.support.inference import no_arguments, pb, stub, tensor

with no_arguments():
    from kserve import (
        InferenceGRPCClient,
        InferenceRESTClient,
        InferInput,
        InferRequest,
        RESTConfig,
    )
    from kserve.protocol.rest.v2_datamodels import InferenceRequest, RequestInput, RequestOutput

    from serving.grpc import STREAMS

pytestmark = pytest.mark.slow

SERVICE = "inference.GRPCInferenceService"
ROWS = np.array([[1.0, 2.0], [3.0, 4.0]])
PREDICTIONS = [101.0, 103.0]


def kserve_request(*, pandas=False, binary=False):
    inputs = [InferInput("x", list(ROWS.shape), "FP64")]
    columns = {"MONTH": ROWS[:, 1], "rain_mean": ROWS[:, 0]}
    if pandas:
        inputs = [InferInput(name, [len(data)], "FP64") for name, data in columns.items()]
    for made, data in zip(inputs, columns.values() if pandas else [ROWS], strict=True):
        made.set_data_from_numpy(np.ascontiguousarray(data), binary_data=binary)
    parameters = {"content_type": "pd"} if pandas else None
    return InferRequest("milk", inputs, request_id="42", parameters=parameters)


def rest(protocol, ask):
    async def asked():
        async with InferenceRESTClient(RESTConfig(protocol=protocol)) as client:
            return await ask(client)

    return asyncio.run(asked())


def test_kserve_rest_client_v1_predicts(predictor):
    data = {"instances": ROWS.tolist()}
    answer = rest("v1", lambda client: client.infer(predictor.url, data, model_name="milk"))
    assert answer["predictions"] == PREDICTIONS


def test_kserve_rest_client_v1_explains(predictor):
    data = {"instances": ROWS.tolist()}
    answer = rest("v1", lambda client: client.explain(predictor.url, "milk", data))
    assert answer["baseline"] == 100.0
    assert answer["contributions"] == [
        {"rain_mean": 1.0, "month": 0.0},
        {"rain_mean": 3.0, "month": 0.0},
    ]
    assert answer["predictions"] == PREDICTIONS


@pytest.mark.parametrize("pandas", [False, True], ids=["matrix", "columns"])
@pytest.mark.parametrize("binary", [False, True], ids=["json", "binary"])
def test_kserve_rest_client_v2_infers(predictor, pandas, binary):
    data = kserve_request(pandas=pandas, binary=binary)
    answer = rest("v2", lambda client: client.infer(predictor.url, data, model_name="milk"))
    assert answer.outputs[0].as_numpy().tolist() == PREDICTIONS
    assert answer.id == "42"


def test_kserve_transformer_that_sends_two_content_types_is_answered(predictor):
    data, sent = kserve_request(binary=True), {"Content-Type": "application/json"}
    ask = {"data": data, "model_name": "milk", "headers": sent}
    answer = rest("v2", lambda client: client.infer(predictor.url, **ask))
    assert sent["content-type"] == "application/octet-stream"
    assert answer.outputs[0].as_numpy().tolist() == PREDICTIONS


@pytest.mark.parametrize("outputs", [None, [RequestOutput(name="predict")]], ids=["all", "named"])
def test_kserve_data_class_with_nulls_is_answered(client, outputs):
    inputs = [RequestInput(name="x", shape=[2, 2], datatype="FP64", data=ROWS.tolist())]
    body = InferenceRequest(inputs=inputs, outputs=outputs).model_dump_json()
    assert '"id":null,"parameters":null' in body
    answer = client.post("/v2/models/milk/infer", content=body)
    assert answer.json()["outputs"][0]["data"] == PREDICTIONS, answer.text


@pytest.mark.parametrize("binary", [False, True], ids=["json", "binary"])
def test_kserve_rest_client_without_rows_learns_that(predictor, binary):
    sent = InferInput("x", [0, 2], "FP64")
    sent.set_data_from_numpy(np.zeros((0, 2)), binary_data=binary)
    request = InferRequest("milk", [sent])
    with pytest.raises(httpx.HTTPStatusError, match="inputs is empty; expected at least one row"):
        rest("v2", lambda client: client.infer(predictor.url, request, model_name="milk"))


@pytest.mark.parametrize("protocol", ["v1", "v2"])
def test_kserve_rest_client_finds_it_alive_and_ready(predictor, protocol):
    assert rest(protocol, lambda client: client.is_server_live(predictor.url))
    assert rest(protocol, lambda client: client.is_model_ready(predictor.url, "milk"))
    if protocol == "v2":
        assert rest(protocol, lambda client: client.is_server_ready(predictor.url))


@pytest.mark.parametrize("pandas", [False, True], ids=["matrix", "columns"])
@pytest.mark.parametrize("binary", [False, True], ids=["contents", "raw"])
def test_kserve_grpc_client_infers(predictor, pandas, binary):
    async def ask():
        async with InferenceGRPCClient(predictor.grpc_address) as client:
            assert await client.is_server_live()
            assert await client.is_server_ready()
            assert await client.is_model_ready("milk")
            return await client.infer(kserve_request(pandas=pandas, binary=binary))

    answer = asyncio.run(ask())
    assert answer.outputs[0].as_numpy().tolist() == PREDICTIONS


@pytest.mark.parametrize("binary", [False, True], ids=["json", "binary"])
def test_triton_http_client_infers(predictor, binary):
    with triton_http.InferenceServerClient(f"127.0.0.1:{predictor.http_port}") as client:
        sent = triton_http.InferInput("x", list(ROWS.shape), "FP64")
        sent.set_data_from_numpy(ROWS, binary_data=binary)
        wanted = [triton_http.InferRequestedOutput("predict", binary_data=binary)]
        answer = client.infer("milk", [sent], outputs=wanted, request_id="42")
        assert answer.as_numpy("predict").tolist() == PREDICTIONS
        assert answer.get_response()["id"] == "42"


@pytest.mark.parametrize("compression", [None, "gzip", "deflate"])
@pytest.mark.parametrize("binary", [False, True], ids=["json", "binary"])
def test_triton_aio_client_infers(predictor, binary, compression):
    async def ask():
        async with triton_aio.InferenceServerClient(f"127.0.0.1:{predictor.http_port}") as client:
            sent = triton_aio.InferInput("x", list(ROWS.shape), "FP64")
            sent.set_data_from_numpy(ROWS, binary_data=binary)
            return await client.infer("milk", [sent], request_compression_algorithm=compression)

    assert asyncio.run(ask()).as_numpy("predict").tolist() == PREDICTIONS


def test_triton_http_client_knows_server_and_models(predictor):
    with triton_http.InferenceServerClient(f"127.0.0.1:{predictor.http_port}") as client:
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("milk")
        assert client.get_server_metadata()["name"] == "milkprice"
        known = client.get_model_metadata("milk")
        assert [column["name"] for column in known["inputs"]] == ["rain_mean", "month"]
        version = known["versions"][0]
        assert client.is_model_ready("milk", version)
        index = client.get_model_repository_index()
        assert {model["name"]: model["state"] for model in index}["milk"] == "READY"


def test_triton_grpc_client_infers_and_knows_the_model(predictor):
    program = Path(__file__).parents[1] / "support" / "triton_grpc.py"
    command = [sys.executable, str(program), predictor.grpc_address, "milk", "cheese"]
    finished = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert orjson.loads(finished.stdout) == {
        "predictions": PREDICTIONS,
        "id": "42",
        "columns": ["rain_mean", "month"],
        "ready": True,
        "other_version_ready": False,
        "unloaded_and_loaded": [False, True],
    }


@pytest.mark.parametrize("service", ["", SERVICE])
def test_grpc_probe_finds_it_serving(predictor, service):
    with grpc.insecure_channel(predictor.grpc_address) as channel:
        health = HealthStub(channel)
        asked = HealthCheckRequest(service=service)
        assert health.Check(asked).status == HealthCheckResponse.SERVING
        assert next(health.Watch(asked)).status == HealthCheckResponse.SERVING


def test_grpc_watchers_above_the_limit_are_refused_until_others_leave(predictor):
    async def watch(health):
        call = health.Watch(HealthCheckRequest())
        try:
            await call.read()
        except grpc.aio.AioRpcError as error:
            return error
        return call

    async def crowd():
        async with grpc.aio.insecure_channel(predictor.grpc_address) as channel:
            health = HealthStub(channel)
            calls = [await watch(health) for _ in range(STREAMS)]
            refused = await watch(health)
            assert refused.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
            assert refused.details().endswith("try again in a moment.")
            for call in calls:
                assert call.cancel()
            while isinstance(await watch(health), grpc.aio.AioRpcError):
                await asyncio.sleep(0.02)

    asyncio.run(crowd())


def test_grpc_probe_of_another_service_finds_none(predictor):
    with grpc.insecure_channel(predictor.grpc_address) as channel:
        health = HealthStub(channel)
        asked = HealthCheckRequest(service="milk")
        with pytest.raises(grpc.RpcError) as refused:
            health.Check(asked)
        assert refused.value.code() == grpc.StatusCode.NOT_FOUND
        assert refused.value.details().startswith("There is no service 'milk' here; expected")
        assert next(health.Watch(asked)).status == HealthCheckResponse.SERVICE_UNKNOWN


def test_grpc_reflection_describes_the_services(predictor):
    with grpc.insecure_channel(predictor.grpc_address) as channel:
        described = ProtoReflectionDescriptorDatabase(channel)
        services = {SERVICE, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
        assert set(described.get_services()) == services
        pool = DescriptorPool(described)
        methods = pool.FindServiceByName(SERVICE).methods_by_name
        assert methods["ModelInfer"].input_type.fields_by_name["raw_input_contents"].number == 7


def test_grpc_client_loads_and_unloads(predictor):
    with stub(predictor) as service:
        unloaded = service.RepositoryModelUnload(
            pb.RepositoryModelUnloadRequest(model_name="cheese")
        )
        assert unloaded.isUnloaded
        message = pb.ModelInferRequest(
            model_name="cheese", inputs=[tensor("x", [1.0, 2.0], [1, 2])]
        )
        with pytest.raises(grpc.RpcError) as refused:
            service.ModelInfer(message)
        assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
        assert refused.value.details() == "Model not loaded"
        loaded = service.RepositoryModelLoad(pb.RepositoryModelLoadRequest(model_name="cheese"))
        assert loaded.isLoaded
        assert service.ModelInfer(message).outputs[0].contents.fp64_contents[:] == [201.0]


@pytest.mark.parametrize("pack", [to_binary, to_structured])
@pytest.mark.parametrize("verb", ["predict", "explain"])
def test_python_cloud_event_is_answered_by_one(client, verb, pack):
    event = CloudEvent({"type": "rows", "source": "/farm"}, {"instances": ROWS.tolist()})
    headers, body = pack(event)
    path = f"/v1/models/milk:{verb}"
    answer = client.post(
        path, content=body, headers={"content-type": "application/json", **headers}
    )
    assert answer.status_code == 200, answer.text
    answered = from_http(dict(answer.headers), answer.content)
    assert answered["source"] == "io.kserve.inference.milk"
    assert answered.data["predictions"] == PREDICTIONS


# What cloudevents 10.0.0 for JavaScript sends of an event with an object, and with bytes.
JAVASCRIPT = (
    b'{"id":"A-1","time":"2026-11-30T06:05:22.543Z","type":"rows","source":"/js",'
    b'"specversion":"1.0",'
)
JAVASCRIPT_EVENTS = {
    "object": JAVASCRIPT + b'"data":{"instances":[[1,2],[3,4]]}}',
    "bytes": JAVASCRIPT
    + b'"datacontenttype":"application/json","data_base64":"eyJpbnN0YW5jZXMiOltbMSwyXSxbMyw0XV19"}',
}


@pytest.mark.parametrize("body", JAVASCRIPT_EVENTS.values(), ids=JAVASCRIPT_EVENTS)
def test_javascript_cloud_event_is_answered_by_one(client, body):
    headers = {"content-type": "application/cloudevents+json; charset=utf-8"}
    answer = client.post("/v1/models/milk:predict", content=body, headers=headers)
    assert answer.json()["data"]["predictions"] == PREDICTIONS, answer.text


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress)],
    ids=["gzip", "deflate"],
)
@pytest.mark.parametrize("rows", [1, 1000], ids=["on the loop", "in a thread"])
def test_rest_packed_body_is_answered(client, rows, encoding, pack):
    headers = {"content-type": "application/json", "content-encoding": encoding}
    body = pack(orjson.dumps({"instances": [[1, 2]] * rows}))
    answer = client.post("/v1/models/milk:predict", content=body, headers=headers)
    assert answer.json()["predictions"] == [101.0] * rows, answer.text


def test_rest_what_kserve_answers_itself_is_there(client):
    assert client.get("/").json() == {"status": "alive"}
    assert client.get("/v1/models").json() == {"models": ["milk", "cheese", "steep"]}
    metrics = client.get("/metrics").text
    assert "milkprice_requests_total" in metrics
    assert "milkprice_ready 1.0" in metrics


def test_rest_older_interfaces_predict_and_reload(client):
    assert client.post("/predict", json={"rain_mean": 1, "month": 2}).json() == {
        "prediction": 101.0
    }
    rows = [{"rain_mean": 1, "month": 2}, {"rain_mean": 3, "month": 4}]
    query = {"query": rows, "model": "cheese"}
    assert client.post("/predict", json=query).json() == {"prediction": [201.0, 203.0]}
    assert client.post("/reload_model").status_code == 200
    assert client.get("/reload_model").json()["message"] == "Model reloaded"


def test_rest_answers_carry_the_version_and_versioned_paths_work(client):
    version = client.get("/v2/models/milk").json()["versions"][0]
    answer = client.post(f"/v1/models/milk/versions/{version}:predict", json={"inputs": [[1, 2]]})
    assert answer.json()["model_version"] == version
    assert client.get(f"/v2/models/milk/versions/{version}").status_code == 200
    assert client.get(f"/v2/models/milk/versions/{version}/ready").status_code == 200
    assert client.get("/v2/models/milk/versions/1").status_code == 404
