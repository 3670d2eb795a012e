"""The forms in which rows are sent, and where the predictions stand in the answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import orjson

from benchmarks.serving import messages

MODEL = "milk-price"
JSON_HEADERS = {"Content-Type": "application/json"}
JSON_LENGTH = "Inference-Header-Content-Length"

Row = Mapping[str, float]
Sent = tuple[Mapping[str, str], bytes]


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """A way to ask.

    Attributes:
        name: What results call it.
        path: Where a request is sent.
        encode: Makes headers and body of rows.
        decode: Finds the predictions in an answer's body.
        grpc: Whether it is a call of gRPC, and the path its method.
    """

    name: str
    path: str
    encode: Callable[[Sequence[Row]], Sent]
    decode: Callable[[bytes], list[float]]
    grpc: bool = False


def _named(rows: Sequence[Row]) -> Sent:
    return JSON_HEADERS, orjson.dumps({"instances": rows})


def _positional(rows: Sequence[Row]) -> Sent:
    return JSON_HEADERS, orjson.dumps({"instances": [list(row.values()) for row in rows]})


def _tensor(rows: Sequence[Row]) -> Sent:
    values = [value for row in rows for value in row.values()]
    return JSON_HEADERS, orjson.dumps({"inputs": [{**_head(rows), "data": values}]})


def _binary(rows: Sequence[Row]) -> Sent:
    data = np.array([list(row.values()) for row in rows], dtype="<f8").tobytes()
    tensor = {**_head(rows), "parameters": {"binary_data_size": len(data)}}
    head = orjson.dumps({"parameters": {"binary_data_output": True}, "inputs": [tensor]})
    kind = {"Content-Type": "application/octet-stream", JSON_LENGTH: str(len(head))}
    return kind, head + data


def _head(rows: Sequence[Row]) -> dict[str, object]:
    return {"name": "rows", "shape": [len(rows), len(rows[0])], "datatype": "FP64"}


def _flat(rows: Sequence[Row]) -> Sent:
    return JSON_HEADERS, orjson.dumps(rows[0])


def _query(rows: Sequence[Row]) -> Sent:
    return JSON_HEADERS, orjson.dumps({"query": rows})


def _call(rows: Sequence[Row]) -> Sent:
    return {}, messages.encode(MODEL, [list(row.values()) for row in rows])


def _predictions(answer: bytes) -> list[float]:
    return list(map(float, orjson.loads(answer)["predictions"]))


def _prediction(answer: bytes) -> list[float]:
    told = orjson.loads(answer)["prediction"]
    return list(map(float, told if isinstance(told, list) else [told]))


def _output(answer: bytes) -> list[float]:
    return list(map(float, orjson.loads(answer)["outputs"][0]["data"]))


def _binary_output(answer: bytes) -> list[float]:
    """The numbers behind the JSON, which latin-1 leaves as long as it is."""
    _, end = json.JSONDecoder().raw_decode(answer.decode("latin-1"))
    values: list[float] = np.frombuffer(answer[end:], dtype="<f8").tolist()
    return values


V1 = f"/v1/models/{MODEL}:predict"
V2 = f"/v2/models/{MODEL}/infer"
NAMED = Protocol(name="v1 named", path=V1, encode=_named, decode=_predictions)
POSITIONAL = Protocol(name="v1 positional", path=V1, encode=_positional, decode=_predictions)
TENSOR = Protocol(name="v2 tensor", path=V2, encode=_tensor, decode=_output)
BINARY = Protocol(name="v2 binary", path=V2, encode=_binary, decode=_binary_output)
FLAT = Protocol(name="flat row", path="/predict", encode=_flat, decode=_prediction)
QUERY = Protocol(name="query", path="/predict", encode=_query, decode=_prediction)
GRPC = Protocol(
    name="gRPC", path=messages.METHOD, encode=_call, decode=messages.decode, grpc=True
)  # fmt: skip
PROTOCOLS = {
    one.name: one for one in (NAMED, POSITIONAL, TENSOR, BINARY, FLAT, QUERY, GRPC)
}  # fmt: skip
