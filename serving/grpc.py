"""gRPC: the service of KServe's protocol, with the checks, limits and metrics that REST has.

Beside it the services of health, which probes and load balancers ask, and of reflection, by which
clients such as grpcurl learn what there is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Mapping
from typing import Any

import grpc
import kserve
import orjson
from google.protobuf.unknown_fields import UnknownFieldSet

# What grpcio-channelz calls, which would be a dependency for two numbers.
from grpc._cython.cygrpc import channelz_get_server_sockets, channelz_get_servers
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as pb_grpc
from kserve.protocol.grpc.servicer import InferenceServicer
from kserve.protocol.model_repository_extension import ModelRepositoryExtension

from milkprice.errors import MilkpriceError, SettingError
from serving import metrics
from serving.admission import Admission, Tokens
from serving.errors import ModelNotInMemoryError, UnknownServiceError
from serving.logs import logger
from serving.models.description import SERVER, metadata
from serving.models.model import ServedModel
from serving.models.repository import ModelRepository
from serving.payload.grpc import decode
from serving.payload.infer import OUTPUT
from serving.payload.result import PredictResult
from serving.payload.tensors import to_bytes
from serving.settings import INLINE_BYTES, Limits, ServingSettings
from serving.statuses import grpc_code

Handler = Callable[[Any, Any], Awaitable[Any]]

SERVICE = "inference.GRPCInferenceService"
# What answers without a token.
OPEN_PATHS = frozenset(
    (
        *(f"/{SERVICE}/{method}" for method in ("ServerLive", "ServerReady")),
        *(f"/{health.SERVICE_NAME}/{method}" for method in ("Check", "Watch")),
    )
)
# How soon a client that watches the health learns of a change.
WATCH_SECONDS = 1.0
STREAMS = 128  # at one moment: whoever watches needs no token
REQUEST_ID = "x-request-id"
# To load a model that was evicted again before its call, after the first that loads it.
ATTEMPTS = 4
# Around a body: names, shapes and the fields of the message.
ENVELOPE_BYTES = 64 * 1024
# A connection without a call is closed after this time; clients connect again at the next call,
# and some log that, so it is longer than that of REST.
IDLE_SECONDS = 300.0
MAX_INT = 2**31 - 2  # of an option; as a number of connections, one more ends the process


class Interceptor(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """The same checks, limits and metrics that REST has."""

    def __init__(
        self, repository: ModelRepository, *, tokens: Tokens, admission: Admission
    ) -> None:
        self._repository = repository
        self._tokens = tokens
        self._admission = admission
        self._streams = Admission(STREAMS)
        self._wrapped: dict[str, Any] = {}

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Wrap the method that is called, the first time it is."""
        path = handler_call_details.method
        if path not in self._wrapped:
            handler = await continuation(handler_call_details)
            if handler is None:  # no such method: gRPC itself answers UNIMPLEMENTED
                return None
            wrap = self._wrap if handler.unary_unary else self._wrap_stream
            self._wrapped[path] = wrap(handler, path)
        return self._wrapped[path]

    def _check_token(self, path: str, sent: Mapping[str, str | bytes]) -> None:
        if path not in OPEN_PATHS:
            self._tokens.check(_bytes(sent.get("authorization")))

    def _wrap_stream(self, handler: Any, path: str) -> Any:
        """Wrap a stream, of health or reflection; it is counted when it ends."""
        kind = "unary_stream" if handler.unary_stream else "stream_stream"
        route, method = _route(path), getattr(handler, kind)

        async def answer(request: Any, context: Any) -> AsyncIterator[Any]:
            code = "OK"
            try:
                self._check_token(path, dict(context.invocation_metadata() or ()))
                with self._streams:
                    async for response in method(request, context):
                        yield response
            except MilkpriceError as error:
                code = grpc_code(error)
                await context.abort(grpc.StatusCode[code], str(error))
            finally:
                metrics.requests(route, "", code).inc()

        return handler._replace(**{kind: answer})

    def _wrap(self, handler: Any, path: str) -> Any:
        route, method = _route(path), handler.unary_unary

        async def answer(request: Any, context: Any) -> Any:
            started = time.perf_counter()
            sent = dict(context.invocation_metadata() or ())
            if REQUEST_ID in sent:
                context.set_trailing_metadata(((REQUEST_ID, sent[REQUEST_ID]),))
            code, reason, response = "OK", "", None
            try:
                self._check_token(path, sent)
                response = await self._call(method, request, context)
            except MilkpriceError as error:
                code, reason = grpc_code(error), str(error)
            except Exception:  # noqa: BLE001  a bug: logged in full, reported in brief
                logger.exception("call failed", extra={"facts": {"route": route}})
                code, reason = "INTERNAL", "Internal error; it was logged."
            self._count(route, request, code, time.perf_counter() - started)
            if response is None:
                await context.abort(grpc.StatusCode[code], reason)
            return response

        return handler._replace(unary_unary=answer)

    async def _call(
        self, method: Handler, request: Any, context: Any, *, attempts: int = ATTEMPTS
    ) -> Any:
        """Call a method; again once a model that was not in memory is loaded, as REST does."""
        try:
            with self._admission:
                return await method(request, context)
        except ModelNotInMemoryError as error:
            if not attempts:
                raise
            await self._repository.wait(error.name)
        return await self._call(method, request, context, attempts=attempts - 1)

    def _count(self, route: str, request: Any, code: str, seconds: float) -> None:
        name = (
            getattr(request, "model_name", "")
            or getattr(request, "name", "")
            or _second_field(request)
        )
        model = self._repository.metric_label(name)
        metrics.requests(route, model, code).inc()
        metrics.latency(route, model).observe(seconds)


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value


