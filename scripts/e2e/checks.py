"""Predictions of a running predictor, compared with the published version."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from milkprice.registry import RegistryReader
from milkprice.training.polynomial import POLYNOMIAL, Polynomial

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SAME = 1e-9  # of the value; a prediction over the wire is to the bit, JSON and all
SECONDS = 30.0
PAUSE_SECONDS = 0.02


class CheckError(Exception):
    """A check failed; the message holds the expected and the actual."""


@dataclass(frozen=True)
class Address:
    """Addresses and credentials of a predictor.

    Attributes:
        url: Of its REST interface.
        grpc: Host and port of its gRPC interface.
        model: Name of the model.
        token: Bearer token; empty where none is required.
    """

    url: str
    grpc: str
    model: str
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Of every request."""
        return {"authorization": f"Bearer {self.token}"} if self.token else {}


@dataclass(frozen=True)
class Answer:
    """Predictions and the version that made them."""

    version: str
    predictions: tuple[float, ...]


def published_answer(reader: RegistryReader, model: str, reference: str) -> Answer:
    """The predictions of a published version for the example rows, computed here."""
    bundle = reader.fetch(model, reference)
    names = [feature.name for feature in bundle.sidecar.features]
    matrix = np.array([[row[name] for name in names] for row in example("v1.json")["instances"]])
    polynomial = Polynomial.from_json(bundle.files[POLYNOMIAL], where=bundle.label)
    return Answer(bundle.sidecar.version, tuple(polynomial.predict(matrix).tolist()))


def predict_v1(client: httpx.Client, address: Address) -> Answer:
    """Predict the example rows by the v1 protocol."""
    answer = _post(client, address, f"/v1/models/{address.model}:predict", example("v1.json"))
    return Answer(answer["model_version"], tuple(answer["predictions"]))


def predict_v2(client: httpx.Client, address: Address) -> Answer:
    """Predict the example rows by the Open Inference Protocol."""
    answer = _post(client, address, f"/v2/models/{address.model}/infer", example("v2.json"))
    return Answer(answer["model_version"], tuple(answer["outputs"][0]["data"]))


def predict_grpc(address: Address) -> Answer:
    """Predict the example rows by gRPC."""
    import grpc

    messages, stub = _grpc_modules()
    request = messages.ModelInferRequest(**{**example("grpc.json"), "model_name": address.model})
    with grpc.insecure_channel(address.grpc) as channel:
        answer = stub(channel).ModelInfer(
            request, timeout=SECONDS, metadata=list(address.headers.items())
        )
    return Answer(answer.model_version, tuple(answer.outputs[0].contents.fp64_contents))


def compare(found: Answer, expected: Answer) -> str:
    """Compare an answer with the published version; a line for the table.

    Raises:
        CheckError: Another version answered, or other numbers.
    """
    if found.version != expected.version:
        raise CheckError(f"version {found.version} answered, {expected.version} is published")
    if not np.allclose(found.predictions, expected.predictions, rtol=SAME, atol=0):
        raise CheckError(f"forecasts {found.predictions}, published is {expected.predictions}")
    return f"{len(found.predictions)} rows as {found.version} forecasts them"


def wait_until_served(
    client: httpx.Client, address: Address, version: str, *, seconds: float
) -> float:
    """Wait until a version answers; the seconds until it did.

    Raises:
        CheckError: It does not in time.
    """
    start, answer = time.monotonic(), "nobody answers"
    while time.monotonic() - start < seconds:
        try:
            answer = predict_v1(client, address).version
        except (CheckError, httpx.TransportError) as error:
            answer = str(error)
        if answer == version:
            return time.monotonic() - start
        time.sleep(PAUSE_SECONDS)
    raise CheckError(f"{version} does not answer within {seconds:g} s; last: {answer}")


def example(name: str) -> Any:
    """A request of ``examples/``."""
    return json.loads((EXAMPLES / name).read_text("utf-8"))


def _post(client: httpx.Client, address: Address, path: str, body: Mapping[str, Any]) -> Any:
    response = client.post(address.url + path, json=body, headers=address.headers)
    if response.status_code != httpx.codes.OK:
        raise CheckError(f"{path} answered {response.status_code}: {response.text[:300]}")
    return response.json()


def _grpc_modules() -> tuple[Any, Callable[..., Any]]:
    """KServe's messages and client; the import parses the command line, which is hidden from it."""
    arguments: Sequence[str] = sys.argv
    sys.argv = [sys.argv[0]]
    try:
        from kserve.protocol.grpc import grpc_predict_v2_pb2
        from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub
    finally:
        sys.argv = list(arguments)
    return grpc_predict_v2_pb2, GRPCInferenceServiceStub
