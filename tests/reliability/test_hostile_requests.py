"""Requests made to break the predictor: each is answered in a sentence, and the next one rightly.

The limits are those it has without being told otherwise. What random bytes do is tried in
``tests/serving/payload/test_fuzz.py``, and for as long as one likes by ``make fuzz``.
"""

import asyncio
import gzip
import itertools
import json
import zlib

import httpx
import numpy as np
import psutil
import pytest

from serving.settings import Limits
from tests.support.fuzzing.readers import LONGEST_SENTENCE
from tests.support.serving import running_tiny_model

pytestmark = pytest.mark.slow

GROWTH_BYTES = 256 * 2**20  # thirty times the largest body: Python's values of it, twice read
V1 = "/v1/models/milk:predict"
V2 = "/v2/models/milk/infer"
JSON = {"content-type": "application/json"}
ROW = '{"rain_mean": 1.0, "month": 2}'


def v1(row):
    return f'{{"instances": [{row}]}}'.encode()


def v2(data):
    tensor = f'"name": "x", "shape": [1, 2], "datatype": "FP64", "data": {data}'
    return f'{{"inputs": [{{{tensor}}}]}}'.encode()


def fill(piece, between=","):
    """Return a piece as often as a body takes it."""
    return between.join([piece] * ((Limits().body_bytes - 1000) // len(piece + between)))


def text(value):
    return f'{{"rain_mean": "{value}", "month": 1}}'


def columns(count):
    return ",".join(f'"c{place}":1' for place in range(count))


def spellings():
    """Return all ways to write a name in small and large letters."""
    pairs = [(letter, letter.upper()) for letter in "rain_mean"]
    return ["".join(letters) for letters in itertools.product(*pairs)]


DIGITS = "9" * 10_000
DEEP = 100_000
LARGE = 8_000_000
EQUAL_KEY, ZERO = '"month":1', r"\u0000"
# Made when they are sent: together they are a hundred megabytes.
HOSTILE = {
    "integer of 10,000 digits": (400, lambda: f'{{"rain_mean": {DIGITS}, "month": 2}}'),
    "number of 10,000 digits": (400, lambda: f'{{"rain_mean": {DIGITS}.{DIGITS}, "month": 2}}'),
    "exponent of 10,000 digits": (400, lambda: f'{{"rain_mean": 1e{DIGITS}, "month": 2}}'),
    "a million columns": (413, lambda: f"{{{columns(1_000_000)}}}"),
    "as many columns as fit": (400, lambda: f"{{{columns(600_000)}}}"),
    "as many equal keys as fit": (400, lambda: f"{{{fill(EQUAL_KEY)}}}"),
    "one key of megabytes": (400, lambda: '{"' + "x" * LARGE + '": 1}'),
    "one text of megabytes": (400, lambda: text("x" * LARGE)),
    "escapes only": (400, lambda: text(fill(ZERO, ""))),
    "lists, deep": (400, lambda: "[" * DEEP + "]" * DEEP),
    "lists, deep and open": (400, lambda: "[" * DEEP),
    "objects, deep": (400, lambda: '{"a":' * DEEP + "1" + "}" * DEEP),
    "a colon for each byte": (400, lambda: text(":" * LARGE)),
    "half a letter": (400, lambda: '{"\udcc3": 1}'),
    "half a pair": (400, lambda: r'{"\ud800": 1, "month": 1}'),
    "a byte order mark": (400, lambda: f"\ufeff{ROW}"),
    "a zero byte": (400, lambda: f"{ROW}\x00"),
}
ANYHOW = {
    "v1": (V1, v1),
    "v1 explain": ("/v1/models/milk:explain", v1),
    "v2": (V2, v2),
    "legacy": ("/predict", str.encode),
}


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    """Return a predictor with the limits it has by itself."""
    with running_tiny_model(tmp_path_factory.mktemp("hostile")) as running:
        yield running
        assert "request failed" not in running.log  # no answer was a mistake of ours


@pytest.fixture
def client(predictor):
    """Return a client, after which the predictor has to answer, and not to have grown."""
    process = psutil.Process(predictor.process.pid)
    before = process.memory_info().rss
    with predictor.client() as client:
        yield client
        assert client.post(V1, content=v1(ROW), headers=JSON).json()["predictions"] == [101.0]
    assert process.memory_info().rss - before < GROWTH_BYTES


def assert_refused(answer, status):
    assert answer.status_code == status, answer.text[:300]
    assert len(answer.json()["error"]) < LONGEST_SENTENCE
    assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize("way", ANYHOW)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_row_is_refused_in_a_sentence(client, way, name):
    (path, around), (status, row) = ANYHOW[way], HOSTILE[name]
    body = around("@").replace(b"@", row().encode("utf-8", "surrogateescape"))
    assert_refused(client.post(path, content=body, headers=JSON), status)


@pytest.mark.parametrize("value", ["1e308", "-1e308", "1.7976931348623157e308", "5e-324", "-0.0"])
def test_number_at_the_edge_is_answered_or_refused_by_its_row(client, value):
    answer = client.post(V1, content=v1(f'{{"rain_mean": {value}, "month": 2}}'), headers=JSON)
    if answer.status_code == 200:
        assert answer.json()["predictions"] == [100.0 + float(value)]
    else:
        assert_refused(answer, 400)
        assert answer.json()["row"] == 0


def test_rows_spelt_in_hundreds_of_ways_are_answered(client):
    rows = ",".join(f'{{"{name}": 1, "MONTH": 2}}' for name in spellings() * 20)
    answer = client.post(V1, content=v1(rows), headers=JSON)
    assert answer.status_code == 200, answer.text[:300]
    assert answer.json()["predictions"] == [101.0] * len(spellings()) * 20


@pytest.mark.parametrize("packed", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
def test_compressed_bomb_is_refused_by_the_limit_of_bodies(client, packed):
    bomb = packed(b'{"instances": [' + b" " * 2**28)
    encoding = "gzip" if packed is gzip.compress else "deflate"
    answer = client.post(V1, content=bomb, headers={**JSON, "content-encoding": encoding})
    assert_refused(answer, 413)


BINARY = {
    "shape beyond memory": ([2**40, 2], 16, b"\x00" * 16),
    "shape that wraps around": ([2**63, 2], 16, b"\x00" * 16),
    "shape of zero times all": ([0, 2**62], 0, b""),
    "size of all memory": ([1, 2], 2**62, b"\x00" * 16),
    "size below nothing": ([1, 2], -16, b"\x00" * 16),
    "size of a fraction": ([1, 2], 16.0, b"\x00" * 16),
    "bytes too few": ([1, 2], 16, b"\x00" * 15),
    "bytes too many": ([1, 2], 16, b"\x00" * 17),
    "no numbers at all": ([1, 2], 16, b"\xff" * 16),
    "signalling NaN": ([1, 2], 16, np.array([0x7FF0000000000001] * 2, "<u8").tobytes()),
}


@pytest.mark.parametrize(("shape", "size", "data"), BINARY.values(), ids=BINARY)
def test_hostile_tensor_is_refused_in_a_sentence(client, shape, size, data):
    tensor = {"name": "x", "shape": shape, "datatype": "FP64"}
    tensor["parameters"] = {"binary_data_size": size}
    head = json.dumps({"inputs": [tensor]}).encode()
    headers = {"inference-header-content-length": str(len(head))}
    assert_refused(client.post(V2, content=head + data, headers=headers), 400)


@pytest.mark.parametrize("length", ["9" * 10_000, "0x10", "1e3", "-1", "", "\uff11\uff12"], ids=len)
def test_hostile_header_length_is_refused(client, length):
    headers = [(b"inference-header-content-length", length.encode())]
    answer = client.post(V2, content=v2("[1, 2]"), headers=headers)
    assert_refused(answer, 400)


def test_hostile_bodies_beside_each_other_leave_health_answering(client, predictor):
    body = v1(f"{{{columns(600_000)}}}")

    async def ask():
        async with httpx.AsyncClient(base_url=predictor.url, timeout=60) as many:
            hostile = [
                asyncio.create_task(many.post(V1, content=body, headers=JSON)) for _ in range(12)
            ]
            while not all(one.done() for one in hostile):
                assert (await many.get("/v2/health/live", timeout=5)).status_code == 200
            return [(await one).status_code for one in hostile]

    statuses = asyncio.run(ask())
    assert set(statuses) <= {400, 503}  # together they are more than is held
    assert 400 in statuses
