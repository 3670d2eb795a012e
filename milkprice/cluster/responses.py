"""Words of others in our messages: one line, not endless, and no secret in them.

Which of our errors an answer of Kubernetes is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson

from milkprice.cluster.errors import (
    ClusterConflictError,
    ClusterDeniedError,
    ClusterError,
    ClusterNotFoundError,
    ClusterRejectedError,
    ClusterServerError,
    ClusterUnreachableError,
)

LONGEST = 300
HIDDEN = "***"
# A password in an address, a token, and whatever is named like a secret: token=…, "key": "….
SECRETS = (
    re.compile(r"(?<=://)[^/\s@]+(?=@)"),
    re.compile(r"(?i)(?<=authorization: bearer )\S+"),
    re.compile(r"\beyJ[\w-]+\.[\w.-]+"),
    re.compile(
        r"(?i)(?:secret|passw|token|credential|signature|access_?key)[\w.-]*[\"']?\s*[=:]\s*[\"']?"
        r"(?P<value>(?!\*)[^\s\"',;&}]+)"
    ),
)


def one_line(words: str) -> str:
    """Words fit for a message."""
    line = " ".join(redact(words).split()).rstrip(".")
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} ..."


def redact(words: str) -> str:
    """Words with everything hidden that looks like a secret."""
    for pattern in SECRETS:
        words = pattern.sub(_hidden, words)
    return words


def _hidden(found: re.Match[str]) -> str:
    value = found.groupdict().get("value")
    return HIDDEN if value is None else found[0].removesuffix(value) + HIDDEN


NOT_FOUND = "NotFound"
WEBHOOK = "denied the request"  # a webhook that refuses answers as if a right were missing
KINDS: dict[int, Callable[..., ClusterError]] = {
    HTTPStatus.UNAUTHORIZED: ClusterDeniedError,
    HTTPStatus.FORBIDDEN: ClusterDeniedError,
    HTTPStatus.NOT_FOUND: ClusterNotFoundError,
    HTTPStatus.CONFLICT: ClusterConflictError,
}


def refused(
    server: str, operation: str, status: int, reason: str | None, body: bytes | str | None
) -> ClusterError:
    """The error of an answer that is no success."""
    message = _message(body) or reason or "it gave no reason"
    kind = KINDS.get(status, ClusterServerError if status >= 500 else ClusterRejectedError)
    if status == HTTPStatus.FORBIDDEN and WEBHOOK in message:
        kind = ClusterRejectedError
    if status == 0:  # the client's way to tell of a broken TLS connection
        kind = ClusterUnreachableError
    said = one_line(message) if not status else f"{status} {one_line(message)}"
    return kind(server=server, operation=operation, reason=said)


def is_absent(body: bytes | str | None) -> bool:
    """Whether an answer of 404 means that the one thing is not there, and not its whole kind."""
    return bool(_status(body).get("reason") == NOT_FOUND)


def unreachable(server: str, operation: str, error: Exception) -> ClusterError:
    """The error of a connection that could not be made, or broke."""
    return ClusterUnreachableError(server=server, operation=operation, reason=named(error))


def garbled(server: str, operation: str) -> ClusterError:
    """The error of an answer that means nothing: something else answers at this address."""
    return ClusterServerError(
        server=server, operation=operation, reason="its answer cannot be understood"
    )


def named(error: BaseException) -> str:
    """The heart of what an exception says."""
    cause = getattr(error, "reason", None) or error
    words = str(cause).rpartition(": ")[2] or type(cause).__name__
    return one_line(words)


def _message(body: bytes | str | None) -> str:
    """What an answer says: Kubernetes' message, a predictor's error, or its text."""
    said = _status(body)
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    return str(said.get("message") or said.get("error") or text or "").strip()


def _status(body: bytes | str | None) -> dict[str, Any]:
    try:
        said = orjson.loads(body or b"")
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
