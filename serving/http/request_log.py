"""What is recorded of a request: its id, its metrics, its line in the access log."""

from __future__ import annotations

import itertools
import logging
import re
import secrets
from collections.abc import Mapping

from serving import metrics
from serving.http.messages import REQUEST_ID
from serving.http.routes import Match
from serving.logs import log

CLIENT_ID = re.compile(rb"[\x21-\x7e]{1,128}")


class RequestLog:
    """Counts every request, and logs it if there is an access log."""

    def __init__(self, *, access_log: bool) -> None:
        self._access_log = access_log
        # Unlike any other process's, and cheaper than random ids.
        self._ids = map(f"{secrets.token_hex(6)}-%x".__mod__, itertools.count(1))

    def request_id(self, headers: Mapping[bytes, bytes]) -> bytes:
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