def _route(path: str) -> str:
    """A method's label in metrics."""
    return f"grpc {path.rpartition('/')[2]}"


def _second_field(message: Any) -> str:
    """Text in a second field that KServe's messages do not have; empty without one."""
    texts = [field.data for field in UnknownFieldSet(message) if field.field_number == 2]
    return texts[-1].decode(errors="replace") if texts and isinstance(texts[-1], bytes) else ""


def _named_model(message: Any) -> str:
    """The model to load or unload: Triton's clients name it in the second field, KServe's first."""
    return _second_field(message) or str(message.model_name)


class Servicer(InferenceServicer):  # type: ignore[misc]
    """The methods of ``inference.GRPCInferenceService``. Errors are left to the interceptor.

    KServe's own methods answer for models that were registered with it beside ours.
    """

    def __init__(
        self, repository: ModelRepository, limits: Limits, others: kserve.ModelRepository
    ) -> None:
        super().__init__(DataPlane(others), ModelRepositoryExtension(others))
        self._repository = repository
        self._max_rows = limits.rows
        self._others: Container[str] = others.models

    async def ServerLive(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Whether the process answers."""
        return pb.ServerLiveResponse(live=True)

    async def ServerReady(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Whether every model answers."""
        return pb.ServerReadyResponse(ready=self._repository.is_ready)

    async def ModelReady(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Whether a model answers."""
        if request.name in self._others:
            return await super().ModelReady(request, context)
        handle = self._repository.handle(request.name)
        served = handle.model
        is_ready = served is not None and request.version in ("", served.version)
        return pb.ModelReadyResponse(ready=is_ready)

    async def ServerMetadata(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """The server's metadata."""
        return pb.ServerMetadataResponse(**SERVER)

    async def ModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802
        """A model's metadata, as far as the message has fields for it."""
        if request.name in self._others:
            return await super().ModelMetadata(request, context)
        self._repository.require(request.name, request.version or None)
        facts = metadata(self._repository.handle(request.name))
        tensor = pb.ModelMetadataResponse.TensorMetadata
        return pb.ModelMetadataResponse(
            name=facts["name"],
            versions=facts["versions"],
            platform=facts["platform"],
            inputs=[tensor(**_plain(fields)) for fields in facts["inputs"]],
            outputs=[tensor(**_plain(fields)) for fields in facts["outputs"]],
        )

    async def RepositoryModelLoad(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Load the version that should serve now."""
        name = _named_model(request)
        await asyncio.to_thread(self._repository.load, name)
        return pb.RepositoryModelLoadResponse(model_name=name, isLoaded=True)

    async def RepositoryModelUnload(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Stop serving a model."""
        name = _named_model(request)
        await asyncio.to_thread(self._repository.unload, name)
        return pb.RepositoryModelUnloadResponse(model_name=name, isUnloaded=True)

    async def ModelInfer(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Tensors to tensors; large ones off the event loop."""
        if request.model_name in self._others:
            return await super().ModelInfer(request, context)
        served = self._repository.require(request.model_name, request.model_version or None)
        if request.ByteSize() <= INLINE_BYTES:
            return self._infer(served, request)
        return await asyncio.to_thread(self._infer, served, request)

    def _infer(self, served: ServedModel, message: Any) -> Any:
        request = decode(message, served.schema, max_rows=self._max_rows)
        answer = served.predict(request.rows)
        # A client that speaks in raw bytes is answered in raw bytes.
        is_raw = request.outputs_binary or bool(message.raw_input_contents)
        return _response(answer, request.id, is_raw=is_raw)


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in ("name", "datatype", "shape")}


def _response(answer: PredictResult, request_id: str | None, *, is_raw: bool) -> Any:
    response = pb.ModelInferResponse(
        model_name=answer.model, model_version=answer.version, id=request_id or ""
    )
    output = response.outputs.add(name=OUTPUT, datatype="FP64", shape=[len(answer.predictions)])
    if is_raw:
        response.raw_output_contents.append(to_bytes(answer.predictions))
    else:
        output.contents.fp64_contents.extend(answer.predictions)
    if answer.out_of_range is not None:
        response.parameters["out_of_range"].int64_param = answer.out_of_range.total
        response.parameters["out_of_range_columns"].string_param = ", ".join(
            answer.out_of_range.by_column
        )
    return response


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]
    """``grpc.health.v1``: the whole server, or its one service, serves while it is ready."""

    def __init__(self, repository: ModelRepository) -> None:
        self._repository = repository

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Whether a service serves now.

        Raises:
            UnknownServiceError: There is no such service.
        """
        if request.service not in ("", SERVICE):
            raise UnknownServiceError(name=request.service, served=SERVICE)
        return self._response()

    async def Watch(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: ARG002, N802
        """Whether a service serves, now and whenever that changes; ends as the server drains."""
        last, is_last = None, False
        while not is_last:
            is_last = self._repository.is_draining
            response = self._response(is_known=request.service in ("", SERVICE))
            if response != last:
                yield response
            last = response
            await asyncio.sleep(WATCH_SECONDS)

    def _response(self, *, is_known: bool = True) -> Any:
        kinds = health_pb2.HealthCheckResponse
        serving = kinds.SERVING if self._repository.is_ready else kinds.NOT_SERVING
        return kinds(status=serving if is_known else kinds.SERVICE_UNKNOWN)


def count_connections() -> int:
    """The open connections to the gRPC servers of this process."""
    servers = orjson.loads(channelz_get_servers(0)).get("server", ())
    return sum(_count_sockets(int(one["ref"]["serverId"])) for one in servers)


def _count_sockets(server: int) -> int:
    """The sockets of a server, which are listed some hundreds at a time."""
    count = start = 0
    while True:
        page = orjson.loads(channelz_get_server_sockets(server, start, 0))
        sockets = page.get("socketRef", ())
        count += len(sockets)
        if page.get("end") or not sockets:
            return count
        start = int(sockets[-1]["socketId"]) + 1


async def start_grpc(
    settings: ServingSettings,
    repository: ModelRepository,
    others: kserve.ModelRepository,
    *,
    tokens: Tokens,
    admission: Admission,
) -> grpc.aio.Server:
    """Start a server on the settings' address.

    Args:
        settings: Of the process.
        repository: Our models.
        others: In its ``models``, those that KServe answers for.
        tokens: The valid ones.
        admission: Limits requests in progress, together with those of REST.

    Raises:
        SettingError: The port is not free.
    """
    server = grpc.aio.server(
        interceptors=[Interceptor(repository, tokens=tokens, admission=admission)],
        options=[*_options(settings.limits).items()],
    )
    servicer = Servicer(repository, settings.limits, others)
    pb_grpc.add_GRPCInferenceServiceServicer_to_server(servicer, server)
    health_pb2_grpc.add_HealthServicer_to_server(Health(repository), server)
    names = (SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)
    address = f"{settings.host}:{settings.grpc_port}"
    try:
        server.add_insecure_port(address)
    except RuntimeError as error:
        raise SettingError(
            option="gRPC port",
            value=address,
            expected="a free port; choose another by --grpc-port, 0 for none",
        ) from error
    await server.start()
    metrics.CONNECTIONS.labels("grpc").set_function(count_connections)
    return server


def _options(limits: Limits) -> dict[str, int]:
    """A server's options; a connection above the limit is closed before anything is said."""
    options = {
        "grpc.max_receive_message_length": limits.body_bytes + ENVELOPE_BYTES,
        "grpc.max_send_message_length": -1,
        "grpc.so_reuseport": 0,
        "grpc.max_allowed_incoming_connections": limits.connections,
        "grpc.server_handshake_timeout_ms": round(limits.request_seconds * 1000),
        "grpc.max_connection_idle_ms": round(IDLE_SECONDS * 1000),
        "grpc.enable_channelz": 1,  # by which connections are counted
    }
    return {name: min(value, MAX_INT) for name, value in options.items()}
