"""The ASGI application: every request passes here, for access, limits, errors and metrics.

Requests to our own routes are answered; the others go on to KServe's FastAPI application, and
wait for it while it is still being imported.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from milkprice.errors import MilkpriceError
from serving import metrics
from serving.admission import Admission, HeldBytes, Tokens, check_same_site
from serving.errors import ModelNotInMemoryError
from serving.http import body
from serving.http.body import ClientDisconnectedError, Headers, Receive
from serving.http.messages import (
    REQUEST_ID,
    Request,
    Response,
    ResponseState,
    Send,
    WriteBuffer,
    document,
    error_response,
)
from serving.http.routes import READING, Execution, Match, Routes
from serving.logs import log, logger
from serving.models.repository import ModelRepository
from serving.settings import Limits

Scope = MutableMapping[str, Any]
Framework = Callable[[Scope, Receive, Send], Awaitable[None]]

BATCH_THREADS = 2
# To load a model that was evicted again before its request; more means far too little memory.
ATTEMPTS = 3
# KServe's own liveness, which its probes ask without a token.
OPEN_PATHS = frozenset({"/"})
# What Kubernetes' API server passes on where it is asked for a pod: it keeps the usual one itself.
PROXIED_AUTHORIZATION = b"x-predictor-authorization"
CLIENT_ID = re.compile(rb"[\x21-\x7e]{1,128}")


class RequestLog:
    """Counts every request, and logs it if there is an access log."""

    def __init__(self, *, access_log: bool) -> None:
        self._access_log = access_log
        # Unlike any other process's, and cheaper than random ids.
        self._ids = map(f"{secrets.token_hex(6)}-%x".__mod__, itertools.count(1))

    def request_id(self, headers: Headers) -> bytes:
        """The client's id of its request, or a new one."""
        sent = headers.get(REQUEST_ID)
        if sent is not None and CLIENT_ID.fullmatch(sent):
            return sent
        return next(self._ids).encode()

    def record(
        self,
        match: Match | None,
        *,
        method: str,
        path: str,
        status: str,
        seconds: float,
        request_id: bytes,
    ) -> None:
        """Record one request; without a match it was KServe's."""
        route, model = ("kserve", "") if match is None else (match.route.template, match.model)
        metrics.requests(route, model, status).inc()
        metrics.latency(route, model).observe(seconds)
        if self._access_log:
            log(
                logging.INFO,
                "request",
                method=method,
                path=path,
                status=int(status),
                milliseconds=round(seconds * 1000, 3),
                request_id=request_id.decode(),
            )


