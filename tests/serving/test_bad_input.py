"""What clients get wrong, in every protocol: always an answer, never a 500, always the place."""

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


def v1(*rows):
    return orjson.dumps({"instances": list(rows)})


def matrix(data, shape, datatype="FP64"):
    return orjson.dumps(
        {"inputs": [{"name": "x", "shape": shape, "datatype": datatype, "data": data}]}
    )


def named(**columns):
    inputs = [
        {"name": name, "shape": [len(data)], "datatype": "FP64", "data": data}
        for name, data in columns.items()
    ]
    return orjson.dumps({"parameters": {"content_type": "pd"}, "inputs": inputs})


V1_CASES = {
    "missing column": (v1({"month": 2}), ["Row 0", "lacks 'rain_mean'"]),
    "unknown column": (v1({**ROW, "wind": 1}), ["Row 0", "unknown 'wind'"]),
    "missing and unknown": (v1({"month": 1, "wind": 1}), ["lacks 'rain_mean'", "unknown 'wind'"]),
    "second row": (v1(ROW, {"month": 2}), ["Row 1", "lacks 'rain_mean'"]),
    "text": (v1({**ROW, "month": "2"}), ["Row 0", "'month'", "'2'"]),
    "null": (v1({**ROW, "month": None}), ["Row 0", "'month'", "None"]),
    "boolean": (v1({**ROW, "month": True}), ["Row 0", "'month'", "True"]),
    "list as value": (v1({**ROW, "month": [2]}), ["Row 0", "'month'", "[2]"]),
    "nan": (b'{"instances": [{"rain_mean": NaN, "month": 2}]}', ["Row 0", "rain_mean", "NaN"]),
    "infinity": (b'{"instances": [[-Infinity, 2]]}', ["Row 0", "rain_mean", "-Infinity"]),
    "number too large": (b'{"instances": [[1e999, 2]]}', ["Row 0", "rain_mean", "1e999"]),
    "too short": (v1([1.0]), ["Row 0", "has 1 values; expected 2"]),
    "too long": (v1([1.0, 2, 3]), ["Row 0", "has 3 values; expected 2"]),
    "mixed kinds": (v1(ROW, [1.0, 2]), ["Row 1"]),
    "row of no kind": (v1(7), ["Row 0", "7"]),
    "empty list": (v1(), ["instances is empty"]),
    "no list": (b'{"instances": {"month": 1}}', ["instances", "expected a list"]),
    "no instances": (b"{}", ["'instances' or 'inputs'"]),
    "both fields": (b'{"instances": [[1,2]], "inputs": [[1,2]]}', ["'instances' or 'inputs'"]),
    "empty body": (b"", ["not usable JSON"]),
    "not json": (b"instances=1", ["not usable JSON"]),
    "cut off": (b'{"instances": [[1, 2]', ["not usable JSON"]),
    "no object": (b"[[1, 2]]", ["not usable JSON", "expected an object"]),
    "not utf-8": (b'{"instances": [["\xff", 2]]}', ["not usable JSON"]),
    "deep": (b'{"instances":' + b"[" * 5000, ["not usable JSON"]),
    "duplicate column": (
        b'{"instances": [{"rain_mean": 1, "month": 2, "month": 3}]}',
        ["'month' twice"],
    ),
    "duplicate field": (b'{"instances": [[1, 2]], "instances": [[1, 2]]}', ["twice"]),
    "duplicate by case": (v1({**ROW, "MONTH": 3}), ["Row 0", "MONTH"]),
    "too many rows": (v1(*[[1, 2]] * 1001), ["1001 rows", "at most 1000"]),
    "month of a model without": (v1({"month": "2021-05"}), ["brings no forecasts by month"]),
    "month that is none": (v1({"month": "May"}), ["Row 0", "'month'", "'May'", "YYYY-MM"]),
    "horizon of no kind": (b'{"horizon": true}', ["horizon", "True", "whole number"]),
    "horizon and rows": (b'{"horizon": 3, "instances": [[1, 2]]}', ["nothing else"]),
}

