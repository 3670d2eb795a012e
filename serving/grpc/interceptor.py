"""What surrounds every gRPC call: access, limits, errors and counting."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from milkprice.errors import MilkpriceError
from serving import metrics
from serving.access import Tokens
from serving.admission import Admission
from serving.errors import ModelColdError
from serving.logs import logger
from serving.models.host import Host
from serving.statuses import grpc_code

Handler = Callable[[Any, Any], Awaitable[Any]]

OPEN_METHODS = frozenset({"ServerLive", "ServerReady"})
REQUEST_ID = "x-request-id"
# Of a model that left again before a call had it, after the one that finds it cold.
ATTEMPTS = 4


class Interceptor(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """The same door, limits and numbers that REST has."""

    def __init__(self, host: Host, *, tokens: Tokens, admission: Admission) -> None:
        self._host = host
        self._tokens = tokens
        self._admission = admission
        self._wrapped: dict[str, Any] = {}

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Wrap the method that is called, the first time it is."""
        path = handler_call_details.method
        if path not in self._wrapped:
            handler = await continuation(handler_call_details)
            if handler is None:  # no such method: gRPC itself answers UNIMPLEMENTED
                return None
            self._wrapped[path] = grpc.unary_unary_rpc_method_handler(
                self._around(handler.unary_unary, path.rpartition("/")[2]),
                request_deserializer=handler.request_deserializer,
                response_serializer=handler.response_serializer,
            )
        return self._wrapped[path]

    def _around(self, method: Handler, name: str) -> Handler:
        route = f"grpc {name}"

        async def answer(request: Any, context: Any) -> Any:
            started = time.perf_counter()
            sent = dict(context.invocation_metadata() or ())
            if REQUEST_ID in sent:
                context.set_trailing_metadata(((REQUEST_ID, sent[REQUEST_ID]),))
            code, reason, response = "OK", "", None
            try:
                if name not in OPEN_METHODS:
                    self._tokens.check(_bytes(sent.get("authorization")))
                response = await self._called(method, request, context)
            except MilkpriceError as error:
                code, reason = grpc_code(error), str(error)
            except Exception:  # noqa: BLE001  a mistake of ours: logged in full, told in brief
                logger.exception("call failed", extra={"facts": {"route": route}})
                code, reason = "INTERNAL", "Internal error; it was logged."
            self._count(route, request, code, time.perf_counter() - started)
            if response is None:
                await context.abort(grpc.StatusCode[code], reason)
            return response

        return answer

    async def _called(
        self, method: Handler, request: Any, context: Any, *, attempts: int = ATTEMPTS
    ) -> Any:
        """Call a method; again once the model that it needs was waited for, as REST does."""
        try:
            with self._admission:
                return await method(request, context)
        except ModelColdError as cold:
            if not attempts:
                raise
            await self._host.wait(cold.name)
        return await self._called(method, request, context, attempts=attempts - 1)

    def _count(self, route: str, request: Any, code: str, seconds: float) -> None:
        asked = getattr(request, "model_name", "") or getattr(request, "name", "")
        model = self._host.label(asked)
        metrics.requests(route, model, code).inc()
        metrics.latency(route, model).observe(seconds)


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