class Application:
    """Answers our own routes, and forwards the rest to the framework.

    Attributes:
        limits: Of a request and of the connections.
        write_buffer: Of the responses that do not go through uvicorn.
    """

    def __init__(
        self,
        framework: Future[Framework],
        routes: Routes,
        *,
        repository: ModelRepository,
        tokens: Tokens,
        admission: Admission,
        limits: Limits,
        access_log: bool,
    ) -> None:
        self.limits = limits
        self.write_buffer = WriteBuffer()
        self._framework = framework
        self._routes = routes
        self._repository = repository
        self._tokens = tokens
        self._admission = admission
        self._body_bytes = limits.body_bytes
        self._held_bytes = HeldBytes(limits.held_bytes)
        self._request_log = RequestLog(access_log=access_log)
        self._threads = ThreadPoolExecutor(BATCH_THREADS, thread_name_prefix="batch")

    def fast_match(self, method: bytes, url: bytes) -> Match | None:
        """Find the route of a request that can be answered at once; see `answer_now`."""
        return self._routes.fast.get((method, url))

    def answer_now(self, match: Match, headers: Headers, data: bytes) -> Response | None:
        """Answer a small request whose bytes are all there; `fast_match` found its route.

        Returns:
            The response with all headers of its own; None if the model was evicted meanwhile, so
            that the request has to wait for it.
        """
        started = time.perf_counter()
        request_id = self._request_log.request_id(headers)
        try:
            if self._tokens.check(headers.get(b"authorization")):
                check_same_site(headers.get(b"sec-fetch-site"))
            response = match.route.handler(Request(match.name, match.version, headers, data))
        except ModelNotInMemoryError:
            return None
        except Exception as error:  # noqa: BLE001  every error becomes a response
            response = _failure(error, match.route.template)
        self._request_log.record(
            match,
            method="POST",
            path=match.path,
            status=str(response.status),
            seconds=time.perf_counter() - started,
            request_id=request_id,
        )
        return response.with_request_id(request_id)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = time.perf_counter()
        headers: Headers = dict(scope["headers"])
        match = self._match(scope["method"], scope["path"], headers)
        state = ResponseState(send, self._request_log.request_id(headers))
        try:
            if match is None:
                await self._forward(scope, receive, state, headers)
            else:
                await state.respond(await self._respond(match, receive, scope, headers))
        except ClientDisconnectedError:
            pass  # nobody to answer; it is recorded below
        finally:
            self._request_log.record(
                match,
                method=scope["method"],
                path=scope["path"],
                status=state.status,
                seconds=time.perf_counter() - started,
                request_id=state.request_id,
            )

    def _match(self, method: str, path: str, headers: Headers) -> Match | None:
        """Find the route of a request; None if it is the framework's."""
        match = self._routes.find(method, path)
        if match is not None and match.route.is_page and not body.wants_page(headers):
            return None
        return match

    def _admit(self, headers: Headers, *, changes: bool) -> None:
        """Check a request's token, and its origin if it may change something."""
        authorization = headers.get(b"authorization", headers.get(PROXIED_AUTHORIZATION))
        if self._tokens.check(authorization) and changes:
            check_same_site(headers.get(b"sec-fetch-site"))

    async def _respond(
        self, match: Match, receive: Receive, scope: Scope, headers: Headers
    ) -> Response:
        """Answer a request to a route of ours; every error becomes a response."""
        try:
            if match.route.is_open:
                return match.route.handler(Request(match.name, match.version, headers, b""))
            self._admit(headers, changes=match.route.changes(scope["method"]))
            await self._wait(match)
            with self._held_bytes.holding() as hold:
                data = await body.read(receive, headers, limit=self._body_bytes, hold=hold)
                with self._admission:
                    if data and body.ENCODING in headers:
                        data = await self._inflate(data, headers[body.ENCODING])
                        hold(len(data))
                    request = Request(match.name, match.version, headers, data)
                    return await self._handle(match, request)
        except ClientDisconnectedError:
            raise
        except Exception as error:  # noqa: BLE001  every error becomes a response
            return _failure(error, match.route.template)

    async def _inflate(self, data: bytes, encoding: bytes) -> bytes:
        """Decompress a body in a thread, since little of it may become much."""
        inflate = partial(body.inflate, data, encoding, limit=self._body_bytes)
        return await asyncio.get_running_loop().run_in_executor(self._threads, inflate)

    async def _wait(self, match: Match) -> None:
        """Wait for a model that is not in memory; such requests do not count as in progress."""
        if match.route.needs_model and self._repository.is_cold(match.name):
            await self._repository.wait(match.name)

    async def _handle(
        self, match: Match, request: Request, *, attempts: int = ATTEMPTS
    ) -> Response:
        """Call the handler of a route; again if its model was evicted before."""
        try:
            if match.route.answers_on_loop(len(request.body)):
                return match.route.handler(request)
            threads = self._threads if match.route.where is Execution.BY_SIZE else None
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(threads, match.route.handler, request)
        except ModelNotInMemoryError as error:
            if not attempts:
                raise
            await self._repository.wait(error.name)
        return await self._handle(match, request, attempts=attempts - 1)

    async def _forward(
        self, scope: Scope, receive: Receive, state: ResponseState, headers: Headers
    ) -> None:
        """Let KServe answer, with the same checks and limits."""
        path, method = scope["path"], scope["method"]
        try:
            if path not in OPEN_PATHS or method not in READING:
                self._admit(headers, changes=method not in READING)
            allowed = self._routes.methods(path)
            if allowed and method not in allowed:
                await state.respond(_not_allowed(method, allowed))
                return
            framework = await self._wait_for_framework()
            with self._held_bytes.holding() as hold:
                data = await body.read(receive, headers, limit=self._body_bytes, hold=hold)
                with self._admission:
                    await framework(scope, body.replay(data, receive), state.send)
        except ClientDisconnectedError:
            raise
        except Exception as error:  # noqa: BLE001  else the connection would close without a response
            response = _failure(error, path)
            if not state.is_started:
                await state.respond(response)

    async def _wait_for_framework(self) -> Framework:
        """Wait for it; requests that wait do not count as in progress, and hold no bytes."""
        if not self._framework.done():
            # Shielded, or the end of one request would cancel it for all of them.
            await asyncio.shield(asyncio.wrap_future(self._framework))
        return self._framework.result()


def _failure(error: Exception, path: str) -> Response:
    """The response to an error: a client's with its message; ours in brief, and logged in full."""
    if isinstance(error, MilkpriceError):
        return error_response(error)
    logger.error("request failed", extra={"facts": {"path": path}}, exc_info=error)
    return document({"error": "Internal error; it was logged."}, status=500)


def _not_allowed(method: str, allowed: tuple[str, ...]) -> Response:
    methods = ", ".join(allowed)
    response = document(
        {"error": f"{method} is not for this path; it takes {methods}."}, status=405
    )
    return Response(response.body, 405, (*response.headers, (b"allow", methods.encode())))
