"""KServe's second protocol, the Open Inference Protocol, over HTTP: tensors in, a tensor out.

An optional member that is null is absent: data classes, KServe's own among them, are written so.
Members that the protocol does not have are passed over, as KServe's servers do.
"""

from __future__ import annotations

from typing import Any

import orjson

from milkprice.text import preview
from serving.errors import RequestFieldError, TensorError, join_values
from serving.payload import strict_json, tensors
from serving.payload.infer import DATAFRAME, OUTPUT, InferRequest, check_outputs, read_tensors
from serving.payload.result import PredictResult
from serving.payload.schema import Schema
from serving.payload.tensors import SIZE, Attachment, Tensor


def decode(
    body: bytes, schema: Schema, *, max_rows: int, header_length: int | None
) -> InferRequest:
    """Read a request.

    Args:
        body: JSON, and behind it the bytes of binary tensors if there are any.
        schema: The columns of the model.
        max_rows: The greatest number of rows that is accepted.
        header_length: Length of the JSON in bytes; None if it is the whole body.

    Raises:
        PayloadError: It cannot be read.
    """
    head, attachment = tensors.split(body, header_length)
    document = strict_json.load(head)
    items = _objects(document, "inputs")
    parameters = _parameters("The request", document)
    keys = len(document) + len(parameters) + sum(map(len, items))
    strict_json.check_duplicate_keys(head, document, keys=keys)
    inputs = [_tensor(item, index, attachment) for index, item in enumerate(items)]
    attachment.finish()
    return InferRequest(
        id=_id(document),
        outputs_binary=_outputs_binary(document, parameters),
        rows=read_tensors(
            inputs, schema, by_name=parameters.get("content_type") == DATAFRAME, max_rows=max_rows
        ),
    )


def encode(
    result: PredictResult,
    *,
    id: str | None,  # noqa: A002  the protocol's name
    binary: bool,
) -> tuple[bytes, int | None]:
    """Write predictions.

    Args:
        result: The predictions.
        id: The client's id of the request; None without one.
        binary: Whether the numbers are bytes behind the JSON.

    Returns:
        The body, and the length of the JSON in it; None if that is all of it.
    """
    output: dict[str, Any] = {
        "name": OUTPUT,
        "shape": [len(result.predictions)],
        "datatype": "FP64",
    }
    if not binary:
        output["data"] = result.predictions
        return orjson.dumps(_response(result, id, output)), None
    numbers = tensors.to_bytes(result.predictions)
    output["parameters"] = {SIZE: len(numbers)}
    head = orjson.dumps(_response(result, id, output))
    return head + numbers, len(head)


def _response(
    result: PredictResult, request_id: str | None, output: dict[str, Any]
) -> dict[str, Any]:
    response: dict[str, Any] = {"model_name": result.model, "model_version": result.version}
    if request_id is not None:
        response["id"] = request_id
    if result.out_of_range is not None:  # as scalars: the protocol has no other parameters
        response["parameters"] = {
            "out_of_range": result.out_of_range.total,
            "out_of_range_columns": ", ".join(result.out_of_range.by_column),
        }
    response["outputs"] = [output]
    return response


def _tensor(item: dict[str, Any], index: int, attachment: Attachment) -> Tensor:
    field = f"inputs[{index}]"
    name = item.get("name")
    if not isinstance(name, str):
        raise RequestFieldError(field=f"{field}.name", reason=f"is {preview(name)}; expected text")
    datatype = tensors.datatype_of(name, item.get("datatype"))
    shape = tensors.shape_of(name, item.get("shape"))
    size = _parameters(field, item).get(SIZE)
    if size is None:
        return tensors.from_values(name, datatype, shape, item.get("data"))
    if item.get("data") is not None:
        raise TensorError(tensor=name, reason=f"has both data and {SIZE}")
    return Tensor(name, datatype, shape, attachment.take(name, datatype, shape, size))


def _id(document: dict[str, Any]) -> str | None:
    name = document.get("id")
    if name is None or isinstance(name, str):
        return name
    raise RequestFieldError(field="id", reason=f"is {preview(name)}; expected text")


def _outputs_binary(document: dict[str, Any], parameters: dict[str, Any]) -> bool:
    is_binary = parameters.get("binary_data_output") is True
    outputs = _objects(document, "outputs") if document.get("outputs") is not None else []
    for index, output in enumerate(outputs):
        field = f"outputs[{index}]"
        wanted = _parameters(field, output).get("binary_data")
        is_binary = is_binary if wanted is None else wanted is True
    check_outputs([output.get("name") for output in outputs])
    return is_binary


def _objects(document: dict[str, Any], field: str) -> list[dict[str, Any]]:
    if field not in document:
        problem = f"has the keys {join_values(document)}" if document else "is empty"
        raise RequestFieldError(field="The request", reason=f"{problem}; expected {field!r}")
    items = document[field]
    if isinstance(items, list) and set(map(type, items)) <= {dict}:
        return items
    raise RequestFieldError(field=field, reason=f"is {preview(items)}; expected a list of objects")


def _parameters(field: str, holder: dict[str, Any]) -> dict[str, Any]:
    parameters = holder.get("parameters")
    if parameters is None:
        return {}
    if isinstance(parameters, dict):
        return parameters
    reason = f"is {preview(parameters)}; expected an object"
    raise RequestFieldError(field=f"{field}.parameters", reason=reason)