V2_CASES = {
    "missing column": (named(month=[1.0]), ["lack", "'rain_mean'"]),
    "unknown column": (named(month=[1.0], rain_mean=[1.0], wind=[1.0]), ["unknown 'wind'"]),
    "text": (matrix(["a", "b"], [1, 2], "BYTES"), ["BYTES"]),
    "boolean": (matrix([True, False], [1, 2], "BOOL"), ["BOOL"]),
    "boolean as number": (matrix([True, 2.0], [1, 2]), ["True"]),
    "null": (matrix([None, 2.0], [1, 2]), ["None"]),
    "nan": (b'{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP64","data":[NaN,1]}]}', []),
    "wrong width": (matrix([1.0, 2.0, 3.0], [1, 3]), ["3"]),
    "wrong count": (matrix([1.0, 2.0, 3.0], [1, 2]), ["'x'"]),
    "negative shape": (matrix([1.0, 2.0], [-1, 2]), ["'x'"]),
    "huge shape": (matrix([1.0, 2.0], [2**62, 2]), []),
    "shape of no numbers": (matrix([1.0, 2.0], ["1", 2]), ["'x'"]),
    "no rows": (matrix([], [0, 2]), ["empty"]),
    "unknown datatype": (matrix([1.0, 2.0], [1, 2], "FP8"), ["FP8"]),
    "uneven columns": (named(month=[1.0, 2.0], rain_mean=[1.0]), []),
    "no inputs": (b'{"inputs": []}', ["inputs"]),
    "inputs of no kind": (b'{"inputs": 3}', ["inputs"]),
    "input of no kind": (b'{"inputs": [3]}', []),
    "unknown output": (
        orjson.dumps(
            {
                "inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP64", "data": [1, 2]}],
                "outputs": [{"name": "other"}],
            }
        ),
        ["'other'", "predict"],
    ),
    "id of no kind": (
        b'{"id": 3, "inputs":[{"name":"x","shape":[1,2],"datatype":"FP64","data":[1,2]}]}',
        ["id"],
    ),
    "too many rows": (matrix([0.5] * 2002, [1001, 2]), ["1001 rows"]),
    "duplicate key": (b'{"inputs": [], "inputs": []}', ["twice"]),
    "not json": (b"\x00\x01", ["not usable JSON"]),
    "no object": (b"3", ["expected an object"]),
    "empty body": (b"", ["not usable JSON"]),
}


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        *((V1, *case) for case in V1_CASES.values()),
        *((V2, *case) for case in V2_CASES.values()),
    ],
    ids=[*(f"v1 {name}" for name in V1_CASES), *(f"v2 {name}" for name in V2_CASES)],
)
def test_bad_body_is_400_and_says_what_and_where(client, path, body, told):
    answer = client.post(path, content=body, headers={"content-type": JSON})
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) - {"row", "column"} == {"error"}
    assert all(part in answer.json()["error"] for part in told), answer.text


def test_bad_number_that_overflows_the_model_is_400_and_no_null(client):
    answer = client.post("/v1/models/steep:predict", json={"instances": [[1, 2], [1e308, 2]]})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("Row 1 gives inf and no price")


