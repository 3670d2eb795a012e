"""What clients get wrong, once for each protocol; every case is in ``payload/``."""

from __future__ import annotations

import math

import grpc
import numpy as np
import orjson
import pytest

from tests.support.inference import pb, stub, tensor

V1 = "/v1/models/milk:predict"
V2 = "/v2/models/milk/infer"
ROW = {"rain_mean": 1.0, "month": 2}
JSON = "application/json"

pytestmark = pytest.mark.slow


TENSOR = {"name": "x", "shape": [1, 2], "datatype": "FP64", "data": [1.0, None]}
BINARY = {"name": "x", "shape": [2, 2], "datatype": "FP64", "parameters": {"binary_data_size": 32}}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (V1, b'{"instances": [{"rain_mean": 1.0, "month": NaN}]}'),
        (V2, orjson.dumps({"inputs": [TENSOR]})),
        ("/predict", b'{"rain_mean": 1.0, "month": "2"}'),
    ],
    ids=["v1", "v2", "legacy"],
)
def test_bad_body_is_400_and_says_what_and_where(client, path, body):
    answer = client.post(path, content=body, headers={"content-type": JSON})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"].startswith("Row 0, column 'month': ")
    assert (answer.json()["row"], answer.json()["column"]) == (0, "month")


def test_bad_number_that_overflows_the_model_is_400_and_no_null(client):
    answer = client.post("/v1/models/steep:predict", json={"instances": [[1, 2], [1e308, 2]]})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("Row 1 gives inf and no price")


@pytest.mark.parametrize(
    "path", [V1, V2, "/v1/models/milk:explain", "/predict", "/v2/repository/index"]
)
def test_bad_content_type_is_415(client, path):
    answer = client.post(path, content=b"{}", headers={"content-type": "text/csv"})
    assert answer.status_code == 415, answer.text


def test_bad_body_over_the_limit_is_413_and_the_next_request_is_answered(client):
    answer = client.post(V1, content=b" " * 300_000, headers={"content-type": JSON})
    assert answer.status_code == 413
    assert "200000 bytes" in answer.json()["error"]
    assert client.post(V1, json={"instances": [ROW]}).status_code == 200


def test_bad_encoding_is_415_and_says_which_are_known(client):
    headers = {"content-type": JSON, "content-encoding": "br"}
    answer = client.post(V1, json={"instances": [ROW]}, headers=headers)
    assert answer.status_code == 415
    assert answer.json()["error"] == "Content-Encoding is 'br'; expected gzip, deflate or none."


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/models/milk/versions/1:predict", 404),
        ("/v2/models/milk/versions/1/infer", 404),
        ("/v1/models/milk:guess", 405),
        ("/elsewhere", 404),
    ],
)
def test_bad_path_is_refused_in_the_same_form(client, path, status):
    answer = client.post(path, json={"instances": [ROW]})
    assert answer.status_code == status
    assert set(answer.json()) - {"row", "column"} == {"error"}


def test_bad_binary_value_is_400_with_its_place(client):
    head = orjson.dumps({"inputs": [BINARY]})
    data = np.array([[1.0, 2.0], [math.nan, 2.0]]).tobytes()
    headers = {"inference-header-content-length": str(len(head))}
    answer = client.post(V2, content=head + data, headers=headers)
    assert answer.status_code == 400
    assert "Row 1, column 'rain_mean'" in answer.json()["error"]


def test_bad_grpc_request_is_invalid_argument_and_says_what(predictor):
    inputs = [tensor("x", [math.nan, 2.0], [1, 2])]
    with stub(predictor) as service, pytest.raises(grpc.RpcError) as refused:
        service.ModelInfer(pb.ModelInferRequest(model_name="milk", inputs=inputs))
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT, refused.value
    assert "Row 0, column 'rain_mean'" in refused.value.details()


@pytest.mark.parametrize(
    ("name", "version"), [("butter", ""), ("milk", "1")], ids=["name", "version"]
)
def test_bad_grpc_model_is_not_found(predictor, name, version):
    message = pb.ModelInferRequest(model_name=name, model_version=version)
    with stub(predictor) as service, pytest.raises(grpc.RpcError) as refused:
        service.ModelInfer(message)
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
