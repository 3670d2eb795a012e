"""Where the time of a request goes, stage by stage, without a server around it."""

from __future__ import annotations

import timeit
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

import orjson

from benchmarks.report import Table
from benchmarks.serving.limit import MinimalPolynomial
from benchmarks.serving.model import BenchmarkModel
from benchmarks.serving.protocols import BINARY, JSON_LENGTH, NAMED, Request
from serving.models.model import ServedModel
from serving.payload import rows, strict_json, v1, v2
from serving.payload.result import find_out_of_range
from serving.payload.schema import Rows

REPEATS = 7
MIN_SECONDS = 0.05  # of one repeat
MAX_ROWS = 100_000
TITLE = "Where the time goes, in microseconds a request, without a server"
READ, DECODE, WRITE = "reading JSON", "columns, numbers, array", "writing"
# All stages one after the other, so that each finds the caches as the one before has left them.
TOGETHER = "together"

Times = Mapping[str, float]  # microseconds by stage
Stages = dict[str, tuple[Callable[[Any], object], Sequence[Any]]]  # functions, arguments in turn


def measure_stages(model: BenchmarkModel, sizes: Sequence[int]) -> dict[str, Times]:
    """Time each stage of our predictor, for JSON and for binary tensors, and of the limit.

    Returns:
        The times by ``<server>, <protocol> x <rows>``.
    """
    served = ServedModel.from_bundle(model.bundle, name="profile")
    limit = MinimalPolynomial.from_json(model.polynomial.read_bytes())
    measured: dict[str, Times] = {}
    for size in sizes:
        bodies = [one.body for one in model.requests(NAMED, size)]
        measured[f"ours, v1 x {size}"] = _time(_ours(served, bodies))
        measured[f"limit, v1 x {size}"] = _time(_limit(limit, bodies))
        binary = _binary(served, model.requests(BINARY, size))
        measured[f"ours, v2 binary x {size}"] = _time(binary)
    return measured


def stage_table(measured: Mapping[str, Times]) -> Table:
    """The times as a table."""
    names = list(next(iter(measured.values())))  # ours, which has every stage
    lines = [(one, *(times.get(name, "-") for name in names)) for one, times in measured.items()]
    return Table.of(TITLE, ("request", *names), lines)


def _ours(served: ServedModel, bodies: Sequence[bytes]) -> Stages:
    documents = list(map(orjson.loads, bodies))
    lists = [document["instances"] for document in documents]
    decoded = [rows.read(one, served.schema) for one in lists]

    def answer(body: bytes) -> bytes:
        read = v1.decode(body, served.schema, max_rows=MAX_ROWS)
        return v1.encode(served.predict(cast("Rows", read)))

    return {
        READ: (orjson.loads, bodies),
        "duplicate keys": (_check_duplicate_keys, list(zip(bodies, documents, strict=True))),
        DECODE: (partial(rows.read, schema=served.schema), lists),
        **_predicting(served, decoded),
        WRITE: (v1.encode, list(map(served.predict, decoded))),
        TOGETHER: (answer, bodies),
    }


def _binary(served: ServedModel, requests: Sequence[Request]) -> Stages:
    encode = partial(v2.encode, id=None, binary=True)

    def decode(request: Request) -> Rows:
        length = int(request.headers[JSON_LENGTH])
        decoded = v2.decode(request.body, served.schema, max_rows=MAX_ROWS, header_length=length)
        return decoded.rows

    def answer(request: Request) -> object:
        return encode(served.predict(decode(request)))

    decoded = list(map(decode, requests))
    return {
        DECODE: (decode, requests),
        **_predicting(served, decoded),
        WRITE: (encode, list(map(served.predict, decoded))),
        TOGETHER: (answer, requests),
    }


def _predicting(served: ServedModel, decoded: Sequence[Rows]) -> Stages:
    polynomial = served.polynomial
    predict: Callable[[Any], object] = (
        polynomial.predict_row if isinstance(decoded[0], tuple) else polynomial.predict
    )
    return {
        "prediction": (predict, decoded),
        "out of range": (partial(find_out_of_range, schema=served.schema), decoded),
    }


def _limit(limit: MinimalPolynomial, bodies: Sequence[bytes]) -> Stages:
    lists = [orjson.loads(body)["instances"] for body in bodies]

    def answer(body: bytes) -> bytes:
        return orjson.dumps({"predictions": limit.predict_all(orjson.loads(body)["instances"])})

    return {
        READ: (orjson.loads, bodies),
        "prediction": (limit.predict_all, lists),
        WRITE: (orjson.dumps, [{"predictions": limit.predict_all(one)} for one in lists]),
        TOGETHER: (answer, bodies),
    }


def _check_duplicate_keys(parsed: tuple[bytes, dict[str, Any]]) -> None:
    body, document = parsed
    keys = len(document) + sum(map(len, document["instances"]))
    strict_json.check_duplicate_keys(body, document, keys=keys)


def _time(stages: Stages) -> Times:
    """Time each stage by itself, and all of them one after the other."""
    times = {name: _microseconds(*stage) for name, stage in stages.items()}
    together = times.pop(TOGETHER)
    return {**times, "sum": sum(times.values()), TOGETHER: together}


def _microseconds(function: Callable[[Any], object], arguments: Sequence[Any]) -> float:
    """The minimum, since other programs disturb it least."""
    timer = timeit.Timer(lambda: [function(one) for one in arguments])
    once = max(timer.timeit(1), 1e-7)
    number = max(1, int(MIN_SECONDS / once))
    return min(timer.repeat(REPEATS, number)) / number / len(arguments) * 1e6
