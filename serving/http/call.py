"""What a route is asked and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from milkprice.errors import MilkpriceError
from serving.statuses import http_headers, http_status

Header = tuple[bytes, bytes]

JSON: Header = (b"content-type", b"application/json")


class Call(NamedTuple):
    """One request, its body read.

    Attributes:
        name: The model in the path; empty where the path names none.
        version: The version in the path.
        headers: By lower-case name; of repeated ones the last.
        body: Its bytes.
    """

    name: str
    version: str | None
    headers: Mapping[bytes, bytes]
    body: bytes


class Reply(NamedTuple):
    """One answer.

    Attributes:
        body: Its bytes.
        status: HTTP's status.
        headers: With the content's type, without its length.
    """

    body: bytes
    status: int = 200
    headers: tuple[Header, ...] = (JSON,)


def document(content: Any, *, status: int = 200) -> Reply:
    """An answer that is a JSON document."""
    return Reply(orjson.dumps(content), status)


def refusal(error: MilkpriceError) -> Reply:
    """The answer that tells of an error."""
    body = orjson.dumps({"error": str(error)})
    return Reply(body, http_status(error), (JSON, *http_headers(error)))
