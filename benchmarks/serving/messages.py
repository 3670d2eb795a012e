"""The protocol's messages for gRPC; KServe's classes are imported when one is needed.

The import takes seconds, which a client of REST need not wait for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

METHOD = "/inference.GRPCInferenceService/ModelInfer"


def encode(model: str, rows: Sequence[Sequence[float]]) -> bytes:
    """Write a request with one tensor of numbers, which every server of the protocol takes."""
    request = _module().ModelInferRequest(model_name=model)
    tensor = request.inputs.add(name="rows", datatype="FP64", shape=[len(rows), len(rows[0])])
    for row in rows:
        tensor.contents.fp64_contents.extend(row)
    written: bytes = request.SerializeToString()
    return written


def decode(answer: bytes) -> list[float]:
    """Read the predictions, in whichever of its two forms the answer has them."""
    response = _module().ModelInferResponse.FromString(answer)
    if response.raw_output_contents:
        values: list[float] = np.frombuffer(response.raw_output_contents[0], dtype="<f8").tolist()
        return values
    return list(response.outputs[0].contents.fp64_contents)


def _module() -> Any:
    from kserve.protocol.grpc import grpc_predict_v2_pb2

    return grpc_predict_v2_pb2
