"""What a route is asked and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from milkprice.errors import MilkpriceError
from serving.errors import PayloadError
from serving.statuses import http_headers, http_status

Header = tuple[bytes, bytes]

REQUEST_ID = b"x-request-id"
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
        headers: With the content's type; the length comes at the end.
    """

    body: bytes
    status: int = 200
    headers: tuple[Header, ...] = (JSON,)

    def addressed(self, request_id: bytes) -> Reply:
        """The answer with its length and its request's id among the headers."""
        return self.measured((REQUEST_ID, request_id))

    def measured(self, *more: Header) -> Reply:
        """The answer with its length among the headers, and more of them."""
        length = (b"content-length", b"%d" % len(self.body))
        return Reply(self.body, self.status, (*self.headers, length, *more))


def document(content: Any, *, status: int = 200) -> Reply:
    """An answer that is a JSON document."""
    return Reply(orjson.dumps(content), status)


def refusal(error: MilkpriceError) -> Reply:
    """The answer that tells of an error, and where it is if that is known."""
    body = orjson.dumps({"error": str(error), **_place(error)})
    return Reply(body, http_status(error), (JSON, *http_headers(error)))


def _place(error: MilkpriceError) -> dict[str, int | str]:
    if not isinstance(error, PayloadError):
        return {}
    place = {"row": error.row, "column": error.column}
    return {name: where for name, where in place.items() if where is not None}
