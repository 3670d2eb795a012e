"""The Open Inference Protocol over HTTP."""

import json
import re

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import (
    JsonError,
    NoRowsError,
    RequestFieldError,
    RowError,
    TensorError,
    TooManyRowsError,
)
from serving.payload import v2
from serving.payload.result import PredictResult, find_out_of_range

NAMES = ("Rain_Mean", "Año", "price")
MATRIX = np.array([[12.5, 2015, 200.25], [0.0, 2016, 201.5]])
FLAT = MATRIX.ravel().tolist()
PANDAS = {"content_type": "pd"}
SCALARS = {"out_of_range": 2, "out_of_range_columns": "Rain_Mean, price"}


def tensor(name="rows", shape=(2, 3), datatype="FP64", data=FLAT, **more):
    fields = {"name": name, "shape": list(shape), "datatype": datatype, "data": data, **more}
    return {key: value for key, value in fields.items() if value is not ...}


def columns(matrix=MATRIX, names=NAMES, extent=(), **more):
    shape = (len(matrix), *extent)
    pairs = zip(names, matrix.T.tolist(), strict=True)
    return [tensor(name, shape, data=values, **more) for name, values in pairs]


def decode(schema, *inputs, header_length=None, tail=b"", **more):
    body = json.dumps({"inputs": list(inputs), **more}).encode()
    length = len(body) if tail else header_length
    return v2.decode(body + tail, schema, max_rows=3, header_length=length)


def rows_of(schema, *inputs, **more):
    return np.atleast_2d(decode(schema, *inputs, **more).rows).tolist()


@pytest.mark.parametrize(
    ("inputs", "more"),
    [
        pytest.param([tensor()], {}, id="matrix"),
        pytest.param([tensor(data=MATRIX.tolist())], {}, id="nested matrix"),
        pytest.param([tensor(datatype="fp32")], {}, id="lower-case type"),
        pytest.param([tensor(parameters={"any": [None]})], {}, id="other parameters"),
        pytest.param(
            [tensor(note="a")],
            {"raw": {"a:": 1}, "model_name": "x", "outputs": [{"name": "predict", "data": None}]},
            id="members of no protocol",
        ),
        pytest.param(
            [tensor(parameters=None)],
            {"id": None, "parameters": None, "outputs": None},
            id="null for what is absent",
        ),
        pytest.param(
            [tensor(parameters={"binary_data_size": None})],
            {"outputs": [{"name": "predict", "parameters": None}], "model_version": None},
            id="null deeper",
        ),
        pytest.param(columns(), {"parameters": PANDAS}, id="DataFrame"),
        pytest.param(columns(), {}, id="columns"),
        pytest.param(columns(extent=(1,)), {}, id="columns of two dimensions"),
        pytest.param(columns()[::-1], {}, id="columns in another order"),
        pytest.param(
            columns(names=("RAIN_MEAN", "año", "Price")), {}, id="columns in another case"
        ),
    ],
)
def test_decode_rows_in_any_form_are_the_same(schema, inputs, more):
    rows = decode(schema, *inputs, **more).rows
    assert rows.tolist() == MATRIX.tolist()
    assert rows.flags.c_contiguous


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param([tensor(shape=(1, 3), data=FLAT[:3])], id="matrix of one row"),
        pytest.param([tensor(shape=(1, 3), data=[FLAT[:3]])], id="nested"),
        pytest.param([tensor(shape=(3,), data=FLAT[:3])], id="vector"),
        pytest.param(columns(MATRIX[:1]), id="columns"),
    ],
)
def test_decode_one_row_gives_a_tuple(schema, inputs):
    assert decode(schema, *inputs).rows == (12.5, 2015.0, 200.25)


@pytest.mark.parametrize(
    "datatype", ["FP16", "FP32", "FP64", "INT16", "INT32", "INT64", "UINT16", "UINT32", "UINT64"]
)
@pytest.mark.parametrize("shape", [(2, 3), (1, 3), (3,)], ids=str)
def test_decode_bytes_give_what_json_gives(schema, datatype, shape):
    whole = np.round(MATRIX).ravel()[: np.prod(shape)]
    kind = f"{'f' if datatype[0] == 'F' else datatype[0].lower()}{int(datatype[-2:]) // 8}"
    data = whole.astype(f"<{kind}").tobytes()
    sent = tensor(
        shape=shape, datatype=datatype, data=..., parameters={"binary_data_size": len(data)}
    )
    written = tensor(shape=shape, datatype=datatype, data=whole.tolist())
    assert rows_of(schema, sent, tail=data) == rows_of(schema, written)


