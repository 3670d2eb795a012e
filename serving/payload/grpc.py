"""The second protocol over gRPC: ``ModelInferRequest`` messages to rows.

Any object with the attributes of ``open_inference_grpc.proto`` is taken for a message, so that
nothing here imports gRPC.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any

from serving.errors import RequestFieldError, TensorError
from serving.payload import tensors
from serving.payload.infer import DATAFRAME, InferRequest, check_outputs, read_tensors
from serving.payload.schema import Schema
from serving.payload.tensors import Datatype, Tensor

# The field of the contents for each datatype; there is none for FP16.
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
    inputs = [
        _tensor(item, data) for item, data in zip(message.inputs, raw or repeat(None), strict=False)
    ]
    parameters = message.parameters
    by_name = "content_type" in parameters and parameters["content_type"].string_param == DATAFRAME
    return InferRequest(
        id=message.id or None,
        rows=read_tensors(inputs, schema, by_name=by_name, max_rows=max_rows),
        outputs_binary=_outputs_binary(message),
    )


def _tensor(item: Any, data: bytes | None) -> Tensor:
    name = item.name
    datatype = tensors.datatype_of(name, item.datatype)
    shape = tensors.shape_of(name, list(item.shape))
    filled = [field for field in ALL_CONTENTS if getattr(item.contents, field)]
    if data is None:
        return tensors.from_values(name, datatype, shape, _contents(item, datatype, filled))
    if filled:
        raise TensorError(tensor=name, reason=f"has both raw contents and {', '.join(filled)}")
    return Tensor(name, datatype, shape, tensors.from_bytes(name, datatype, shape, data))


def _contents(item: Any, datatype: Datatype, filled: list[str]) -> list[Any]:
    expected = CONTENTS.get(datatype.name)
    if expected is None:
        raise TensorError(tensor=item.name, reason=f"is {datatype.name}; expected raw contents")
    if filled not in ([], [expected]):
        reason = f"is {datatype.name} but has {', '.join(filled)}; expected {expected}"
        raise TensorError(tensor=item.name, reason=reason)
    return list(getattr(item.contents, expected))


def _outputs_binary(message: Any) -> bool:
    is_binary = _is_true(message.parameters, "binary_data_output", otherwise=False)
    for output in message.outputs:
        is_binary = _is_true(output.parameters, "binary_data", otherwise=is_binary)
    return is_binary


def _is_true(parameters: Any, name: str, *, otherwise: bool) -> bool:
    return bool(parameters[name].bool_param) if name in parameters else otherwise
