"""KServe's first protocol."""

import json

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import (
    JsonError,
    NoRowsError,
    RequestFieldError,
    RowError,
    TooManyRowsError,
)
from serving.payload import v1
from serving.payload.result import Explanation, PredictResult, find_out_of_range

ROW = {"Rain_Mean": 12.5, "Año": 2015, "price": 200.25}
USUAL = (12.5, 2015, 200.25)
LISTED = list(USUAL)
REVERSED = {"price": 201, "Año": 2016, "Rain_Mean": 0}
ROWS = 3  # the limit


def decode(schema, document):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return v1.decode(body, schema, max_rows=ROWS)


@pytest.mark.parametrize("field", ["instances", "inputs"])
@pytest.mark.parametrize("row", [ROW, LISTED], ids=["by name", "by position"])
def test_decode_one_row_gives_a_tuple(schema, field, row):
    assert decode(schema, {field: [row]}) == USUAL


@pytest.mark.parametrize(
    "more",
    [{"signature_name": "serving_default"}, {"id": None, "parameters": {"a": {"b": "c:d"}}}],
    ids=["TensorFlow's", "any"],
)
@pytest.mark.parametrize("field", ["instances", "inputs"])
def test_decode_keys_beside_the_rows_are_passed_over(schema, field, more):
    assert decode(schema, {**more, field: [ROW]}) == USUAL
    body = json.dumps({**more, field: [ROW]}).replace('"price"', '"price": 1, "price"')
    with pytest.raises(JsonError, match="'price' twice"):
        decode(schema, body.encode())


@pytest.mark.parametrize("row", [ROW, LISTED], ids=["by name", "by position"])
def test_decode_several_rows_gives_an_array(schema, row):
    rows = decode(schema, {"instances": [row, row]})
    assert isinstance(rows, np.ndarray)
    assert rows.dtype == np.float64
    assert rows.flags.c_contiguous
    assert rows.tolist() == [LISTED, LISTED]


@pytest.mark.parametrize("turned", [{"PRICE": 201, "año": 2016, "Rain_Mean": 0}, REVERSED])
def test_decode_rows_that_differ_are_each_put_in_order(schema, turned):
    rows = decode(schema, {"instances": [ROW, turned]})
    assert rows.tolist() == [LISTED, [0, 2016, 201]]
    assert rows.flags.c_contiguous


@pytest.mark.parametrize("turn", [dict, lambda row: dict(reversed(row.items()))])
def test_decode_several_wrong_values_in_a_row_names_the_first_column(schema, turn):
    second = turn({**ROW, "price": None, "Año": True})
    with pytest.raises(RowError) as caught:
        decode(schema, {"instances": [ROW, second]})
    assert str(caught.value) == "Row 1, column 'Año': True; expected a finite number."


@pytest.mark.parametrize(
    "second",
    [
        pytest.param({"Rain_Mean": 1, "Año": 2015, "cost": 1}, id="another instead"),
        pytest.param({"Rain_Mean": 1, "Año": 2015}, id="one less"),
        pytest.param({**ROW, "cost": 1}, id="one more"),
        pytest.param({"Rain_Mean": 1, "RAIN_MEAN": 2, "Año": 2015}, id="one twice"),
    ],
)
def test_decode_second_row_of_other_columns_is_refused_by_its_number(schema, second):
    with pytest.raises(RowError) as caught:
        decode(schema, {"instances": [ROW, second]})
    assert caught.value.row == 1


@given(st.data(), st.integers(1, 3))
def test_decode_columns_in_any_order_and_case_gives_the_same_rows(schema, data, count):
    cased = st.sampled_from([str, str.upper, str.lower, str.swapcase])
    order = data.draw(st.permutations(list(ROW)))
    names = {name: data.draw(cased)(name) for name in order}
    rows = decode(schema, {"instances": [{names[name]: ROW[name] for name in order}] * count})
    assert np.atleast_2d(rows).tolist() == [LISTED] * count


def changed(**columns):
    return {name: value for name, value in {**ROW, **columns}.items() if value is not ...}