@given(st.permutations(range(3)), st.lists(st.booleans(), min_size=3, max_size=3))
def test_decode_columns_in_bytes_json_or_both_are_the_same_rows(schema, order, in_bytes):
    inputs, tail = [], b""
    for place in order:
        values = MATRIX[:, place]
        if in_bytes[place]:
            parameters = {"binary_data_size": values.nbytes}
            inputs.append(tensor(NAMES[place], (2,), data=..., parameters=parameters))
            tail += values.tobytes()
        else:
            inputs.append(tensor(NAMES[place], (2, 1), data=values.tolist()))
    assert rows_of(schema, *inputs, tail=tail) == MATRIX.tolist()


BAD_FIELDS = [
    pytest.param({}, "The request: is empty; expected 'inputs'.", id="empty"),
    pytest.param(
        {"input": [tensor()], "id": "1"},
        "The request: has the keys 'input', 'id'; expected 'inputs'.",
        id="misspelt",
    ),
    pytest.param({"inputs": None}, "inputs: is None; expected a list", id="no inputs"),
    pytest.param({"inputs": [1]}, "inputs: is [1]", id="input no object"),
    pytest.param({"inputs": [{"Name": "x"}]}, "inputs[0].name: is None", id="input's field"),
    pytest.param({"inputs": [{}]}, "inputs[0].name: is None", id="no name"),
    pytest.param({"inputs": [tensor()], "id": 1}, "id: is 1; expected text", id="id"),
    pytest.param({"inputs": [tensor()], "parameters": []}, "parameters: is []", id="parameters"),
    pytest.param(
        {"inputs": [tensor()], "outputs": [{"name": "price"}]},
        "outputs: asks for 'price'; there is 'predict' only.",
        id="another output",
    ),
    pytest.param({"inputs": [tensor()], "outputs": [{}]}, "asks for N", id="output"),
]


@pytest.mark.parametrize(("document", "message"), BAD_FIELDS)
def test_decode_document_of_another_form_is_refused(schema, document, message):
    with pytest.raises(RequestFieldError, match=re.escape(message)):
        v2.decode(json.dumps(document).encode(), schema, max_rows=3, header_length=None)


def one(**changes):
    return [tensor(**changes)]


BAD_TENSORS = [
    pytest.param(one(datatype="BOOL"), "holds booleans: datatype 'BOOL'", id="bool"),
    pytest.param(one(datatype="bytes"), "'rows' holds text", id="text"),
    pytest.param(one(datatype="BF16"), "no type of number: datatype 'BF16'", id="BF16"),
    pytest.param(one(datatype=...), "datatype None", id="no type"),
    pytest.param(one(shape=()), "has shape []; expected", id="no dimensions"),
    pytest.param(one(shape=(1, 2, 3)), "has shape [1, 2, 3]", id="three dimensions"),
    pytest.param(one(shape=(-1, 3)), "has shape [-1, 3]", id="negative"),
    pytest.param(one(shape=(2.0, 3)), "has shape [2.0, 3]", id="fraction"),
    pytest.param(one(shape=(True, 3)), "has shape [True, 3]", id="boolean"),
    pytest.param(one(shape=(2, 4)), "6 values; its shape [2, 4] takes 8", id="count"),
    pytest.param(one(shape=(3, 2)), "[3, 2]; expected [rows, 3]", id="width"),
    pytest.param(one(shape=(2**62, 2**62)), "takes 212676479325586", id="absurd"),
    pytest.param(one(data=...), "has data None; expected a list", id="no data"),
    pytest.param(one(data=[FLAT]), "nested data that is not of", id="nested wrongly"),
    pytest.param(one(data=[FLAT[:3], 1]), "nested data that is", id="half nested"),
    pytest.param(
        one(data=FLAT, datatype="INT32"),
        "Input 'rows' is INT32 but holds 12.5 in row 0, column 'Rain_Mean'.",
        id="fraction in whole",
    ),
    pytest.param(
        one(data=[1, 2, 3, 4, 128, 6], datatype="INT8"),
        "holds 128 in row 1, column 'Año'",
        id="too large",
    ),
    pytest.param(one(data=[1, 2, 3, 4, 5, -1], datatype="UINT64"), "holds -1 in row 1", id="sign"),
    pytest.param(
        [*columns()[:2], *columns(MATRIX[:1])[2:]],
        "'price' has shape [1]; expected [2] or [2, 1]",
        id="columns of two lengths",
    ),
    pytest.param(
        [*columns()[:2], tensor("PRICE", (2,), "INT32", [1, 0.5])],
        "'PRICE' is INT32 but holds 0.5 in row 1, column 'price'",
        id="fraction in a whole column",
    ),
]


