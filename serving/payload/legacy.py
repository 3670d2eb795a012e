"""The two older interfaces of ``POST /predict``, answered as they were.

One takes a row as a flat object, ``{"Precio_leche": 200.1, ...}``, and answers a number; the other
takes ``{"query": [row, ...], "model": "name"}`` and answers a list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from milkprice.text import preview
from serving.errors import RequestFieldError, listed
from serving.payload import rows, strict_json
from serving.payload.result import PredictResult
from serving.payload.schema import Rows, Schema
from serving.payload.v1 import check_count

QUERY = "query"
MODEL = "model"


@dataclass(frozen=True, kw_only=True)
class LegacyRequest:
    """Rows that are not checked yet, for their columns depend on the model.

    Attributes:
        model: Which model is asked; None for whichever is the usual one.
        rows: Whatever stands where rows are expected.
        single: Whether one number is expected and not a list.
    """

    model: str | None
    rows: list[Any]
    single: bool


def parse(body: bytes) -> LegacyRequest:
    """Tell which of the two interfaces a request means.

    Raises:
        JsonError: It is not JSON that means one thing.
        RequestFieldError: It is neither.
    """
    document = strict_json.parse(body)
    if QUERY not in document:
        return LegacyRequest(model=None, rows=[document], single=True)
    unknown = [key for key in document if key not in (QUERY, MODEL)]
    if unknown:
        reason = f"has unknown {listed(unknown)} beside {QUERY!r} and {MODEL!r}"
        raise RequestFieldError(field="The request", reason=reason)
    sent, model = document[QUERY], document.get(MODEL)
    if not isinstance(sent, list):
        raise RequestFieldError(field=QUERY, reason=f"is {preview(sent)}; expected a list of rows")
    if model is not None and not isinstance(model, str):
        raise RequestFieldError(field=MODEL, reason=f"is {preview(model)}; expected a name")
    return LegacyRequest(model=model, rows=sent, single=False)


def decode(request: LegacyRequest, schema: Schema, *, max_rows: int) -> Rows:
    """Check the rows of a request.

    Raises:
        PayloadError: They cannot be read.
    """
    return rows.read(check_count(request.rows, max_rows, field=QUERY), schema)


def encode(answer: PredictResult, *, single: bool) -> bytes:
    """Write predictions, and nothing else, as these interfaces always did."""
    return orjson.dumps({"prediction": answer.predictions[0] if single else answer.predictions})
