"""Requests and answers of HTTP as they pass, one a connection."""

from __future__ import annotations

import http.client
import socket
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

HEAD_END = b"\r\n\r\n"
SECONDS = 30
# What is ours to say, since it is about this connection.
_OURS = ("connection", "content-length", "transfer-encoding", "keep-alive")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a client asks."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def is_write(self) -> bool:
        return self.method in ("PUT", "POST", "DELETE")

    def encoded(self) -> bytes:
        """Write it as it came."""
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode("latin-1") + HEAD_END + self.body


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the store answers."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 300

    def encoded(self, *, share: float = 1.0) -> bytes:
        """Write it, or consistently a part of its body only."""
        body = self.body[: int(len(self.body) * share)]
        headers = [(name, value) for name, value in self.headers if name.lower() not in _OURS]
        headers.append(("Connection", "close"))
        if self.status not in (204, 304):
            headers.append(("Content-Length", str(len(body))))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        return f"HTTP/1.1 {self.status} {self.status}\r\n{head}\r\n".encode("latin-1") + body


def read_request(connection: socket.socket) -> Request | None:
    """Read one request; None if its sender died in the middle of it."""
    connection.settimeout(SECONDS)
    with connection.makefile("rb") as stream:
        method, target = f"{stream.readline().decode('latin-1')}  ".split(" ")[:2]
        headers = http.client.parse_headers(stream)
        length = int(headers.get("content-length", 0))
        body = stream.read(length)
    is_whole = headers.get("host") and len(body) == length
    if not is_whole:
        return None
    return Request(method=method, target=target, headers=tuple(headers.items()), body=body)