@pytest.mark.parametrize(("inputs", "message"), BAD_TENSORS)
def test_decode_tensor_that_fits_no_rows_is_refused(schema, inputs, message):
    with pytest.raises(TensorError, match=re.escape(message)):
        decode(schema, *inputs)


BAD_INPUTS = [
    pytest.param([], NoRowsError, "inputs is empty", id="no inputs"),
    pytest.param(one(shape=(0, 3), data=[]), NoRowsError, "inputs is empty", id="no rows"),
    pytest.param(
        one(shape=(0, 3), data=None, parameters={"binary_data_size": 0}),
        NoRowsError,
        "inputs is empty; expected at least one row.",
        id="no rows in bytes, with null for data",
    ),
    pytest.param(
        one(shape=(4, 3), data=FLAT * 2),
        TooManyRowsError,
        "4 rows in one request; at most 3",
        id="many",
    ),
    pytest.param(
        one(data=[*FLAT[:4], [1], 1]),
        RowError,
        "Row 1, column 'Año': [1];",
        id="a list within",
    ),
    pytest.param(
        one(data=[*FLAT[:5], True]), RowError, "Row 1, column 'price': True", id="boolean"
    ),
    pytest.param(
        columns()[1:] + columns(names=("rain", "b", "c"))[:1],
        RequestFieldError,
        "inputs: lack the columns 'Rain_Mean' and have unknown 'rain'.",
        id="missing and unknown columns",
    ),
    pytest.param(
        [*columns(), *columns(names=("RAIN_MEAN", "b", "c"))[:1]],
        RequestFieldError,
        "inputs: repeat a column as 'RAIN_MEAN'.",
        id="column twice",
    ),
    pytest.param(
        columns()[:1], RequestFieldError, "lack the columns 'Año', 'price'", id="one column"
    ),
    pytest.param(
        [*columns()[:2], tensor("price", (2,), data=[1, None])],
        RowError,
        "Row 1, column 'price': None",
        id="null in a column",
    ),
    pytest.param(columns(np.zeros((0, 3))), NoRowsError, "inputs is empty", id="empty columns"),
]


@pytest.mark.parametrize(("inputs", "error", "message"), BAD_INPUTS)
def test_decode_inputs_that_are_no_rows_are_refused(schema, inputs, error, message):
    with pytest.raises(error) as caught:
        decode(schema, *inputs)
    assert message in str(caught.value)


def test_decode_frame_of_one_matrix_lacks_its_columns(schema):
    with pytest.raises(RequestFieldError, match="lack the columns 'Rain_Mean', 'Año', 'price'"):
        decode(schema, tensor(), parameters=PANDAS)


def sized(size, **more):
    return tensor(data=..., parameters={"binary_data_size": size}, **more)


