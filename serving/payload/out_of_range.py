"""Values outside the range seen in training: answered, but not without saying so."""

from __future__ import annotations

from dataclasses import dataclass
from operator import gt, lt
from typing import TypeAlias, TypedDict

import numpy as np
from numpy.typing import NDArray

from serving.payload.schema import Floats, Rows, Schema

Places: TypeAlias = NDArray[np.intp]  # in rows laid one after the other

MAX_LISTED = 20  # the rest is counted


class OutOfRangeValue(TypedDict):
    """A value outside the range its column had in training; an object of JSON as it stands."""

    row: int
    column: str
    value: float
    minimum: float
    maximum: float


@dataclass(frozen=True, kw_only=True)
class OutOfRange:
    """All such values of a request.

    Attributes:
        total: How many there are.
        by_column: How many there are in each column that has any.
        listed: The first of them, row by row.
    """

    total: int
    by_column: dict[str, int]
    listed: tuple[OutOfRangeValue, ...]


def find_out_of_range(rows: Rows, schema: Schema) -> OutOfRange | None:
    """Find the values outside the range seen in training; None if there are none."""
    if isinstance(rows, tuple):
        if not any(map(lt, rows, schema.minimum)) and not any(map(gt, rows, schema.maximum)):
            return None
        return _of_one(rows, schema)
    (places,) = ((rows < schema.lows) | (rows > schema.highs)).ravel().nonzero()
    return _of_several(rows, schema, places) if len(places) else None


def _of_several(rows: Floats, schema: Schema, places: Places) -> OutOfRange:
    """See `find_out_of_range`; few are outside, so only those are counted."""
    counts = np.bincount(places % schema.width, minlength=schema.width).tolist()
    listed = [divmod(place, schema.width) for place in places[:MAX_LISTED].tolist()]
    return OutOfRange(
        total=len(places),
        by_column={name: count for name, count in zip(schema.names, counts, strict=True) if count},
        listed=tuple(_stray(rows, schema, row, column) for row, column in listed),
    )


def _of_one(row: tuple[float, ...], schema: Schema) -> OutOfRange:
    """See `find_out_of_range`; for a single row numpy would take longer than the prediction."""
    found: list[OutOfRangeValue] = [
        {"row": 0, "column": name, "value": float(value), "minimum": low, "maximum": high}
        for name, value, low, high in zip(
            schema.names, row, schema.minimum, schema.maximum, strict=True
        )
        if not low <= value <= high
    ]
    return OutOfRange(
        total=len(found),
        by_column=dict.fromkeys((stray["column"] for stray in found), 1),
        listed=tuple(found[:MAX_LISTED]),
    )


def _stray(rows: Floats, schema: Schema, row: int, column: int) -> OutOfRangeValue:
    return {
        "row": row,
        "column": schema.names[column],
        "value": float(rows[row, column]),
        "minimum": schema.minimum[column],
        "maximum": schema.maximum[column],
    }
