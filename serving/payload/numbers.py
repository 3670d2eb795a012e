"""Numbers or not: the check that all rows pass, many values at a time.

JSON knows five kinds of value that are no number, and Python takes one of them, a boolean, for a
number. Asking each value for its type costs as much as reading the rest of the request, so it is
asked only where there is a 0 or a 1: nothing else can have been a boolean.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, starmap
from operator import getitem, itemgetter
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from serving.errors import RowValueError
from serving.payload.schema import Floats

Places: TypeAlias = NDArray[np.intp]

NUMBERS = frozenset((int, float))
FEW = 8  # one in so many values: to look those up takes less time and memory than to look at all


def are_numbers(values: Sequence[Any]) -> bool:
    """Whether all values of one row are finite numbers."""
    return NUMBERS.issuperset(map(type, values)) and (_has_finite_sum(values) or _finite(values))


def pack(rows: Sequence[Any], keys: Sequence[Any]) -> Floats | None:
    """Pack rows of numbers into an array.

    Args:
        rows: Lists or objects.
        keys: Under which each value of a row is found, and of an object no other.

    Returns:
        The array, C-contiguous and writable, rows x values in the order of the keys; None if any
        value is missing or not a finite number, of which `value_fault` tells the first.
    """
    try:
        buffer = bytearray().join(starmap(_doubles(len(keys)).pack, _values(rows, keys)))
    except (KeyError, struct.error, OverflowError):
        return None
    flat = np.frombuffer(buffer, dtype=np.float64)
    if np.count_nonzero(np.isfinite(flat)) < len(flat):
        return None
    (doubtful,) = ((flat == 0) | (flat == 1)).nonzero()
    few = len(doubtful) * FEW < len(flat)
    if not (_are_numbers_at(doubtful, rows, keys) if few else _are_all_numbers(rows, keys)):
        return None
    return flat.reshape(len(rows), len(keys))


def first_invalid_value(rows: Iterable[Iterable[Any]], names: Sequence[str]) -> RowValueError:
    """Find the first value that is not a finite number, where it is known that there is one."""
    return next(
        RowValueError(row=index, column=name, value=value)
        for index, row in enumerate(rows)
        for name, value in zip(names, row, strict=True)
        if not are_numbers((value,))
    )


@lru_cache(maxsize=64)
def _doubles(count: int) -> struct.Struct:
    return struct.Struct(f"{count}d")


def _values(rows: Sequence[Any], keys: Sequence[Any]) -> Iterable[Iterable[Any]]:
    if not isinstance(rows[0], dict):
        return rows
    picked = map(itemgetter(*keys), rows)
    return picked if len(keys) > 1 else zip(picked, strict=True)  # of one key it is no tuple


def _are_all_numbers(rows: Sequence[Any], keys: Sequence[Any]) -> bool:
    return NUMBERS.issuperset(map(type, chain.from_iterable(_values(rows, keys))))


def _are_numbers_at(places: Places, rows: Sequence[Any], keys: Sequence[Any]) -> bool:
    """Whether the values at some places are numbers, counted through one row after the other."""
    row, column = np.divmod(places, len(keys))
    held, asked = map(rows.__getitem__, row.tolist()), map(keys.__getitem__, column.tolist())
    return NUMBERS.issuperset(map(type, map(getitem, held, asked)))


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
