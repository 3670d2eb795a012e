"""CloudEvents that carry a request of the first protocol, and the events that answer them.

A structured event is a JSON object of its attributes and its data; a binary one has its attributes
in headers and its data as the body. Either is answered by one of its own kind.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, unquote

import orjson

from milkprice.text import preview
from serving.errors import RequestFieldError, join_values
from serving.payload import forecasts, strict_json, v1
from serving.payload.schema import Rows, Schema
from serving.settings import EventSettings

PREFIX = b"ce-"
VERSION = "1.0"
VERSIONS = ("0.3", VERSION)
REQUIRED = ("specversion", "id", "source", "type")
DATA, BASE64 = "data", "data_base64"
# Of the request's attributes those that an answer never keeps: they are about the data.
OF_DATA = frozenset((DATA, BASE64, "datacontenttype", "datacontentencoding", "dataschema"))
# What a header holds as it is; the rest is percent-encoded.
PLAIN = "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event.

    Attributes:
        attributes: By name; of a structured event all that it holds.
        data: As bytes or, of a structured event, as it was parsed.
        is_binary: Whether its attributes came in headers.
    """

    attributes: Mapping[str, Any]
    data: bytes | dict[str, Any]
    is_binary: bool

    def decode(self, schema: Schema, *, max_rows: int) -> Rows | forecasts.ForecastRequest:
        """Read the request that it carries.

        Raises:
            PayloadError: It cannot be read.
        """
        if isinstance(self.data, bytes):
            return v1.decode(self.data, schema, max_rows=max_rows)
        return v1.decode_document(self.data, schema, max_rows=max_rows)


def decode_binary(headers: Mapping[bytes, bytes], body: bytes) -> Event:
    """Read an event whose attributes are headers.

    Raises:
        RequestFieldError: An attribute that every event has is missing, or the data.
    """
    attributes = {
        name.removeprefix(PREFIX).decode("latin-1"): unquote(value.decode("latin-1"))
        for name, value in headers.items()
        if name.startswith(PREFIX)
    }
    _check(attributes)
    if not body:
        raise RequestFieldError(field=DATA, reason="is missing; expected instances")
    return Event(attributes=attributes, data=body, is_binary=True)


def decode_structured(body: bytes) -> Event:
    """Read an event that is a JSON object.

    Raises:
        JsonError: It is none, or has a key twice.
        RequestFieldError: An attribute that every event has is missing, or the data.
    """
    document = strict_json.parse(body)
    _check(document)
    return Event(attributes=document, data=_data(document), is_binary=False)


def encode(
    data: bytes, request: Event, *, model: str, settings: EventSettings
) -> tuple[dict[str, str], bytes]:
    """Write the event that answers another.

    Returns:
        The headers of a binary one, none of a structured one; and the body.
    """
    kept = request.attributes if settings.merge else {}
    attributes = {
        **{name: value for name, value in kept.items() if name not in OF_DATA},
        "specversion": VERSION,
        "id": str(uuid.uuid4()),
        "source": settings.source or f"io.kserve.inference.{model}",
        "type": settings.type,
        "time": datetime.now(timezone.utc).isoformat(),
    }
    if not request.is_binary:
        return {}, orjson.dumps({**attributes, DATA: orjson.Fragment(data)})
    headers = {f"ce-{name}": quote(value, safe=PLAIN) for name, value in attributes.items()}
    return headers, data


def _check(attributes: Mapping[str, Any]) -> None:
    lacking = [
        name for name in REQUIRED if not attributes.get(name) or type(attributes[name]) is not str
    ]
    if lacking:
        reason = f"lacks {join_values(lacking)}; every event has a text under each of these names"
        raise RequestFieldError(field="The CloudEvent", reason=reason)
    if attributes["specversion"] not in VERSIONS:
        reason = f"is {preview(attributes['specversion'])}; expected one of {', '.join(VERSIONS)}"
        raise RequestFieldError(field="specversion", reason=reason)


def _data(document: dict[str, Any]) -> bytes | dict[str, Any]:
    data, packed = document.get(DATA), document.get(BASE64)
    if isinstance(data, dict) and packed is None:
        return data
    if data is None and isinstance(packed, str):
        try:
            return base64.b64decode(packed, validate=True)
        except ValueError as error:
            raise RequestFieldError(field=BASE64, reason=f"is no base64: {error}") from error
    held = [name for name in (DATA, BASE64) if document.get(name) is not None]
    problem = f"is {preview(data)}" if held == [DATA] else f"comes as {join_values(held) or 'none'}"
    reason = f"{problem}; expected an object with instances, or the same in base64"
    raise RequestFieldError(field=DATA, reason=reason)
