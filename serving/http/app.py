"""The application that KServe's server runs: its own, with our front before it."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from serving.http.body import Receive
from serving.http.exchange import Send
from serving.http.front import Framework, Front, Scope
from serving.http.outbox import Outbox
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
