"""The service: each method takes a message of KServe's protocol and gives one back."""

from __future__ import annotations

import asyncio
from typing import Any

from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceServicer

from serving.models.description import SERVER, described
from serving.models.host import Host
from serving.models.served import ServedModel
from serving.payload.answer import Answer
from serving.payload.grpc import decode, raw
from serving.payload.v2 import OUTPUT
from serving.settings import INLINE_BYTES, Limits


class Servicer(GRPCInferenceServiceServicer):  # type: ignore[misc]
    """The methods of ``inference.GRPCInferenceService``. Errors are left to the interceptor."""

    def __init__(self, host: Host, limits: Limits) -> None:
        self._host = host
        self._max_rows = limits.rows

    async def ServerLive(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Whether the process answers."""
        return pb.ServerLiveResponse(live=True)

    async def ServerReady(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Whether every model answers."""
        return pb.ServerReadyResponse(ready=self._host.is_ready)

    async def ModelReady(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Whether a model answers."""
        slot = self._host.slot(request.name)
        served = slot.served
        is_ready = served is not None and request.version in ("", served.version)
        return pb.ModelReadyResponse(ready=is_ready)

    async def ServerMetadata(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """What this server is."""
        return pb.ServerMetadataResponse(**SERVER)

    async def ModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """What is known of a model, as far as the message has places for it."""
        self._host.require(request.name, request.version or None)
        known = described(self._host.slot(request.name))
        tensor = pb.ModelMetadataResponse.TensorMetadata
        return pb.ModelMetadataResponse(
            name=known["name"],
            versions=known["versions"],
            platform=known["platform"],
            inputs=[tensor(**_plain(fields)) for fields in known["inputs"]],
            outputs=[tensor(**_plain(fields)) for fields in known["outputs"]],
        )

    async def RepositoryModelLoad(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Load a model, or whatever newer version is meant by now."""
        await asyncio.to_thread(self._host.load, request.model_name)
        return pb.RepositoryModelLoadResponse(model_name=request.model_name, isLoaded=True)

    async def RepositoryModelUnload(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Stop serving a model."""
        await asyncio.to_thread(self._host.unload, request.model_name)
        return pb.RepositoryModelUnloadResponse(model_name=request.model_name, isUnloaded=True)

    async def ModelInfer(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Tensors to tensors; large ones off the event loop."""
        served = self._host.require(request.model_name, request.model_version or None)
        if request.ByteSize() <= INLINE_BYTES:
            return self._inferred(served, request)
        return await asyncio.to_thread(self._inferred, served, request)

    def _inferred(self, served: ServedModel, message: Any) -> Any:
        request = decode(message, served.schema, max_rows=self._max_rows)
        answer = served.answer(request.rows)
        # A client that speaks in raw bytes is answered in raw bytes.
        is_raw = request.outputs_binary or bool(message.raw_input_contents)
        return _response(answer, request.id, is_raw=is_raw)


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in ("name", "datatype", "shape")}


def _response(answer: Answer, request_id: str | None, *, is_raw: bool) -> Any:
    response = pb.ModelInferResponse(
        model_name=answer.model, model_version=answer.version, id=request_id or ""
    )
    output = response.outputs.add(name=OUTPUT, datatype="FP64", shape=[len(answer.predictions)])
    if is_raw:
        response.raw_output_contents.append(raw(answer))
    else:
        output.contents.fp64_contents.extend(answer.predictions)
    if answer.strays is not None:
        response.parameters["out_of_range"].int64_param = answer.strays.total
        response.parameters["out_of_range_columns"].string_param = ", ".join(
            answer.strays.by_column
        )
    return response
