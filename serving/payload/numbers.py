"""Numbers or not: the check that all rows pass, many values at a time.

JSON knows five kinds of value that are no number, and Python takes one of them, a boolean, for a
number. Asking each value for its type costs as much as reading the rest of the request, so it is
asked only of rows and columns that hold a 0 or a 1: nothing else can have been a boolean.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from itertools import chain, compress, starmap
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from serving.errors import RowValueError
from serving.payload.schema import Floats

Booleans: TypeAlias = NDArray[np.bool_]

NUMBERS = frozenset((int, float))


def are_numbers(values: Sequence[Any]) -> bool:
    """Whether all values of one row are finite numbers."""
    return NUMBERS.issuperset(map(type, values)) and (_has_finite_sum(values) or _finite(values))


def packed(rows: Sequence[Any], keys: Sequence[Any]) -> Floats | None:
    """Pack rows of numbers into an array.

    Args:
        rows: Lists, or objects that all have the same keys in the same order.
        keys: Under which each value of a row is found.

    Returns:
        The array, C-contiguous and writable, rows x values; None if any value is not a finite
        number, and `value_fault` tells which.
    """
    values = map(dict.values, rows) if isinstance(rows[0], dict) else rows
    try:
        buffer = bytearray().join(starmap(struct.Struct(f"{len(keys)}d").pack, values))
    except (struct.error, OverflowError):
        return None
    array = np.frombuffer(buffer, dtype=np.float64).reshape(len(rows), len(keys))
    if not np.isfinite(array).all():
        return None
    doubtful = (array == 0) | (array == 1)
    if doubtful.any() and not _are_numbers_where(doubtful, rows, keys):
        return None
    return array


def value_fault(rows: Iterable[Iterable[Any]], names: Sequence[str]) -> RowValueError:
    """Find the first value that is not a finite number, where it is known that there is one."""
    return next(
        RowValueError(row=index, column=name, value=value)
        for index, row in enumerate(rows)
        for name, value in zip(names, row, strict=True)
        if not are_numbers((value,))
    )


def _are_numbers_where(doubtful: Booleans, rows: Sequence[Any], keys: Sequence[Any]) -> bool:
    """Whether the values in doubt are numbers, each with all others of its row and column."""
    asked = [keys[column] for column in np.flatnonzero(doubtful.any(axis=0)).tolist()]
    pick = itemgetter(*asked, asked[0])  # of two keys or more it is a tuple that is picked
    picked = map(pick, compress(rows, np.any(doubtful, axis=1)))
    return NUMBERS.issuperset(map(type, chain.from_iterable(picked)))


def _has_finite_sum(values: Sequence[float]) -> bool:
    try:
        return math.isfinite(sum(values))
    except OverflowError:  # an integer no float can hold
        return False


def _finite(values: Sequence[float]) -> bool:
    try:
        return all(map(math.isfinite, values))
    except OverflowError:
        return False
