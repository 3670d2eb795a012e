"""Whatever is sent, the answer is rows or a sentence."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.errors import ServingError
from serving.payload import v1
from tests.support.fuzzing.readers import (
    COLUMNS,
    check,
    event_decode,
    legacy_decode,
    v2_decode,
    v2_decode_parted,
)
from tests.support.fuzzing.seeds import REQUESTS

NUMBERS = st.integers(-(10**25), 10**25) | st.floats(allow_nan=True)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=4)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*COLUMNS, "PRICE", "x:"]), inner, max_size=4)
    ),
    max_leaves=10,
)
ROWS = st.lists(
    st.fixed_dictionaries(dict.fromkeys(COLUMNS, NUMBERS)) | VALUES, min_size=1, max_size=4
)
EXTENTS = st.sampled_from([0, 1, 2, 3, 6, -1, 2**63, 1.0, None, True])
SIZES = st.sampled_from([0, 6, 8, 16, 24, 48, -1, "8", None, True])
DATATYPES = st.sampled_from(["FP64", "fp32", "FP16", "INT8", "UINT64", "BOOL", "BYTES", "", None])
TENSORS = st.fixed_dictionaries(
    {"name": st.sampled_from([*COLUMNS, "x", 1]), "datatype": DATATYPES},
    optional={
        "shape": st.lists(EXTENTS, max_size=3) | VALUES,
        "data": st.lists(NUMBERS, min_size=6, max_size=6) | VALUES,
        "parameters": st.fixed_dictionaries({}, optional={"binary_data_size": SIZES}) | VALUES,
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "instances": ROWS | VALUES,
        "inputs": ROWS | st.lists(TENSORS, max_size=4) | VALUES,
        "query": ROWS | VALUES,
        "model": VALUES,
        "id": VALUES,
        "parameters": st.just({"content_type": "pd"}) | VALUES,
        "outputs": st.lists(st.just({"name": "predict"}) | VALUES, max_size=2),
    },
)
PIECES = st.sampled_from(
    [
        b"NaN",
        b"1e999",
        b"true",
        b"null",
        b"{}",
        b"[",
        b'"',
        b":",
        b",",
        b"\\u0000",
        b"\xff",
        b"9" * 5000,
    ]
)


DECODERS = pytest.mark.parametrize(
    "decode",
    [v1.decode, v2_decode, v2_decode_parted, legacy_decode, event_decode],
    ids=lambda one: one.__name__,
)


@DECODERS
@settings(max_examples=100)
@given(body=st.binary(max_size=60))
def test_any_bytes_give_rows_or_a_sentence(schema, decode, body):
    check(decode, body, schema)


@DECODERS
@settings(max_examples=150, deadline=None)
@given(document=DOCUMENTS | VALUES, tail=st.binary(max_size=48))
def test_any_json_gives_rows_or_a_sentence(schema, decode, document, tail):
    check(decode, json.dumps(document).encode() + tail, schema)
    check(decode, json.dumps(document).encode(), schema)


@DECODERS
@settings(max_examples=150, deadline=None)
@given(body=st.sampled_from(REQUESTS), data=st.data())
def test_requests_damaged_in_one_place_give_rows_or_a_sentence(schema, decode, body, data):
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(start + 8, len(body))))
    piece = data.draw(PIECES | st.binary(max_size=3))
    check(decode, body[:start] + piece + body[end:], schema)


@DECODERS
@pytest.mark.parametrize("depth", [500, 990, 1015, 5000])
@pytest.mark.parametrize(
    "around", ['{{"instances": [{}]}}', '{{"inputs": [{}]}}', '{{"price": {}}}']
)
def test_deep_nesting_gives_a_sentence(schema, decode, depth, around):
    for opening, closing in ("[]", ('{"a":', "}")):
        nested = opening * depth + "1" + closing * depth
        with pytest.raises(ServingError):
            decode(around.format(nested).encode(), schema, max_rows=3)
