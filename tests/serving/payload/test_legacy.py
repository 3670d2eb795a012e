"""The two older interfaces."""

import json

import pytest

from serving.errors import (
    JsonError,
    NoRowsError,
    RequestFieldError,
    RowError,
    TooManyRowsError,
)
from serving.payload import legacy
from serving.payload.result import PredictResult

ROW = {"price": 200.25, "Rain_Mean": 12.5, "año": 2015}
USUAL = (12.5, 2015, 200.25)


def parse(document):
    return legacy.parse(json.dumps(document).encode())


def test_flat_object_is_one_row(schema):
    request = parse(ROW)
    assert request.single
    assert request.model is None
    assert legacy.decode(request, schema, max_rows=1) == USUAL


@pytest.mark.parametrize(
    ("document", "model"),
    [
        ({"query": [ROW, ROW]}, None),
        ({"query": [ROW, ROW], "model": None}, None),
        ({"model": "milk", "query": [ROW, ROW]}, "milk"),
    ],
    ids=["no model", "null", "a model"],
)
def test_query_is_rows_for_a_model(schema, document, model):
    request = parse(document)
    assert not request.single
    assert request.model == model
    assert legacy.decode(request, schema, max_rows=2).tolist() == [list(USUAL)] * 2


@pytest.mark.parametrize(
    ("document", "error", "message"),
    [
        pytest.param([ROW], JsonError, "expected an object", id="list"),
        pytest.param({}, RowError, "Row 0 lacks", id="empty"),
        pytest.param({"query": ROW}, RequestFieldError, "query: is {", id="query of no list"),
        pytest.param({"query": []}, NoRowsError, "query is empty", id="query of no rows"),
        pytest.param({"query": [ROW] * 3}, TooManyRowsError, "3 rows", id="too many"),
        pytest.param({"query": [ROW], "model": 1}, RequestFieldError, "model: is 1;", id="no name"),
        pytest.param(
            {"query": [ROW], "x": 1}, RequestFieldError, "unknown 'x' beside", id="unknown"
        ),
    ],
)
def test_request_of_another_form_is_refused(schema, document, error, message):
    with pytest.raises(error) as caught:
        legacy.decode(parse(document), schema, max_rows=2)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("single", "written"), [(True, {"prediction": 1.5}), (False, {"prediction": [1.5]})]
)
def test_encode_gives_the_prediction_only(single, written):
    answer = PredictResult(model="milk", version="v-1", predictions=[1.5], out_of_range=None)
    assert json.loads(legacy.encode(answer, single=single)) == written