@pytest.mark.parametrize(
    ("sent", "tail", "error", "message"),
    [
        pytest.param(
            sized(48), b"x" * 47, TensorError, "48, but 47 bytes are left", id="too short"
        ),
        pytest.param(
            sized(48), b"x" * 49, RequestFieldError, "1 bytes behind the JSON", id="too long"
        ),
        pytest.param(sized(40), b"x" * 40, TensorError, "of shape [2, 3] takes 48", id="shape"),
        pytest.param(sized(-1), b"x", TensorError, "binary_data_size -1", id="negative"),
        pytest.param(sized("48"), b"x" * 48, TensorError, "binary_data_size '48'", id="text"),
        pytest.param(
            {**sized(48), "data": FLAT}, b"x" * 48, TensorError, "both data and", id="both"
        ),
        pytest.param(
            sized(24, datatype="FP32"),
            b"\x01\x00\xa0\x7f" * 6,
            RowError,
            "Row 0, column 'Rain_Mean': nan",
            id="broken NaN",
        ),
        pytest.param(
            sized(12, datatype="FP16"),
            np.array([*FLAT[:5], np.inf], dtype="<f2").tobytes(),
            RowError,
            "Row 1, column 'price': inf",
            id="infinite",
        ),
    ],
)
def test_decode_bytes_that_do_not_fit_are_refused(schema, sent, tail, error, message):
    with pytest.raises(error) as caught:
        decode(schema, sent, tail=tail)
    assert message in str(caught.value)


@pytest.mark.parametrize("length", [-1, 10_000])
def test_decode_json_longer_than_the_body_is_refused(schema, length):
    with pytest.raises(
        RequestFieldError, match=f"Inference-Header-Content-Length: is {length}; the"
    ):
        decode(schema, tensor(), header_length=length)


def test_decode_key_twice_is_refused(schema):
    body = json.dumps({"inputs": [tensor()]}).replace('"name"', '"name": "x", "name"')
    with pytest.raises(JsonError, match="'name' twice"):
        v2.decode(body.encode(), schema, max_rows=3, header_length=None)


@pytest.mark.parametrize(
    ("more", "is_binary"),
    [
        pytest.param({}, False, id="nothing said"),
        pytest.param({"parameters": {"binary_data_output": True}}, True, id="all"),
        pytest.param({"outputs": []}, False, id="no outputs"),
        pytest.param({"outputs": [{"name": "predict"}]}, False, id="output"),
        pytest.param(
            {"outputs": [{"name": "predict", "parameters": {"binary_data": True}}]}, True, id="one"
        ),
        pytest.param(
            {
                "parameters": {"binary_data_output": True},
                "outputs": [{"name": "predict", "parameters": {"binary_data": None}}],
            },
            True,
            id="all, of one null",
        ),
        pytest.param(
            {
                "parameters": {"binary_data_output": True},
                "outputs": [{"name": "predict", "parameters": {"binary_data": False}}],
            },
            False,
            id="all but one",
        ),
    ],
)
def test_decode_tells_whether_bytes_are_asked_for(schema, more, is_binary):
    assert decode(schema, tensor(), **more).outputs_binary is is_binary


@pytest.mark.parametrize("name", [None, "", "urn:uuid:1"])
def test_decode_keeps_the_id(schema, name):
    fields = {"model_name": "milk"} if name is None else {"id": name}
    assert decode(schema, tensor(), **fields).id == name


@pytest.fixture(params=[None, (-1.0, 2015, 99.0)], ids=["usual", "out of range"])
def answer(request, schema):
    found = find_out_of_range(request.param, schema) if request.param else None
    return PredictResult(model="milk", version="v-1", predictions=[1.5, 2.5], out_of_range=found)


@pytest.mark.parametrize("name", [None, "42"])
def test_encode_answer_is_valid_by_the_published_schema(protocol, answer, name):
    body, length = v2.encode(answer, id=name, binary=False)
    whole = {"$ref": "#/components/schemas/inference_response", **protocol}
    written = json.loads(body)
    jsonschema.validate(written, whole)
    assert length is None
    assert written.pop("id", None) == name
    assert written == {
        "model_name": "milk",
        "model_version": "v-1",
        **({"parameters": SCALARS} if answer.out_of_range else {}),
        "outputs": [{"name": "predict", "shape": [2], "datatype": "FP64", "data": [1.5, 2.5]}],
    }


def test_encode_bytes_hold_what_json_holds(answer):
    body, length = v2.encode(answer, id="1", binary=True)
    written = json.loads(body[:length])
    (output,) = written["outputs"]
    assert output["parameters"] == {"binary_data_size": 16}
    assert "data" not in output
    assert np.frombuffer(body[length:], "<f8").tolist() == answer.predictions
