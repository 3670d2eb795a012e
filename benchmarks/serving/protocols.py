"""The three forms in which one row is sent, and where the prediction stands in the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

MODEL = "milk-price"

Row = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """A way to ask.

    Attributes:
        path: Where a request is sent.
        encode: Makes a request's body of a row.
        decode: Finds the prediction in an answer's body.
    """

    path: str
    encode: Callable[[Row], bytes]
    decode: Callable[[bytes], float]


def _named(row: Row) -> bytes:
    return orjson.dumps({"instances": [row]})


def _positional(row: Row) -> bytes:
    return orjson.dumps({"instances": [list(row.values())]})


def _tensor(row: Row) -> bytes:
    values = list(row.values())
    tensor = {"name": "row", "shape": [1, len(values)], "datatype": "FP64", "data": values}
    return orjson.dumps({"inputs": [tensor]})


def _prediction(answer: bytes) -> float:
    return float(orjson.loads(answer)["predictions"][0])


def _output(answer: bytes) -> float:
    return float(orjson.loads(answer)["outputs"][0]["data"][0])


V1 = f"/v1/models/{MODEL}:predict"
NAMED = Protocol(path=V1, encode=_named, decode=_prediction)
POSITIONAL = Protocol(path=V1, encode=_positional, decode=_prediction)
TENSOR = Protocol(path=f"/v2/models/{MODEL}/infer", encode=_tensor, decode=_output)
