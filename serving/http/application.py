"""The application that KServe's server runs: its own, with our front before it.

Every request passes here: access, limits, errors and counting; ours are answered.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from milkprice.errors import MilkpriceError
from serving.access import Tokens, refuse_foreign
from serving.admission import Admission, Intake
from serving.errors import EnvelopeError, ModelColdError
from serving.http import body
from serving.http import body as media
from serving.http.body import Receive
from serving.http.messages import Call, Exchange, Outbox, Reply, Send, document, refusal
from serving.http.request_log import Journal
from serving.http.routes import READING, Match, Route, Routes, Where
from serving.logs import logger
from serving.models.repository import Host
from serving.settings import Limits


class Application(FastAPI):
    """KServe adds its routes here as to any FastAPI application; the front answers first."""

    def __init__(self, front: Callable[[Framework], Front], *, limits: Limits) -> None:
        super().__init__(title="milkprice", openapi_url=None, redirect_slashes=False)
        self.add_exception_handler(HTTPException, _refused)
        self.front = front(super().__call__)
        self.outbox = Outbox()
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take part in what is none."""
        if scope["type"] == "http":
            await self.front(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    """Tell of a path or method that is not there in the same words as everything else."""
    if not isinstance(error, HTTPException):
        raise error
    missing = f"There is no {request.url.path} here; see /docs."
    reason = missing if error.status_code == 404 else error.detail
    return JSONResponse({"error": reason}, error.status_code, headers=error.headers)


Headers = Mapping[bytes, bytes]
Scope = MutableMapping[str, Any]
Framework = Callable[[Scope, body.Receive, Send], Awaitable[None]]

BATCH_THREADS = 2
# Of a model that left again before a request had it; more often there are far too few places.
ATTEMPTS = 3
# KServe's own liveness, for which nobody has a token.
OPEN_PATHS = frozenset({"/"})


class Front:
    """The outermost ASGI application."""

    def __init__(
        self,
        framework: Framework,
        routes: Routes,
        *,
        host: Host,
        tokens: Tokens,
        admission: Admission,
        limits: Limits,
        access_log: bool,
    ) -> None:
        self._framework = framework
        self._routes = routes
        self._host = host
        self._tokens = tokens
        self._admission = admission
        self._body_bytes = limits.body_bytes
        self._intake = Intake(limits.held_bytes)
        self._journal = Journal(access_log=access_log)
        self._threads = ThreadPoolExecutor(BATCH_THREADS, thread_name_prefix="batch")

    def prompt(self, method: bytes, url: bytes) -> Match | None:
        """Find the route of a request that can be answered on the spot; see `answer_now`."""
        return self._routes.prompt.get((method, url))

    def answer_now(self, match: Match, headers: Headers, data: bytes) -> Reply | None:
        """Answer a small request whose bytes are all there.

        Args:
            match: What `prompt` found.
            headers: The request's, by lower-case name.
            data: Its body.

        Returns:
            The answer, with every header that belongs to it; None if the model has left in the
            meantime, so that it has to be waited for.
        """
        started = time.perf_counter()
        request_id = self._journal.request_id(headers)
        try:
            if self._tokens.check(headers.get(b"authorization")):
                refuse_foreign(headers.get(b"sec-fetch-site"))
            reply = match.route.handler(Call(match.name, match.version, headers, data))
        except ModelColdError:
            return None
        except Exception as error:  # noqa: BLE001  every one of them becomes an answer
            reply = _told(error, match.route.template)
        self._journal.record(
            match,
            method="POST",
            path=match.path,
            status=str(reply.status),
            seconds=time.perf_counter() - started,
            request_id=request_id,
        )
        return reply.addressed(request_id)

    async def __call__(self, scope: Scope, receive: body.Receive, send: Send) -> None:
        """Answer one request."""
        started = time.perf_counter()
        headers: Headers = dict(scope["headers"])
        match = self._match(scope["method"], scope["path"], headers)
        exchange = Exchange(send, self._journal.request_id(headers))
        try:
            if match is None or (match.route.takes_events and media.is_cloud_event(headers)):
                await self._pass_on(match, scope, receive, exchange, headers)
            else:
                await exchange.reply(await self._answered(match, receive, scope, headers))
        except body.GoneError:
            pass  # there is nobody to answer; it is counted below
        finally:
            self._journal.record(
                match,
                method=scope["method"],
                path=scope["path"],
                status=exchange.status,
                seconds=time.perf_counter() - started,
                request_id=exchange.request_id,
            )

    def _match(self, method: str, path: str, headers: Headers) -> Match | None:
        """Find the route of a request; None if it is the framework's."""
        match = self._routes.find(method, path)
        if match is not None and match.route.is_page and not media.wants_page(headers):
            return None
        return match

    def _admit(self, headers: Headers, *, changes: bool) -> None:
        """Let a request pass, or raise why not."""
        if self._tokens.check(headers.get(b"authorization")) and changes:
            refuse_foreign(headers.get(b"sec-fetch-site"))

    async def _answered(
        self, match: Match, receive: body.Receive, scope: Scope, headers: Headers
    ) -> Reply:
        """Answer a request to a route of ours; whatever goes wrong becomes an answer too."""
        try:
            if match.route.is_open:
                return match.route.handler(Call(match.name, match.version, headers, b""))
            self._admit(headers, changes=match.route.changes(scope["method"]))
            await self._wait(match)
            with self._intake.holding() as hold:
                data = await body.read(receive, headers, limit=self._body_bytes, hold=hold)
                with self._admission:
                    call = Call(match.name, match.version, headers, data)
                    return await self._called(match, call)
        except body.GoneError:
            raise
        except Exception as error:  # noqa: BLE001  every one of them becomes an answer
            return _told(error, match.route.template)

    async def _wait(self, match: Match) -> None:
        """Wait for a model that is not in memory, beside the requests that are in progress."""
        if match.route.asks_models and self._host.is_cold(match.name):
            await self._host.wait(match.name)

    async def _called(self, match: Match, call: Call, *, attempts: int = ATTEMPTS) -> Reply:
        """Call the handler of a route; again if its model had left before it was taken."""
        try:
            if match.route.answers_on_loop(len(call.body)):
                return match.route.handler(call)
            return await self._in_thread(match.route, call)
        except ModelColdError as cold:
            if not attempts:
                raise
            await self._host.wait(cold.name)
        return await self._called(match, call, attempts=attempts - 1)

    async def _in_thread(self, route: Route, call: Call) -> Reply:
        """Call a function that would hold up the loop."""
        threads = self._threads if route.where is Where.BY_SIZE else None
        return await asyncio.get_running_loop().run_in_executor(threads, route.handler, call)

    async def _pass_on(
        self,
        match: Match | None,
        scope: Scope,
        receive: body.Receive,
        exchange: Exchange,
        headers: Headers,
    ) -> None:
        """Let KServe answer, behind the same door and limits."""
        path, method = scope["path"], scope["method"]
        try:
            if path not in OPEN_PATHS or method not in READING:
                self._admit(headers, changes=method not in READING)
            allowed = self._routes.methods(path)
            if allowed and method not in allowed:
                await exchange.reply(_not_allowed(method, allowed))
                return
            if match is not None:
                await self._wait(match)
            with self._intake.holding() as hold:
                data = await body.read(receive, headers, limit=self._body_bytes, hold=hold)
                if media.is_cloud_event(headers) and not data:
                    raise EnvelopeError(field="data", reason="is missing; expected instances")
                with self._admission:
                    await self._framework(scope, body.again(data, receive), exchange.send)
        except body.GoneError:
            raise
        except Exception as error:  # noqa: BLE001  else the connection would close without a word
            told = _told(error, path)
            if not exchange.is_begun:
                await exchange.reply(told)


def _told(error: Exception, path: str) -> Reply:
    """Answer with an error: a client's in its own words; ours in brief, and logged in full."""
    if isinstance(error, MilkpriceError):
        return refusal(error)
    logger.error("request failed", extra={"facts": {"path": path}}, exc_info=error)
    return document({"error": "Internal error; it was logged."}, status=500)


def _not_allowed(method: str, allowed: tuple[str, ...]) -> Reply:
    listed = ", ".join(allowed)
    refused = document({"error": f"{method} is not for this path; it takes {listed}."}, status=405)
    return Reply(refused.body, 405, (*refused.headers, (b"allow", listed.encode())))
