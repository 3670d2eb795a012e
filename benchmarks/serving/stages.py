"""Where the time of a request goes, stage by stage, without a server around it."""

from __future__ import annotations

import timeit
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

import orjson

from benchmarks.report import Table
from benchmarks.serving.model import BenchmarkModel, MinimalPolynomial
from benchmarks.serving.protocols import BINARY, JSON_LENGTH, NAMED
from benchmarks.serving.requests import Request, make_requests
from benchmarks.statistics import format_number
from serving.models.model import ServedModel
from serving.payload import rows, strict_json, v1, v2
from serving.payload.result import find_out_of_range
from serving.payload.schema import Rows

REPEATS = 7
MIN_SECONDS = 0.05  # of one repeat
MAX_ROWS = 100_000
TITLE = "Where the time goes, in microseconds a request, without a server"
TOTAL, READ = "sum", "reading JSON"
# All stages one after the other, so that each finds the caches as the one before has left them.
TOGETHER = "together"

Times = dict[str, float]  # microseconds by stage
Work = tuple[Callable[[Any], object], Sequence[Any]]  # a function and its arguments, in turn
Stages = dict[str, Work]


def measure_stages(model: BenchmarkModel, sizes: Sequence[int]) -> tuple[Table, dict[str, Times]]:
    """Time each stage of our predictor, for JSON and for binary tensors, and of the limit.

    Returns:
        A table, and the times by ``<server> x <rows>``.
    """
    served = ServedModel.from_bundle(model.bundle, name="profile")
    limit = MinimalPolynomial.from_json(model.polynomial.read_bytes())
    measured: dict[str, Times] = {}
    for count in sizes:
        measured[f"ours, v1 x {count}"] = _ours(model, served, count)
        measured[f"limit, v1 x {count}"] = _limit(model, limit, count)
        measured[f"ours, v2 binary x {count}"] = _binary(model, served, count)
    names = list(next(iter(measured.values())))  # ours, which has every stage
    lines = tuple(
        (request, *(format_number(times[name]) if name in times else "-" for name in names))
        for request, times in measured.items()
    )
    return Table(title=TITLE, columns=("request", *names), rows=lines), measured


def _ours(model: BenchmarkModel, served: ServedModel, count: int) -> Times:
    requests = make_requests(model.rows, model.expected, NAMED, size=count)
    parsed = [(one.body, orjson.loads(one.body)) for one in requests]
    lists = [document["instances"] for _, document in parsed]
    decoded = [rows.read(one, served.schema) for one in lists]

    def answer(body: bytes) -> bytes:
        read = v1.decode(body, served.schema, max_rows=MAX_ROWS)
        return v1.encode(served.predict(cast("Rows", read)))

    return _timed(
        {
            READ: (orjson.loads, [one.body for one in requests]),
            "duplicate keys": (_check_duplicate_keys, parsed),
            "columns, numbers, array": (partial(rows.read, schema=served.schema), lists),
            **_predicting(served, decoded),
            "writing": (v1.encode, list(map(served.predict, decoded))),
        },
        together=(answer, [one.body for one in requests]),
    )


def _binary(model: BenchmarkModel, served: ServedModel, count: int) -> Times:
    requests = make_requests(model.rows, model.expected, BINARY, size=count)

    def decode(request: Request) -> Rows:
        length = int(request.headers[JSON_LENGTH])
        decoded = v2.decode(request.body, served.schema, max_rows=MAX_ROWS, header_length=length)
        return decoded.rows

    def answer(request: Request) -> object:
        return v2.encode(served.predict(decode(request)), id=None, binary=True)

    decoded = list(map(decode, requests))
    return _timed(
        {
            "columns, numbers, array": (decode, requests),
            **_predicting(served, decoded),
            "writing": (
                partial(v2.encode, id=None, binary=True),
                list(map(served.predict, decoded)),
            ),
        },
        together=(answer, requests),
    )


def _predicting(served: ServedModel, decoded: Sequence[Rows]) -> Stages:
    polynomial = served.polynomial
    predict: Callable[[Any], object] = (
        polynomial.predict_row if isinstance(decoded[0], tuple) else polynomial.predict
    )
    return {
        "prediction": (predict, decoded),
        "out of range": (partial(find_out_of_range, schema=served.schema), decoded),
    }


def _limit(model: BenchmarkModel, limit: MinimalPolynomial, count: int) -> Times:
    requests = make_requests(model.rows, model.expected, NAMED, size=count)
    lists = [orjson.loads(one.body)["instances"] for one in requests]

    def answer(body: bytes) -> bytes:
        return orjson.dumps({"predictions": limit.predict_all(orjson.loads(body)["instances"])})

    return _timed(
        {
            READ: (orjson.loads, [one.body for one in requests]),
            "prediction": (limit.predict_all, lists),
            "writing": (orjson.dumps, [{"predictions": limit.predict_all(one)} for one in lists]),
        },
        together=(answer, [one.body for one in requests]),
    )


def _check_duplicate_keys(parsed: tuple[bytes, dict[str, Any]]) -> None:
    body, document = parsed
    keys = len(document) + sum(map(len, document["instances"]))
    strict_json.check_duplicate_keys(body, document, keys=keys)


def _timed(stages: Stages, *, together: Work) -> Times:
    """Time each stage by itself, then all of them one after the other.

    The minimum counts, since other programs disturb it least.
    """
    times = {name: _microseconds(*work) for name, work in stages.items()}
    return {**times, TOTAL: sum(times.values()), TOGETHER: _microseconds(*together)}


def _microseconds(function: Callable[[Any], object], arguments: Sequence[Any]) -> float:
    timer = timeit.Timer(lambda: [function(one) for one in arguments])
    once = max(timer.timeit(1), 1e-7)
    number = max(1, int(MIN_SECONDS / once))
    return min(timer.repeat(REPEATS, number)) / number / len(arguments) * 1e6
