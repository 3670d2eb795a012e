"""A server on the loopback that stands for another system's API."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import orjson


@dataclass(frozen=True)
class Request:
    """A request, its body read as JSON."""

    method: str
    path: str
    query: dict
    headers: dict
    body: object


class _Handler(BaseHTTPRequestHandler):
    def _answer(self):
        parts = urlsplit(self.path)
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = orjson.loads(data) if data else None
        query, headers = parse_qs(parts.query), dict(self.headers)
        request = Request(self.command, parts.path, query, headers, body)
        status, answer = self.server.api.answer(request)
        kind = "text/plain; charset=utf-8" if isinstance(answer, str) else "application/json"
        data = answer.encode() if isinstance(answer, str) else answer
        data = data if isinstance(data, bytes) else orjson.dumps(data)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_HEAD = do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - names http.server looks for

    def log_message(self, *_):
        pass


@contextmanager
def on_loopback(api):
    """Let ``api.answer`` answer what is asked at ``api.port``.

    It gets a `Request` and gives a status and a body: a text as it is, bytes that are JSON already,
    or whatever JSON can be made of.
    """
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.api, server.daemon_threads = api, True
        api.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
