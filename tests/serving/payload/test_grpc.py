"""The Open Inference Protocol over gRPC."""

import json

import numpy as np
import pytest

from serving.errors import (
    NoRowsError,
    RequestFieldError,
    RowError,
    TensorError,
    TooManyRowsError,
)
from serving.payload import grpc, v2

NAMES = ("Rain_Mean", "Año", "price")
MATRIX = np.array([[12.0, 2015, 200], [0.0, 2016, 201]])
FLAT = MATRIX.ravel().tolist()
FIELDS = {
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
}


@pytest.fixture
def message(messages):
    """Return a request without inputs."""
    return messages.ModelInferRequest(model_name="milk")


def add(message, *, name="rows", shape=(2, 3), datatype="FP64", raw=None, **contents):
    sent = message.inputs.add(name=name, datatype=datatype, shape=shape)
    for field, values in contents.items():
        getattr(sent.contents, field).extend(values)
    if raw is not None:
        message.raw_input_contents.append(raw)
    return message


def decode(message, schema):
    return grpc.decode(message, schema, max_rows=3)


@pytest.mark.parametrize(("datatype", "field"), FIELDS.items())
def test_decode_contents_and_raw_bytes_give_what_rest_gives(messages, schema, datatype, field):
    whole = [int(value) for value in FLAT] if "INT" in datatype else FLAT
    kind = f"<{'f' if datatype[0] == 'F' else datatype[0].lower()}{int(datatype[-2:]) // 8}"
    typed = add(messages.ModelInferRequest(), datatype=datatype, **{field: whole})
    raw = add(messages.ModelInferRequest(), datatype=datatype, raw=MATRIX.astype(kind).tobytes())
    sent = {"name": "rows", "shape": [2, 3], "datatype": datatype, "data": whole}
    body = json.dumps({"inputs": [sent]}).encode()
    rest = v2.decode(body, schema, max_rows=3, header_length=None)
    assert decode(typed, schema).rows.tolist() == rest.rows.tolist() == MATRIX.tolist()
    assert decode(raw, schema).rows.tolist() == rest.rows.tolist()


@pytest.mark.parametrize("is_raw", [True, False], ids=["raw", "contents"])
def test_decode_columns_in_any_order_are_put_in_order(message, schema, is_raw):
    message.parameters["content_type"].string_param = "pd"
    for name, values in list(zip(NAMES, MATRIX.T, strict=True))[::-1]:
        data = {"raw": values.tobytes()} if is_raw else {"fp64_contents": values}
        add(message, name=name.upper(), shape=[2], **data)
    assert decode(message, schema).rows.tolist() == MATRIX.tolist()


def test_decode_sixteen_bits_come_raw(message, schema):
    add(message, datatype="FP16", raw=MATRIX.astype("<f2").tobytes())
    assert decode(message, schema).rows.tolist() == np.float16(MATRIX).tolist()


RAW = MATRIX.tobytes()


@pytest.mark.parametrize(
    ("inputs", "error", "text"),
    [
        pytest.param([], NoRowsError, "inputs is empty", id="no inputs"),
        pytest.param([{}], TensorError, "has 0 values; its shape [2, 3] takes 6", id="no contents"),
        pytest.param(
            [{"fp64_contents": FLAT, "raw": RAW}], TensorError, "both raw contents and", id="both"
        ),
        pytest.param(
            [{"raw": RAW}, {"name": "x"}],
            RequestFieldError,
            "has 1 entries for 2 inputs",
            id="raw count",
        ),
        pytest.param([{"raw": RAW[8:]}], TensorError, "has 40 bytes; FP64 of shape", id="raw size"),
        pytest.param(
            [{"fp32_contents": FLAT}], TensorError, "is FP64 but has fp32_contents", id="field"
        ),
        pytest.param(
            [{"fp64_contents": FLAT, "bool_contents": [True]}],
            TensorError,
            "has bool_contents, fp64_contents; expected fp64_contents",
            id="two fields",
        ),
        pytest.param(
            [{"datatype": "FP16", "fp32_contents": FLAT}], TensorError, "expected raw", id="FP16"
        ),
        pytest.param(
            [{"datatype": "BOOL", "bool_contents": [True]}], TensorError, "booleans", id="boolean"
        ),
        pytest.param(
            [{"fp64_contents": [*FLAT[:5], np.nan]}],
            RowError,
            "Row 1, column 'price': nan",
            id="NaN",
        ),
        pytest.param([{"shape": [-2, -3]}], TensorError, "has shape [-2, -3]", id="negative"),
        pytest.param(
            [{"shape": [4, 3], "raw": RAW * 2}], TooManyRowsError, "4 rows", id="too many"
        ),
    ],
)
def test_decode_message_that_is_no_rows_is_refused(message, schema, inputs, error, text):
    for sent in inputs:
        add(message, **sent)
    with pytest.raises(error) as caught:
        decode(message, schema)
    assert text in str(caught.value)


def test_decode_another_output_is_refused(message, schema):
    add(message, fp64_contents=FLAT).outputs.add(name="price")
    with pytest.raises(RequestFieldError, match="asks for 'price'"):
        decode(message, schema)


@pytest.mark.parametrize("name", ["", "42"])
def test_decode_id_that_is_empty_is_none(message, schema, name):
    add(message, fp64_contents=FLAT).id = name
    assert decode(message, schema).id == (name or None)


@pytest.mark.parametrize(
    ("whole", "single", "is_binary"),
    [(None, None, False), (True, None, True), (True, False, False), (None, True, True)],
)
def test_decode_tells_whether_bytes_are_asked_for(message, schema, whole, single, is_binary):
    add(message, fp64_contents=FLAT)
    output = message.outputs.add(name="predict")
    if whole is not None:
        message.parameters["binary_data_output"].bool_param = whole
    if single is not None:
        output.parameters["binary_data"].bool_param = single
    assert decode(message, schema).outputs_binary is is_binary
