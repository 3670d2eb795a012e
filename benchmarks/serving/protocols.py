"""The protocols, and requests in them with the predictions they must get."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import numpy as np
import orjson

from benchmarks.environment import BenchmarkError

HOST = "127.0.0.1"
MODEL = "milk-price"
TOLERANCE = 1e-6  # relative; sums in another order differ by far less
MAX_REQUESTS = 16  # of several rows each
MAX_ROWS = 4096  # of all requests together
GRPC_METHOD = "/inference.GRPCInferenceService/ModelInfer"
JSON_HEADERS = {"Content-Type": "application/json"}
JSON_LENGTH = "Inference-Header-Content-Length"

Row = Mapping[str, float]
Payload = tuple[Mapping[str, str], bytes]  # headers and body


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request and the predictions of scikit-learn's pipeline for its rows."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    expected: tuple[float, ...]

    def to_http(self, port: int) -> bytes:
        """The bytes of the HTTP request."""
        lines = [f"POST {self.path} HTTP/1.1", f"Host: {HOST}:{port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        head = "\r\n".join([*lines, f"Content-Length: {len(self.body)}", "", ""])
        return head.encode() + self.body

    def check(self, predictions: Sequence[float], *, server: str) -> None:
        """Compare predictions with those of scikit-learn.

        Raises:
            BenchmarkError: One differs, or their number.
        """
        if len(predictions) != len(self.expected):
            raise BenchmarkError(
                f"{server} gave {len(predictions)} predictions for {len(self.expected)} rows."
            )
        for row, (value, expected) in enumerate(zip(predictions, self.expected, strict=True)):
            if not math.isclose(value, expected, rel_tol=TOLERANCE):
                raise BenchmarkError(
                    f"{server} predicted {value} for row {row} of a request; expected {expected}."
                )


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """A form of request: rows to a body, and the body of a response to predictions.

    The path is the method where it is gRPC.
    """

    name: str
    path: str
    encode: Callable[[Sequence[Row]], Payload]
    decode: Callable[[bytes], list[float]]
    grpc: bool = False

    def requests(
        self, rows: Sequence[Row], expected: Sequence[float], *, size: int
    ) -> list[Request]:
        """Make requests of ``size`` rows: one for each row, or some of several rows."""
        count = len(rows) if size == 1 else min(MAX_REQUESTS, max(1, MAX_ROWS // size))
        requests = []
        for first in range(count):
            headers, body = self.encode(list(islice(cycle(rows), first, first + size)))
            predictions = tuple(islice(cycle(expected), first, first + size))
            requests.append(
                Request(path=self.path, headers=headers, body=body, expected=predictions)
            )
        return requests


def _named(rows: Sequence[Row]) -> Payload:
    return JSON_HEADERS, orjson.dumps({"instances": rows})


def _positional(rows: Sequence[Row]) -> Payload:
    return JSON_HEADERS, orjson.dumps({"instances": [list(row.values()) for row in rows]})


def _tensor(rows: Sequence[Row]) -> Payload:
    values = [value for row in rows for value in row.values()]
    return JSON_HEADERS, orjson.dumps({"inputs": [{**_tensor_fields(rows), "data": values}]})


def _binary(rows: Sequence[Row]) -> Payload:
    data = np.array([list(row.values()) for row in rows], dtype="<f8").tobytes()
    tensor = {**_tensor_fields(rows), "parameters": {"binary_data_size": len(data)}}
    head = orjson.dumps({"parameters": {"binary_data_output": True}, "inputs": [tensor]})
    headers = {"Content-Type": "application/octet-stream", JSON_LENGTH: str(len(head))}
    return headers, head + data


def _tensor_fields(rows: Sequence[Row]) -> dict[str, object]:
    return {"name": "rows", "shape": [len(rows), len(rows[0])], "datatype": "FP64"}


def _flat(rows: Sequence[Row]) -> Payload:
    return JSON_HEADERS, orjson.dumps(rows[0])


def _query(rows: Sequence[Row]) -> Payload:
    return JSON_HEADERS, orjson.dumps({"query": rows})


def _message(rows: Sequence[Row]) -> Payload:
    """A message with the numbers as contents, which every server of the protocol takes."""
    request = _messages().ModelInferRequest(model_name=MODEL)
    tensor = request.inputs.add(name="rows", datatype="FP64", shape=[len(rows), len(rows[0])])
    for row in rows:
        tensor.contents.fp64_contents.extend(row.values())
    return {}, request.SerializeToString()


def _predictions(body: bytes) -> list[float]:
    return list(map(float, orjson.loads(body)["predictions"]))


def _prediction(body: bytes) -> list[float]:
    prediction = orjson.loads(body)["prediction"]
    return list(map(float, prediction if isinstance(prediction, list) else [prediction]))


def _output(body: bytes) -> list[float]:
    return list(map(float, orjson.loads(body)["outputs"][0]["data"]))


def _binary_output(body: bytes) -> list[float]:
    """The numbers behind the JSON, whose end latin-1 finds, one character a byte."""
    _, end = json.JSONDecoder().raw_decode(body.decode("latin-1"))
    values: list[float] = np.frombuffer(body[end:], dtype="<f8").tolist()
    return values


def _message_output(body: bytes) -> list[float]:
    response = _messages().ModelInferResponse.FromString(body)
    if response.raw_output_contents:
        values: list[float] = np.frombuffer(response.raw_output_contents[0], dtype="<f8").tolist()
        return values
    return list(response.outputs[0].contents.fp64_contents)


def _messages() -> Any:
    """KServe's messages; the import takes seconds, which clients of REST need not wait for."""
    from kserve.protocol.grpc import grpc_predict_v2_pb2

    return grpc_predict_v2_pb2


V1 = f"/v1/models/{MODEL}:predict"
V2 = f"/v2/models/{MODEL}/infer"
NAMED = Protocol(name="v1 named", path=V1, encode=_named, decode=_predictions)
POSITIONAL = Protocol(name="v1 positional", path=V1, encode=_positional, decode=_predictions)
TENSOR = Protocol(name="v2 tensor", path=V2, encode=_tensor, decode=_output)
BINARY = Protocol(name="v2 binary", path=V2, encode=_binary, decode=_binary_output)
FLAT = Protocol(name="flat row", path="/predict", encode=_flat, decode=_prediction)
QUERY = Protocol(name="query", path="/predict", encode=_query, decode=_prediction)
GRPC = Protocol(
    name="gRPC", path=GRPC_METHOD, encode=_message, decode=_message_output, grpc=True
)  # fmt: skip
