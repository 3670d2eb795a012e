"""Values made plain for JSON, which has no NaN and no numpy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any


class NotPlainError(ValueError):
    """A value has no place in JSON; the message says which and where."""


def plain(value: object, place: str) -> Any:
    """Turn mappings, sequences and numbers of any library into those of Python.

    Args:
        value: What is to be written.
        place: What it is called in messages, such as ``metrics``.

    Returns:
        The same as dict, list, str, int, float, bool or None.

    Raises:
        NotPlainError: It holds NaN, an infinity, or something that is no data.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return _finite(float(value), place)
    if isinstance(value, Mapping):
        return {_text(key, place): plain(inner, f"{place}.{key}") for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner, f"{place}[{index}]") for index, inner in enumerate(value)]
    if hasattr(value, "tolist"):
        return plain(value.tolist(), place)
    raise _not_plain(place, value, "text, numbers, lists and mappings")


def _finite(number: float, place: str) -> float:
    if not math.isfinite(number):
        raise _not_plain(place, number, "a finite number")
    return number


def _text(key: object, place: str) -> str:
    if not isinstance(key, str):
        raise _not_plain(f"a key of {place}", key, "text")
    return key


def _not_plain(place: str, value: object, expected: str) -> NotPlainError:
    return NotPlainError(f"cannot hold {value!r} as {place}; expected {expected}")
