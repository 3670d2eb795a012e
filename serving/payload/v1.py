"""KServe's first protocol: ``{"instances": [...]}`` to ``{"predictions": [...]}``.

Instances are rows of features; months may stand there too, see `serving.payload.forecasts`.
"""

from __future__ import annotations

from typing import Any

import orjson

from milkprice.text import preview
from serving.errors import (
    JsonError,
    NoRowsError,
    RequestFieldError,
    RowError,
    TooManyRowsError,
    listed,
)
from serving.payload import forecasts, rows, strict_json
from serving.payload.forecasts import HORIZON, ForecastRequest
from serving.payload.out_of_range import OutOfRange
from serving.payload.result import Explanation, PredictResult
from serving.payload.schema import Rows, Schema

FIELDS = ("instances", "inputs")  # two names for one thing


def decode(body: bytes, schema: Schema, *, max_rows: int) -> Rows | ForecastRequest:
    """Read the rows of a request, or the months it asks for.

    Raises:
        PayloadError: They cannot be read.
    """
    try:
        document = strict_json.load(body)
    except JsonError:
        _name_the_value(body, schema, max_rows)
        raise
    if HORIZON in document:
        strict_json.check_duplicate_keys(body, document, keys=len(document))
        return forecasts.read_horizon(document)
    sent = _instances(document, max_rows)
    strict_json.check_duplicate_keys(body, document, keys=_keys(document, sent))
    return _read(sent, schema)


def decode_document(
    document: dict[str, Any], schema: Schema, *, max_rows: int
) -> Rows | ForecastRequest:
    """Read the rows of a request that is JSON no longer, or the months it asks for.

    Raises:
        PayloadError: They cannot be read.
    """
    if HORIZON in document:
        return forecasts.read_horizon(document)
    return _read(_instances(document, max_rows), schema)


def check_count(sent: Any, max_rows: int, *, field: str) -> list[Any]:
    """Return what stands where rows are expected if it is a list of at least one, but not too many.

    Raises:
        RequestFieldError: It is no list.
        NoRowsError: It is empty.
        TooManyRowsError: It is too long.
    """
    if not isinstance(sent, list):
        raise RequestFieldError(field=field, reason=f"is {preview(sent)}; expected a list of rows")
    if not sent:
        raise NoRowsError(field=field)
    if len(sent) > max_rows:
        raise TooManyRowsError(rows=len(sent), limit=max_rows)
    return sent


def encode(answer: PredictResult) -> bytes:
    """Write predictions, and what is outside the range learnt from if anything is."""
    return orjson.dumps({"predictions": answer.predictions, **_rest(answer)})


def encode_explanation(explanation: Explanation) -> bytes:
    """Write predictions with the share of each column."""
    return orjson.dumps(
        {
            "predictions": explanation.predictions,
            "baseline": explanation.baseline,
            "contributions": explanation.contributions,
            **_rest(explanation),
        }
    )


def _read(sent: list[Any], schema: Schema) -> Rows | ForecastRequest:
    try:
        return rows.read(sent, schema)
    except RowError:
        if not forecasts.is_forecast_request(sent, schema):
            raise
    return forecasts.read_months(sent)


def _instances(document: dict[str, Any], max_rows: int) -> list[Any]:
    if len(document) == 1:
        for field in FIELDS:
            if field in document:
                return check_count(document[field], max_rows, field=field)
    found = f"has the keys {listed(document)}" if document else "is empty"
    reason = f"{found}; expected either 'instances' or 'inputs' and nothing else"
    raise RequestFieldError(field="The request", reason=reason)


def _keys(document: dict[str, Any], sent: list[Any]) -> int:
    return len(document) + (sum(map(len, sent)) if set(map(type, sent)) == {dict} else 0)


def _name_the_value(body: bytes, schema: Schema, max_rows: int) -> None:
    document = strict_json.load_lenient(body)
    if isinstance(document, dict):
        decode_document(document, schema, max_rows=max_rows)


def _rest(answer: PredictResult | Explanation) -> dict[str, Any]:
    rest: dict[str, Any] = {"model_name": answer.model, "model_version": answer.version}
    if answer.out_of_range is not None:
        rest["out_of_range"] = _out_of_range(answer.out_of_range)
    return rest


def _out_of_range(strays: OutOfRange) -> dict[str, Any]:
    return {
        "total": strays.total,
        "columns": strays.by_column,
        "values": strays.listed,
    }
