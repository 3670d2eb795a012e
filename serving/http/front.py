"""Every request passes here: access, limits, errors and counting; ours are answered."""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from milkprice.errors import MilkpriceError
from serving import metrics
from serving.access import Tokens
from serving.admission import Admission
from serving.errors import EnvelopeError
from serving.http import body, media
from serving.http.call import Call, Reply, document, refusal
from serving.http.exchange import REQUEST_ID, Exchange, Send
from serving.http.routes import Match, Route, Routes, Where
from serving.logs import log, logger

Headers = Mapping[bytes, bytes]
Scope = MutableMapping[str, Any]
Framework = Callable[[Scope, body.Receive, Send], Awaitable[None]]

BATCH_THREADS = 2
# KServe's own liveness, for which nobody has a token.
OPEN_PATHS = frozenset({"/"})
LONGEST_REQUEST_ID = 128


class Front:
    """The outermost ASGI application."""

    def __init__(
        self,
        framework: Framework,
        routes: Routes,
        *,
        tokens: Tokens,
        admission: Admission,
        body_bytes: int,
        access_log: bool,
    ) -> None:
        self._framework = framework
        self._routes = routes
        self._tokens = tokens
        self._admission = admission
        self._body_bytes = body_bytes
        self._access_log = access_log
        self._threads = ThreadPoolExecutor(BATCH_THREADS, thread_name_prefix="batch")
        # Unlike any other process's, and cheaper than chance for every request.
        self._ids = map(f"{secrets.token_hex(6)}-%x".__mod__, itertools.count(1))

    async def __call__(self, scope: Scope, receive: body.Receive, send: Send) -> None:
        """Answer one request."""
        started = time.perf_counter()
        headers: Headers = dict(scope["headers"])
        match = self._routes.find(scope["method"], scope["path"])
        exchange = Exchange(send, self._request_id(headers))
        try:
            if match is None or (match.route.takes_events and media.is_cloud_event(headers)):
                await self._pass_on(scope, receive, exchange, headers)
            else:
                await exchange.reply(await self._answered(match, receive, headers))
        except body.GoneError:
            pass  # there is nobody to answer; it is counted below
        finally:
            self._count(scope, match, exchange, time.perf_counter() - started)

    async def _answered(self, match: Match, receive: body.Receive, headers: Headers) -> Reply:
        """Answer a request to a route of ours; whatever goes wrong becomes an answer too."""
        try:
            if match.route.is_open:
                return match.route.handler(Call(match.name, match.version, headers, b""))
            self._tokens.check(headers.get(b"authorization"))
            with self._admission:
                data = await body.read(receive, headers, limit=self._body_bytes)
                call = Call(match.name, match.version, headers, data)
                if match.route.answers_on_loop(len(data)):
                    return match.route.handler(call)
                return await self._in_thread(match.route, call)
        except MilkpriceError as error:
            return refusal(error)
        except body.GoneError:
            raise
        except Exception:  # noqa: BLE001  a mistake of ours: logged in full, told in brief
            return _mistake(match.route.template)

    async def _in_thread(self, route: Route, call: Call) -> Reply:
        """Call a function that would hold up the loop."""
        threads = self._threads if route.where is Where.BY_SIZE else None
        return await asyncio.get_running_loop().run_in_executor(threads, route.handler, call)

    async def _pass_on(
        self, scope: Scope, receive: body.Receive, exchange: Exchange, headers: Headers
    ) -> None:
        """Let KServe answer, behind the same door and limits."""
        path, method = scope["path"], scope["method"]
        try:
            if path not in OPEN_PATHS:
                self._tokens.check(headers.get(b"authorization"))
            allowed = self._routes.methods(path)
            if allowed and method not in allowed:
                await exchange.reply(_not_allowed(method, allowed))
                return
            with self._admission:
                data = await body.read(receive, headers, limit=self._body_bytes)
                if media.is_cloud_event(headers) and not data:
                    raise EnvelopeError(field="data", reason="is missing; expected instances")
                await self._framework(scope, body.again(data, receive), exchange.send)
        except MilkpriceError as error:
            await exchange.reply(refusal(error))
        except body.GoneError:
            raise
        except Exception:  # noqa: BLE001  else the connection would be closed without a word
            mistake = _mistake(path)
            if not exchange.is_begun:
                await exchange.reply(mistake)

    def _request_id(self, headers: Headers) -> bytes:
        """Take the client's id for its request, or make one."""
        given = headers.get(REQUEST_ID, b"")
        if 0 < len(given) <= LONGEST_REQUEST_ID and given.isascii():
            return given
        return next(self._ids).encode()

    def _count(self, scope: Scope, match: Match | None, exchange: Exchange, seconds: float) -> None:
        route, model = ("kserve", "") if match is None else (match.route.template, match.model)
        metrics.requests(route, model, exchange.status).inc()
        metrics.latency(route, model).observe(seconds)
        if self._access_log:
            log(
                logging.INFO,
                "request",
                method=scope["method"],
                path=scope["path"],
                status=int(exchange.status),
                milliseconds=round(seconds * 1000, 3),
                request_id=exchange.request_id.decode(),
            )


def _mistake(path: str) -> Reply:
    """Log what is being handled, in full, and answer in brief."""
    logger.exception("request failed", extra={"facts": {"path": path}})
    return document({"error": "Internal error; it was logged."}, status=500)


def _not_allowed(method: str, allowed: tuple[str, ...]) -> Reply:
    listed = ", ".join(allowed)
    refused = document({"error": f"{method} is not for this path; it takes {listed}."}, status=405)
    return Reply(refused.body, 405, (*refused.headers, (b"allow", listed.encode())))
