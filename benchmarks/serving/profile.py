"""Where the time of a request goes, stage by stage, without a server around it."""

from __future__ import annotations

import timeit
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

import orjson

from benchmarks.serving.polynomial import Polynomial
from benchmarks.serving.protocols import BINARY, JSON_LENGTH, NAMED
from benchmarks.serving.questions import Question, questions
from benchmarks.serving.subject import Subject
from benchmarks.sheet import Sheet
from benchmarks.spread import shown
from serving.models.model import ServedModel
from serving.payload import rows, strict_json, v1, v2
from serving.payload.result import find_out_of_range
from serving.payload.schema import Rows

REPEATS = 7
LEAST_SECONDS = 0.05  # of one repeat
MOST_ROWS = 100_000
TITLE = "Where the time goes, in microseconds a request, no server around it"
TOTAL, READ = "all of it", "reading JSON"
# The same as one piece of work: each stage finds the caches as the one before has left them.
IN_TURN = "in turn"

Stages = dict[str, float]
Piece = tuple[Callable[[Any], object], Sequence[Any]]  # what is done, and what it is given in turn
Work = dict[str, Piece]  # by stage


def profiled(subject: Subject, sizes: Sequence[int]) -> tuple[Sheet, dict[str, Stages]]:
    """Time each stage of our answer, of the limit's, and of a binary tensor's.

    Returns:
        A table, and microseconds by ``<who> x <rows>`` and stage.
    """
    served = ServedModel.from_bundle(subject.bundle, name="profiled")
    limit = Polynomial.from_json(subject.polynomial.read_bytes())
    measured: dict[str, Stages] = {}
    for count in sizes:
        measured[f"ours, v1 x {count}"] = _ours(subject, served, count)
        measured[f"limit, v1 x {count}"] = _limit(subject, limit, count)
        measured[f"ours, v2 binary x {count}"] = _binary(subject, served, count)
    names = list(next(iter(measured.values())))  # ours, which has every stage
    lines = tuple(
        (who, *(shown(stages[name]) if name in stages else "-" for name in names))
        for who, stages in measured.items()
    )
    return Sheet(title=TITLE, headings=("request", *names), rows=lines), measured


def _ours(subject: Subject, served: ServedModel, count: int) -> Stages:
    asked = questions(subject.rows, subject.expected, NAMED, count=count)
    sent = [(one.body, orjson.loads(one.body)) for one in asked]
    lists = [document["instances"] for _, document in sent]
    decoded = [rows.read(one, served.schema) for one in lists]

    def answer(body: bytes) -> bytes:
        read = v1.decode(body, served.schema, max_rows=MOST_ROWS)
        return v1.encode(served.predict(cast("Rows", read)))

    return _timed(
        {
            READ: (orjson.loads, [one.body for one in asked]),
            "equal keys": (_check_duplicate_keys, sent),
            "columns, numbers, array": (partial(rows.read, schema=served.schema), lists),
            **_answering(served, decoded),
            "writing": (v1.encode, list(map(served.predict, decoded))),
        },
        in_turn=(answer, [one.body for one in asked]),
    )


def _binary(subject: Subject, served: ServedModel, count: int) -> Stages:
    asked = questions(subject.rows, subject.expected, BINARY, count=count)

    def decode(question: Question) -> Rows:
        length = int(question.headers[JSON_LENGTH])
        request = v2.decode(question.body, served.schema, max_rows=MOST_ROWS, header_length=length)
        return request.rows

    def answer(question: Question) -> object:
        return v2.encode(served.predict(decode(question)), id=None, binary=True)

    decoded = list(map(decode, asked))
    return _timed(
        {
            "columns, numbers, array": (decode, asked),
            **_answering(served, decoded),
            "writing": (
                partial(v2.encode, id=None, binary=True),
                list(map(served.predict, decoded)),
            ),
        },
        in_turn=(answer, asked),
    )


def _answering(served: ServedModel, decoded: Sequence[Rows]) -> Work:
    polynomial = served.polynomial
    predict: Callable[[Any], object] = (
        polynomial.predict_row if isinstance(decoded[0], tuple) else polynomial.predict
    )
    return {
        "prediction": (predict, decoded),
        "ranges": (partial(find_out_of_range, schema=served.schema), decoded),
    }


def _limit(subject: Subject, limit: Polynomial, count: int) -> Stages:
    asked = questions(subject.rows, subject.expected, NAMED, count=count)
    sent = [orjson.loads(one.body)["instances"] for one in asked]

    def answer(body: bytes) -> bytes:
        return orjson.dumps({"predictions": limit.predict_all(orjson.loads(body)["instances"])})

    return _timed(
        {
            READ: (orjson.loads, [one.body for one in asked]),
            "prediction": (limit.predict_all, sent),
            "writing": (orjson.dumps, [{"predictions": limit.predict_all(one)} for one in sent]),
        },
        in_turn=(answer, [one.body for one in asked]),
    )


def _check_duplicate_keys(sent: tuple[bytes, dict[str, Any]]) -> None:
    body, document = sent
    keys = len(document) + sum(map(len, document["instances"]))
    strict_json.check_duplicate_keys(body, document, keys=keys)


def _timed(work: Work, *, in_turn: Piece) -> Stages:
    """Time each stage over its arguments, then all of them as they follow each other.

    Of one the least counts, which other programs disturb least.
    """
    stages = {name: _microseconds(*piece) for name, piece in work.items()}
    return {**stages, TOTAL: sum(stages.values()), IN_TURN: _microseconds(*in_turn)}


def _microseconds(function: Callable[[Any], object], over: Sequence[Any]) -> float:
    timer = timeit.Timer(lambda: [function(one) for one in over])
    once = max(timer.timeit(1), 1e-7)
    number = max(1, int(LEAST_SECONDS / once))
    return min(timer.repeat(REPEATS, number)) / number / len(over) * 1e6
