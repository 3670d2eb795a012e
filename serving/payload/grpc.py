"""The second protocol over gRPC: its messages are read here and made by whoever imports them.

Messages are taken as objects with the attributes of ``open_inference_grpc.proto``.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any

from serving.errors import RequestFieldError, TensorError
from serving.payload import infer
from serving.payload.result import FRAME, InferRequest, PredictResult, check_outputs
from serving.payload.schema import Schema
from serving.payload.tensors import (
    Datatype,
    Tensor,
    datatype_of,
    from_bytes,
    from_values,
    shape_of,
    to_bytes,
)

# Which field of the contents holds which type; there is none for 16 bits of floating point.
CONTENTS = {
    **dict.fromkeys(("INT8", "INT16", "INT32"), "int_contents"),
    **dict.fromkeys(("UINT8", "UINT16", "UINT32"), "uint_contents"),
    "INT64": "int64_contents",
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
}
ALL_CONTENTS = sorted({*CONTENTS.values(), "bool_contents", "bytes_contents"})


def decode(message: Any, schema: Schema, *, max_rows: int) -> InferRequest:
    """Read a ``ModelInferRequest``.

    Raises:
        PayloadError: It cannot be read.
    """
    raw = list(message.raw_input_contents)
    if raw and len(raw) != len(message.inputs):
        reason = f"has {len(raw)} entries for {len(message.inputs)} inputs"
        raise RequestFieldError(field="raw_input_contents", reason=reason)
    check_outputs([output.name for output in message.outputs])
    tensors = [
        _tensor(sent, data) for sent, data in zip(message.inputs, raw or repeat(None), strict=False)
    ]
    parameters = message.parameters
    by_name = "content_type" in parameters and parameters["content_type"].string_param == FRAME
    return InferRequest(
        id=message.id or None,
        rows=infer.read_tensors(tensors, schema, by_name=by_name, max_rows=max_rows),
        outputs_binary=_outputs_binary(message),
    )


def raw_output(answer: PredictResult) -> bytes:
    """Write predictions as ``raw_output_contents`` has them."""
    return to_bytes(answer.predictions)


def _tensor(sent: Any, data: bytes | None) -> Tensor:
    name = sent.name
    datatype = datatype_of(name, sent.datatype)
    shape = shape_of(name, list(sent.shape))
    filled = [field for field in ALL_CONTENTS if getattr(sent.contents, field)]
    if data is None:
        return from_values(name, datatype, shape, _contents(sent, datatype, filled))
    if filled:
        raise TensorError(tensor=name, reason=f"has both raw contents and {', '.join(filled)}")
    return Tensor(name, datatype, shape, from_bytes(name, datatype, shape, data))


def _contents(sent: Any, datatype: Datatype, filled: list[str]) -> list[Any]:
    expected = CONTENTS.get(datatype.name)
    if expected is None:
        raise TensorError(tensor=sent.name, reason=f"is {datatype.name}; expected raw contents")
    if filled not in ([], [expected]):
        reason = f"is {datatype.name} but has {', '.join(filled)}; expected {expected}"
        raise TensorError(tensor=sent.name, reason=reason)
    return list(getattr(sent.contents, expected))


def _outputs_binary(message: Any) -> bool:
    is_binary = _is_true(message.parameters, "binary_data_output", otherwise=False)
    for output in message.outputs:
        is_binary = _is_true(output.parameters, "binary_data", otherwise=is_binary)
    return is_binary


def _is_true(parameters: Any, name: str, *, otherwise: bool) -> bool:
    return bool(parameters[name].bool_param) if name in parameters else otherwise
