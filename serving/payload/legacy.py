"""The two older interfaces of ``POST /predict``, kept for their clients.

One takes a row as a flat object, ``{"Precio_leche": 200.1, ...}``, and returns a number; the other
takes ``{"query": [row, ...], "model": "name"}`` and returns a list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from milkprice.text import preview
from serving.errors import RequestFieldError, join_values
from serving.payload import rows, strict_json
from serving.payload.result import PredictResult
from serving.payload.schema import Rows, Schema
from serving.payload.v1 import check_rows

QUERY = "query"
MODEL = "model"


@dataclass(frozen=True, kw_only=True)
class LegacyRequest:
    """A request whose rows are not checked yet, since their columns depend on the model.

    Without a model's name the default one answers; to a single row, with a number and no list.
    """

    model: str | None
    rows: list[Any]
    single: bool


def parse(body: bytes) -> LegacyRequest:
    """Read a request of either interface.

    Raises:
        JsonError: It is not valid JSON, or has a key twice.
        RequestFieldError: It fits neither interface.
    """
    document = strict_json.parse(body)
    if QUERY not in document:
        return LegacyRequest(model=None, rows=[document], single=True)
    unknown = [key for key in document if key not in (QUERY, MODEL)]
    if unknown:
        reason = f"has unknown {join_values(unknown)} beside {QUERY!r} and {MODEL!r}"
        raise RequestFieldError(field="The request", reason=reason)
    query, model = document[QUERY], document.get(MODEL)
    if not isinstance(query, list):
        raise RequestFieldError(field=QUERY, reason=f"is {preview(query)}; expected a list of rows")
    if model is not None and not isinstance(model, str):
        raise RequestFieldError(field=MODEL, reason=f"is {preview(model)}; expected a name")
    return LegacyRequest(model=model, rows=query, single=False)


def decode(request: LegacyRequest, schema: Schema, *, max_rows: int) -> Rows:
    """Check the rows of a request.

    Raises:
        PayloadError: They cannot be read.
    """
    return rows.read(check_rows(request.rows, max_rows, field=QUERY), schema)


def encode(result: PredictResult, *, single: bool) -> bytes:
    """Write predictions and nothing else."""
    return orjson.dumps({"prediction": result.predictions[0] if single else result.predictions})