@pytest.mark.parametrize("path", [V1, V2, "/v1/models/milk:explain", "/predict"])
@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=utf-8", 400),
        ("application/json;charset=UTF-8", 400),
        ("application/json; charset=latin-1", 415),
        ("text/csv", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
def test_bad_content_type_is_415_and_a_charset_is_none(client, path, content_type, status):
    answer = client.post(path, content=b"{}", headers={"content-type": content_type})
    assert answer.status_code == status, answer.text
    assert "error" in answer.json()


@pytest.mark.parametrize("path", [V1, V2, "/predict", "/v2/repository/index"])
def test_bad_body_over_the_limit_is_413_and_the_next_request_is_answered(client, path):
    answer = client.post(path, content=b" " * 300_000, headers={"content-type": JSON})
    assert answer.status_code == 413
    assert "200000 bytes" in answer.json()["error"]
    assert client.post(V1, json={"instances": [ROW]}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/models/butter:predict", 404),
        ("/v2/models/butter/infer", 404),
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


@pytest.mark.parametrize("length", ["x", "-1", "5", "99999"])
def test_bad_binary_header_length_is_400(client, length):
    headers = {"content-type": JSON, "inference-header-content-length": length}
    answer = client.post(V2, content=matrix([1.0, 2.0], [1, 2]), headers=headers)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
def test_bad_binary_value_is_400_with_its_place(client, value):
    data = np.array([[1.0, 2.0], [value, 2.0]]).tobytes()
    head = orjson.dumps(
        {
            "inputs": [
                {
                    "name": "x",
                    "shape": [2, 2],
                    "datatype": "FP64",
                    "parameters": {"binary_data_size": len(data)},
                }
            ]
        }
    )
    headers = {"inference-header-content-length": str(len(head))}
    answer = client.post(V2, content=head + data, headers=headers)
    assert answer.status_code == 400
    assert "Row 1, column 'rain_mean'" in answer.json()["error"]


GRPC_CASES = {
    "missing column": (
        {"inputs": [tensor("month", [1.0])], "pandas": True},
        "lack the columns 'rain_mean'",
    ),
    "unknown column": (
        {
            "inputs": [tensor("month", [1.0]), tensor("rain_mean", [1.0]), tensor("wind", [1.0])],
            "pandas": True,
        },
        "unknown 'wind'",
    ),
    "text": ({"inputs": [tensor("x", [b"a", b"b"], [1, 2], "BYTES")]}, "BYTES"),
    "boolean": ({"inputs": [tensor("x", [True, False], [1, 2], "BOOL")]}, "BOOL"),
    "nan": ({"inputs": [tensor("x", [math.nan, 2.0], [1, 2])]}, "Row 0, column 'rain_mean'"),
    "infinity": ({"inputs": [tensor("x", [1.0, math.inf], [1, 2])]}, "Row 0, column 'month'"),
    "wrong width": ({"inputs": [tensor("x", [1.0] * 3, [1, 3])]}, "3"),
    "wrong count": ({"inputs": [tensor("x", [1.0] * 3, [1, 2])]}, "'x'"),
    "negative shape": ({"inputs": [tensor("x", [1.0] * 2, [-1, 2])]}, "'x'"),
    "no rows": ({"inputs": [tensor("x", [], [0, 2])]}, "empty"),
    "no inputs": ({"inputs": []}, "inputs"),
    "unknown datatype": ({"inputs": [tensor("x", [1.0, 2.0], [1, 2], "FP64", kind="FP8")]}, "FP8"),
    "too many rows": ({"inputs": [tensor("x", [0.5] * 2002, [1001, 2])]}, "1001 rows"),
    "raw of wrong size": (
        {"inputs": [tensor("x", None, [1, 2])], "raw": [b"\x00" * 15]},
        "'x'",
    ),
    "raw for too many": (
        {"inputs": [tensor("x", None, [1, 2])], "raw": [b"\x00" * 16] * 2},
        "raw",
    ),
    "raw and contents": (
        {"inputs": [tensor("x", [1.0, 2.0], [1, 2])], "raw": [b"\x00" * 16]},
        "x",
    ),
}


@pytest.mark.parametrize(("request_of", "told"), GRPC_CASES.values(), ids=GRPC_CASES)
def test_bad_grpc_request_is_invalid_argument_and_says_what(predictor, request_of, told):
    message = pb.ModelInferRequest(model_name="milk", inputs=request_of["inputs"])
    message.raw_input_contents.extend(request_of.get("raw", []))
    if request_of.get("pandas"):
        message.parameters["content_type"].string_param = "pd"
    with stub(predictor) as service, pytest.raises(grpc.RpcError) as refused:
        service.ModelInfer(message)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT, refused.value
    assert told in refused.value.details()


@pytest.mark.parametrize(
    ("name", "version"), [("butter", ""), ("milk", "1")], ids=["name", "version"]
)
def test_bad_grpc_model_is_not_found(predictor, name, version):
    message = pb.ModelInferRequest(model_name=name, model_version=version)
    with stub(predictor) as service, pytest.raises(grpc.RpcError) as refused:
        service.ModelInfer(message)
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
