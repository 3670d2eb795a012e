"""KServe's second protocol, the Open Inference Protocol, over HTTP: tensors in, a tensor out."""

from __future__ import annotations

from typing import Any

import orjson

from milkprice.text import preview
from serving.errors import RequestFieldError, TensorError, listed
from serving.payload import infer, strict_json
from serving.payload.out_of_range import OutOfRange
from serving.payload.result import FRAME, OUTPUT, InferRequest, PredictResult, check_outputs
from serving.payload.schema import Schema
from serving.payload.tensors import (
    SIZE,
    Attachment,
    Tensor,
    datatype_of,
    from_values,
    shape_of,
    split,
    to_bytes,
)

__all__ = ["OUTPUT", "InferRequest", "decode", "encode"]

# KServe's own client repeats the model's name, which the path has said.
FIELDS = frozenset(("id", "parameters", "inputs", "outputs", "model_name", "model_version"))
INPUT_FIELDS = frozenset(("name", "shape", "datatype", "parameters", "data"))
OUTPUT_FIELDS = frozenset(("name", "parameters"))


def decode(
    body: bytes, schema: Schema, *, max_rows: int, header_length: int | None
) -> InferRequest:
    """Read a request.

    Args:
        body: JSON, and behind it the bytes of binary tensors if there are any.
        schema: What the rows must be.
        max_rows: How many rows are taken at most.
        header_length: Length of the JSON in bytes; None if it is the whole body.

    Raises:
        PayloadError: It cannot be read.
    """
    written, attachment = split(body, header_length)
    document = strict_json.load(written)
    _check_fields("The request", document, FIELDS)
    inputs = _objects(document, "inputs")
    parameters = _parameters("The request", document)
    keys = len(document) + len(parameters) + sum(map(len, inputs))
    strict_json.check_duplicate_keys(written, document, keys=keys)
    tensors = [_tensor(sent, place, attachment) for place, sent in enumerate(inputs)]
    attachment.finish()
    return InferRequest(
        id=_id(document),
        outputs_binary=_outputs_binary(document, parameters),
        rows=infer.read_tensors(
            tensors, schema, by_name=parameters.get("content_type") == FRAME, max_rows=max_rows
        ),
    )


def encode(
    answer: PredictResult,
    *,
    id: str | None,  # noqa: A002  it is the protocol's name for it
    binary: bool,
) -> tuple[bytes, int | None]:
    """Write predictions.

    Args:
        answer: The predictions.
        id: What the client calls its request; None if it does not call it anything.
        binary: Whether the numbers go as bytes behind the JSON.

    Returns:
        The body, and the length of the JSON in it if that is not all of it.
    """
    output: dict[str, Any] = {
        "name": OUTPUT,
        "shape": [len(answer.predictions)],
        "datatype": "FP64",
    }
    if not binary:
        output["data"] = answer.predictions
        return orjson.dumps(_response(answer, id, output)), None
    numbers = to_bytes(answer.predictions)
    output["parameters"] = {SIZE: len(numbers)}
    written = orjson.dumps(_response(answer, id, output))
    return written + numbers, len(written)


def _response(
    answer: PredictResult, request_id: str | None, output: dict[str, Any]
) -> dict[str, Any]:
    response: dict[str, Any] = {"model_name": answer.model, "model_version": answer.version}
    if request_id is not None:
        response["id"] = request_id
    if answer.out_of_range is not None:
        response["parameters"] = _out_of_range(answer.out_of_range)
    response["outputs"] = [output]
    return response


def _out_of_range(strays: OutOfRange) -> dict[str, int | str]:
    """Say it in scalars: the protocol has no other parameters."""
    return {"out_of_range": strays.total, "out_of_range_columns": ", ".join(strays.by_column)}


def _tensor(sent: dict[str, Any], place: int, attachment: Attachment) -> Tensor:
    field = f"inputs[{place}]"
    _check_fields(field, sent, INPUT_FIELDS)
    name = sent.get("name")
    if not isinstance(name, str):
        raise RequestFieldError(field=f"{field}.name", reason=f"is {preview(name)}; expected text")
    datatype = datatype_of(name, sent.get("datatype"))
    shape = shape_of(name, sent.get("shape"))
    size = _parameters(field, sent).get(SIZE)
    if size is None:
        return from_values(name, datatype, shape, sent.get("data"))
    if "data" in sent:
        raise TensorError(tensor=name, reason=f"has both data and {SIZE}")
    return Tensor(name, datatype, shape, attachment.take(name, datatype, shape, size))


def _id(document: dict[str, Any]) -> str | None:
    name = document.get("id")
    if "id" in document and not isinstance(name, str):
        raise RequestFieldError(field="id", reason=f"is {preview(name)}; expected text")
    return name


def _outputs_binary(document: dict[str, Any], parameters: dict[str, Any]) -> bool:
    is_binary = parameters.get("binary_data_output") is True
    outputs = _objects(document, "outputs") if "outputs" in document else []
    for place, output in enumerate(outputs):
        field = f"outputs[{place}]"
        _check_fields(field, output, OUTPUT_FIELDS)
        is_binary = _parameters(field, output).get("binary_data", is_binary) is True
    check_outputs([output.get("name") for output in outputs])
    return is_binary


def _objects(document: dict[str, Any], field: str) -> list[dict[str, Any]]:
    items = document.get(field)
    if isinstance(items, list) and set(map(type, items)) <= {dict}:
        return items
    raise RequestFieldError(field=field, reason=f"is {preview(items)}; expected a list of objects")


def _parameters(field: str, holder: dict[str, Any]) -> dict[str, Any]:
    if "parameters" not in holder:
        return {}
    parameters = holder["parameters"]
    if isinstance(parameters, dict):
        return parameters
    reason = f"is {preview(parameters)}; expected an object"
    raise RequestFieldError(field=f"{field}.parameters", reason=reason)


def _check_fields(field: str, holder: dict[str, Any], fields: frozenset[str]) -> None:
    if not fields.issuperset(holder):
        unknown = [key for key in holder if key not in fields]
        reason = f"has unknown {listed(unknown)}; expected {listed(sorted(fields))}"
        raise RequestFieldError(field=field, reason=reason)
