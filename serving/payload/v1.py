"""KServe's first protocol: ``{"instances": [...]}`` to ``{"predictions": [...]}``.

Instances are rows of features, or months to forecast: see `serving.payload.forecasts`. Keys beside
them, such as TensorFlow's ``signature_name``, are passed over, as KServe's own servers do.
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
    join_values,
)
from serving.payload import forecasts, rows, strict_json
from serving.payload.forecasts import HORIZON, ForecastRequest
from serving.payload.result import Explanation, PredictResult
from serving.payload.schema import Rows, Schema

FIELDS = (("instances", "inputs"), ("inputs", "instances"))  # two names for one thing


def decode(body: bytes, schema: Schema, *, max_rows: int) -> Rows | ForecastRequest:
    """Read the rows of a request, or the months whose forecasts it asks for.

    Raises:
        PayloadError: They cannot be read.
    """
    try:
        document = strict_json.load(body)
    except JsonError:
        _locate_number(body, schema, max_rows)
        raise
    if HORIZON in document:
        strict_json.check_duplicate_keys(body, document, keys=len(document))
        return forecasts.read_horizon(document)
    instances = _instances(document, max_rows)
    strict_json.check_duplicate_keys(body, document, keys=_count_keys(document, instances))
    return _read(instances, schema)


def decode_document(
    document: dict[str, Any], schema: Schema, *, max_rows: int
) -> Rows | ForecastRequest:
    """Read the same from a request whose JSON is parsed already.

    Raises:
        PayloadError: They cannot be read.
    """
    if HORIZON in document:
        return forecasts.read_horizon(document)
    return _read(_instances(document, max_rows), schema)


def check_rows(value: Any, max_rows: int, *, field: str) -> list[Any]:
    """Check that a value is a list of at least one row and at most ``max_rows``.

    Raises:
        RequestFieldError: It is no list.
        NoRowsError: It is empty.
        TooManyRowsError: It is too long.
    """
    if not isinstance(value, list):
        raise RequestFieldError(field=field, reason=f"is {preview(value)}; expected a list of rows")
    if not value:
        raise NoRowsError(field=field)
    if len(value) > max_rows:
        raise TooManyRowsError(rows=len(value), limit=max_rows)
    return value


def encode(result: PredictResult) -> bytes:
    """Write predictions, and the out-of-range values if there are any."""
    return orjson.dumps({"predictions": result.predictions, **_common_fields(result)})


def encode_explanation(explanation: Explanation) -> bytes:
    """Write predictions with the contribution of each column."""
    return orjson.dumps(
        {
            "predictions": explanation.result.predictions,
            "baseline": explanation.baseline,
            "contributions": explanation.contributions,
            **_common_fields(explanation.result),
        }
    )


def _read(instances: list[Any], schema: Schema) -> Rows | ForecastRequest:
    try:
        return rows.read(instances, schema)
    except RowError:
        if not forecasts.is_forecast_request(instances, schema):
            raise
    return forecasts.read_months(instances)


def _instances(document: dict[str, Any], max_rows: int) -> list[Any]:
    for field, other in FIELDS:
        if field in document and other not in document:
            return check_rows(document[field], max_rows, field=field)
    problem = f"has the keys {join_values(document)}" if document else "is empty"
    reason = f"{problem}; expected either 'instances' or 'inputs'"
    raise RequestFieldError(field="The request", reason=reason)


def _count_keys(document: dict[str, Any], instances: list[Any]) -> int:
    has_objects = set(map(type, instances)) == {dict}
    return len(document) + (sum(map(len, instances)) if has_objects else 0)


def _locate_number(body: bytes, schema: Schema, max_rows: int) -> None:
    """Raise an error with row and column if it is only a number that makes the JSON invalid."""
    document = strict_json.load_lenient(body)
    if isinstance(document, dict):
        decode_document(document, schema, max_rows=max_rows)


def _common_fields(result: PredictResult) -> dict[str, Any]:
    fields: dict[str, Any] = {"model_name": result.model, "model_version": result.version}
    if result.out_of_range is not None:
        fields["out_of_range"] = {
            "total": result.out_of_range.total,
            "columns": result.out_of_range.by_column,
            "values": result.out_of_range.listed,
        }
    return fields
