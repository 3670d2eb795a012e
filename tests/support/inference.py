"""Requests and clients of the Open Inference Protocol over gRPC."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import grpc

from tests.support.serving import Predictor


@contextlib.contextmanager
def no_arguments() -> Iterator[None]:
    """Hide pytest's arguments from KServe, which parses them when it is imported."""
    arguments = sys.argv
    sys.argv = arguments[:1]
    try:
        yield
    finally:
        sys.argv = arguments


with no_arguments():
    from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
    from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub


@contextlib.contextmanager
def stub(predictor: Predictor) -> Iterator[Any]:
    """Open the service of a predictor."""
    with grpc.insecure_channel(predictor.grpc_address) as channel:
        yield GRPCInferenceServiceStub(channel)


def tensor(name: str, data: list[float], shape: list[int] | None = None) -> Any:
    """Make an input of FP64."""
    made = pb.ModelInferRequest.InferInputTensor(
        name=name, datatype="FP64", shape=shape or [len(data)]
    )
    made.contents.fp64_contents.extend(data)
    return made