@pytest.mark.parametrize(
    ("document", "error", "message"),
    [
        pytest.param({}, RequestFieldError, "is empty; expected either", id="no field"),
        pytest.param(
            {"instances": [], "inputs": []}, RequestFieldError, "'instances', 'inputs'", id="both"
        ),
        pytest.param({"rows": []}, RequestFieldError, "has the keys 'rows'", id="another field"),
        pytest.param(
            {"instance": [ROW], "signature_name": "x"},
            RequestFieldError,
            "has the keys 'instance', 'signature_name'; expected either 'instances' or 'inputs'.",
            id="misspelt",
        ),
        pytest.param(
            {"horizon": 3, "instances": [ROW]}, RequestFieldError, "nothing else", id="both kinds"
        ),
        pytest.param({"inputs": None}, RequestFieldError, "inputs: is None; expected", id="null"),
        pytest.param({"inputs": []}, NoRowsError, "inputs is empty", id="no rows"),
        pytest.param(
            {"inputs": [LISTED] * 4},
            TooManyRowsError,
            "4 rows in one request; at most 3",
            id="too many",
        ),
        pytest.param({"instances": [1.5]}, RowError, "Row 0 is 1.5", id="number for a row"),
        pytest.param({"instances": [ROW, LISTED]}, RowError, "Row 1 is [12.5", id="mixed"),
        pytest.param({"instances": [None, ROW]}, RowError, "Row 0 is None", id="null first"),
        pytest.param(
            {"instances": [LISTED[1:]]},
            RowError,
            "Row 0 has 2 values; expected 3",
            id="short",
        ),
        pytest.param(
            {"instances": [LISTED, [*LISTED, 1]]}, RowError, "Row 1 has 4 values", id="long"
        ),
        pytest.param(
            {"instances": [changed(price=..., Rain_Mean=..., rain=1)]},
            RowError,
            "Row 0 lacks 'Rain_Mean', 'price' and has unknown 'rain'.",
            id="missing and unknown",
        ),
        pytest.param({"instances": [{}]}, RowError, "Row 0 lacks 'Rain_Mean', 'A", id="{}"),
        pytest.param(
            {"instances": [changed(PRICE=1)]},
            RowError,
            "repeats a column as 'PRICE'",
            id="2",
        ),
        pytest.param(
            {"instances": [changed(price=..., PRICE=True)]},
            RowError,
            "Row 0, column 'price': True; expected a finite number.",
            id="column by its own name",
        ),
    ],
)
def test_decode_document_that_is_no_rows_is_refused(schema, document, error, message):
    with pytest.raises(error) as caught:
        decode(schema, document)
    assert message in str(caught.value)


@pytest.mark.parametrize("position", range(3))
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("named", [True, False], ids=["by name", "by position"])
@pytest.mark.parametrize(
    "written",
    ["true", "false", "null", '"1"', "[1]", "{}", "NaN", "Infinity", "-Infinity", "1e999"],
)
def test_decode_value_that_is_no_number_is_located(schema, written, named, count, position):
    cells = [str(value) for value in LISTED]
    cells[position] = written
    pairs = (f'"{name}": {cell}' for name, cell in zip(ROW, cells, strict=True))
    row = "{" + ", ".join(pairs) + "}" if named else "[" + ", ".join(cells) + "]"
    usual = json.dumps(ROW if named else LISTED)
    body = f'{{"instances": [{", ".join([usual] * (count - 1) + [row])}]}}'
    with pytest.raises(RowError) as caught:
        decode(schema, body.encode())
    shown = {"true": "True", "false": "False", "null": "None", '"1"': "'1'"}.get(written, written)
    where = f"Row {count - 1}, column {list(ROW)[position]!r}: "
    assert str(caught.value) == f"{where}{shown}; expected a finite number."


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"instances": [{"a": NaN}', id="and cut off"),
        pytest.param(b'\xef\xbb\xbf{"instances": [[NaN, 1, 1]]}', id="behind a byte order mark"),
        pytest.param(b'[{"a": NaN}]', id="outside of rows"),
    ],
)
def test_decode_nan_in_what_is_no_json_either_way_is_refused_as_that(schema, body):
    with pytest.raises(JsonError):
        decode(schema, body)


@pytest.mark.parametrize("count", [1, 2])
def test_decode_column_twice_in_one_row_is_refused(schema, count):
    row = b'{"Rain_Mean": 1, "Rain_Mean": 2, "A\xc3\xb1o": 2015, "price": 200}'
    with pytest.raises(JsonError, match="'Rain_Mean' twice"):
        decode(schema, b'{"instances": [%s]}' % b",".join([row] * count))


def test_decode_document_with_nan_locates_it(schema):
    document = {"instances": [[1.0, float("nan"), 2.0]]}
    with pytest.raises(RowError, match="Row 0, column 'Año': nan"):
        v1.decode_document(document, schema, max_rows=ROWS)


def test_decode_as_many_columns_as_a_model_has_gives_them_in_order(wide_schema):
    numbers = np.random.default_rng(0).normal(size=(1000, wide_schema.width))
    rows = [dict(zip(wide_schema.names, row, strict=True)) for row in numbers.tolist()]
    read = v1.decode(orjson.dumps({"instances": rows}), wide_schema, max_rows=1000)
    assert np.array_equal(read, numbers)


def test_encode_result_lists_out_of_range_values(schema):
    values = find_out_of_range((12.5, 2015, 99), schema)
    result = PredictResult("milk", "v-1", [1.5], values)
    assert json.loads(v1.encode(result))["out_of_range"] == {
        "total": 1,
        "columns": {"price": 1},
        "values": [
            {"row": 0, "column": "price", "value": 99.0, "minimum": 100.0, "maximum": 300.0}
        ],
    }


def test_encode_explanation_is_the_result_and_each_contribution():
    result = PredictResult("milk", "v-1", [1.5, 2.5], None)
    parts = [{"price": 0.5}, {"price": 1.5}]
    explanation = Explanation(result, baseline=1.0, contributions=parts)
    written = {"predictions": [1.5, 2.5], "model_name": "milk", "model_version": "v-1"}
    assert json.loads(v1.encode(result)) == written
    assert json.loads(v1.encode_explanation(explanation)) == {
        **written,
        "baseline": 1.0,
        "contributions": parts,
    }
