"""Requests as a person types them: a ``curl`` line, and JSON that can be read."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serving.http.body import JSON

ANYWHERE = "localhost:8080"
SHORT = 5  # fields of an object that still stand on one line
HOST = re.compile(rb"[A-Za-z0-9._-]+(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """How the one who asks has reached this server, so that others can do the same.

    Attributes:
        address: Scheme and host.
        has_token: Whether a token was sent.
    """

    address: str
    has_token: bool

    @classmethod
    def of(cls, headers: Mapping[bytes, bytes]) -> Caller:
        """Learn it from a request's headers; what is no host there is left out."""
        host = headers.get(b"host", b"")
        known = host.decode("ascii") if HOST.fullmatch(host) else ANYWHERE
        scheme = "https" if headers.get(b"x-forwarded-proto") == b"https" else "http"
        return cls(address=f"{scheme}://{known}", has_token=b"authorization" in headers)


def line(caller: Caller, method: str, path: str, *, body: Any = None) -> str:
    """Write a request for a shell; the token is expected in its variable ``TOKEN``."""
    parts = [f"curl -s {shlex.quote(caller.address + path)}"]
    if caller.has_token:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    if body is not None:
        parts.append(f"-H 'Content-Type: {JSON}'")
        parts.append(f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}")
    elif method != "GET":
        parts.append(f"-X {method}")
    return " \\\n  ".join(parts)


def readable(value: Any, margin: str = "") -> str:
    """Write JSON: a line for each field and each row, but lists of numbers on one."""
    inner = f"{margin}  "
    if isinstance(value, dict) and (len(value) > SHORT or any(map(_holds, value.values()))):
        rows = [f"{inner}{_plain(name)}: {readable(one, inner)}" for name, one in value.items()]
        return "\n".join(("{", ",\n".join(rows), f"{margin}}}"))
    if isinstance(value, list) and any(map(_holds, value)):
        rows = [f"{inner}{readable(one, inner)}" for one in value]
        return "\n".join(("[", ",\n".join(rows), f"{margin}]"))
    return _plain(value)


def _holds(value: Any) -> bool:
    return isinstance(value, dict | list)


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
