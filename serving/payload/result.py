"""What a model returns for rows, whichever protocol asks: predictions and out-of-range values."""

from __future__ import annotations

from dataclasses import dataclass
from operator import gt, lt
from typing import NamedTuple, TypeAlias, TypedDict

import numpy as np
from numpy.typing import NDArray

from serving.payload.schema import Floats, Rows, Schema

Positions: TypeAlias = NDArray[np.intp]  # in the flattened array of rows

MAX_LISTED = 20  # the rest is counted


class OutOfRangeValue(TypedDict):
    """A value outside the range of its column in training; written to JSON as it is."""

    row: int
    column: str
    value: float
    minimum: float
    maximum: float


@dataclass(frozen=True, kw_only=True)
class OutOfRange:
    """The out-of-range values of a request: how many, also by column, and the first of them."""

    total: int
    by_column: dict[str, int]
    listed: tuple[OutOfRangeValue, ...]


class PredictResult(NamedTuple):
    """Predictions, a finite number for each row in the unit of the model's target."""

    model: str
    version: str
    predictions: list[float]
    out_of_range: OutOfRange | None


class Explanation(NamedTuple):
    """Predictions, and for each row what each column adds to that of an average row."""

    result: PredictResult
    baseline: float
    contributions: list[dict[str, float]]


def find_out_of_range(rows: Rows, schema: Schema) -> OutOfRange | None:
    """Find the values outside the training range; None if there are none."""
    if isinstance(rows, tuple):
        if not any(map(lt, rows, schema.minimum)) and not any(map(gt, rows, schema.maximum)):
            return None
        return _of_row(rows, schema)
    (positions,) = ((rows < schema.lows) | (rows > schema.highs)).ravel().nonzero()
    return _of_array(rows, schema, positions) if len(positions) else None


def _of_array(rows: Floats, schema: Schema, positions: Positions) -> OutOfRange:
    first = [divmod(position, schema.width) for position in positions[:MAX_LISTED].tolist()]
    are_all = len(first) == len(positions)
    return OutOfRange(
        total=len(positions),
        by_column=_count_few(first, schema) if are_all else _count_many(positions, schema),
        listed=tuple(
            _value(schema, row, column, float(rows[row, column])) for row, column in first
        ),
    )


def _count_few(places: list[tuple[int, int]], schema: Schema) -> dict[str, int]:
    """Count values by column, few of them more quickly than numpy does."""
    counts: dict[int, int] = {}
    for _, column in places:
        counts[column] = counts.get(column, 0) + 1
    return {schema.names[column]: counts[column] for column in sorted(counts)}


def _count_many(positions: Positions, schema: Schema) -> dict[str, int]:
    """Count values by column: by position, which is cheaper than each column on its own."""
    counts = np.bincount(positions % schema.width, minlength=schema.width).tolist()
    return {name: count for name, count in zip(schema.names, counts, strict=True) if count}


def _of_row(row: tuple[float, ...], schema: Schema) -> OutOfRange:
    """The same for a single row, for which numpy would take longer than the prediction."""
    values = [
        _value(schema, 0, column, float(value))
        for column, value in enumerate(row)
        if not schema.minimum[column] <= value <= schema.maximum[column]
    ]
    return OutOfRange(
        total=len(values),
        by_column=dict.fromkeys((value["column"] for value in values), 1),
        listed=tuple(values[:MAX_LISTED]),
    )


def _value(schema: Schema, row: int, column: int, value: float) -> OutOfRangeValue:
    return {
        "row": row,
        "column": schema.names[column],
        "value": value,
        "minimum": schema.minimum[column],
        "maximum": schema.maximum[column],
    }
