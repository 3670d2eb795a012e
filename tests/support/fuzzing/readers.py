"""Whatever reads bytes from outside, and what it may make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from milkprice.forecasting.codec import decode_forecast
from milkprice.registry.bundle import Feature, from_json
from milkprice.registry.errors import BundleError
from milkprice.training.polynomial import Polynomial
from serving.errors import ServingError
from serving.payload import events, legacy, v1, v2
from serving.payload.forecasts import ForecastRequest
from serving.payload.schema import Schema

COLUMNS = ("Rain_Mean", "Año", "price")
SCHEMA = Schema.from_features(
    [Feature(name=name, unit="1", minimum=0.0, maximum=9.0) for name in COLUMNS]
)
LONGEST_SENTENCE = 1000
MAX_ROWS = 3

Reader = Callable[[bytes], None]


def v2_decode(body: bytes, schema: Schema, *, max_rows: int) -> Any:
    return v2.decode(body, schema, max_rows=max_rows, header_length=None).rows


def v2_decode_parted(body: bytes, schema: Schema, *, max_rows: int) -> Any:
    length = body.rfind(b"}") + 1
    return v2.decode(body, schema, max_rows=max_rows, header_length=length).rows


def legacy_decode(body: bytes, schema: Schema, *, max_rows: int) -> Any:
    return legacy.decode(legacy.parse(body), schema, max_rows=max_rows)


def event_decode(body: bytes, schema: Schema, *, max_rows: int) -> Any:
    event = b'{"specversion": "1.0", "id": "1", "source": "/a", "type": "x", "data": %b}' % body
    return events.decode_structured(event).decode(schema, max_rows=max_rows)


def check(decode: Callable[..., Any], body: bytes, schema: Schema = SCHEMA) -> None:
    """Assert that a request gives rows or a sentence."""
    try:
        rows = decode(body, schema, max_rows=MAX_ROWS)
    except ServingError as error:
        check_sentence(error)
    else:
        check_rows(rows, schema)


def check_rows(rows: Any, schema: Schema) -> None:
    if isinstance(rows, ForecastRequest):
        return
    assert isinstance(rows, (tuple, np.ndarray))
    assert np.atleast_2d(rows).shape[1] == schema.width
    assert np.isfinite(rows).all()


def check_sentence(error: Exception) -> None:
    sentence = str(error)
    assert "\n" not in sentence
    assert len(sentence) < LONGEST_SENTENCE


def check_document(read: Callable[..., object], data: bytes) -> None:
    """Assert that a file of a bundle is read or refused."""
    try:
        read(data, where="the bundle")
    except BundleError as error:
        check_sentence(error)


def _of(decode: Callable[..., Any]) -> Reader:
    return lambda body: check(decode, body)


def _file(read: Callable[..., object]) -> Reader:
    return lambda data: check_document(read, data)


READERS: Mapping[str, Reader] = {
    "v1": _of(v1.decode),
    "v2": _of(v2_decode),
    "v2-binary": _of(v2_decode_parted),
    "legacy": _of(legacy_decode),
    "sidecar": _file(from_json),
    "polynomial": _file(Polynomial.from_json),
    "forecast": _file(decode_forecast),
}
