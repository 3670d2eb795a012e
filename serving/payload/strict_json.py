"""Strict JSON: an object without duplicate keys, or an error that says what is wrong.

orjson takes a fraction of the time of the standard library, but keeps the last of two equal keys.
Every key is followed by a colon, so a body with as many colons as keys has no duplicates; only
where the numbers differ is it parsed again, slowly and exactly.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import orjson

from milkprice.text import preview
from serving.errors import JsonError
from serving.payload.rows import NUMBERS

COLON = ord(":")
LARGE_BYTES = 4096  # from here on numpy counts faster than ``bytes.count``
CHUNK_BYTES = 256 * 1024  # small enough to stay in the processor's cache


class Literal(str):
    """A number outside JSON or floats, as it was written: ``NaN``, ``-Infinity``, ``1e999``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def parse(body: bytes) -> dict[str, Any]:
    """Read an object.

    Raises:
        JsonError: The body is no JSON, no object, or has a key twice.
    """
    document = load(body)
    check_duplicate_keys(body, document, keys=len(document))
    return document


def load(body: bytes) -> dict[str, Any]:
    """Read an object without a check for duplicate keys.

    Raises:
        JsonError: The body is no JSON or no object.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise JsonError(reason=str(error)) from error
    if type(document) is not dict:
        raise JsonError(reason=f"it is {preview(document)}; expected an object")
    return document


def check_duplicate_keys(body: bytes, document: dict[str, Any], *, keys: int) -> None:
    """Refuse a body that has a key twice in one object.

    Args:
        body: The body of the request.
        document: What was read from it.
        keys: The number of keys in it, or less: too low a number costs time and nothing else.

    Raises:
        JsonError: It has; the message names the key.
    """
    colons = _count_colons(body)
    if colons != keys and (b"\\" in body or colons != _minimum_colons(document)):
        _parse_exactly(body)


def load_lenient(body: bytes) -> Any:
    """Read JSON with numbers that are not finite, so that an error can say where they are.

    Returns:
        What was read, such numbers as `Literal`; None if it is no JSON even so.
    """
    try:
        return json.loads(
            body.decode(), parse_constant=Literal, parse_float=_to_number, parse_int=_to_number
        )
    except (ValueError, RecursionError):  # the strict parser has raised the error already
        return None


def _count_colons(body: bytes) -> int:
    if len(body) < LARGE_BYTES:
        return body.count(b":")
    data = np.frombuffer(body, dtype=np.uint8)
    if len(data) <= CHUNK_BYTES:
        return int(np.count_nonzero(data == COLON))
    offsets = range(0, len(data), CHUNK_BYTES)
    return sum(
        int(np.count_nonzero(data[start : start + CHUNK_BYTES] == COLON)) for start in offsets
    )


def _minimum_colons(document: dict[str, Any]) -> int:
    """Count the colons that a document without escapes takes, or fewer.

    Lists that begin with a number are taken for lists of numbers.
    """
    count = 0
    stack: list[Any] = [document]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            count += item.count(":")
        elif isinstance(item, dict):
            count += len(item) + "".join(item).count(":")
            stack.extend(item.values())
        elif isinstance(item, list) and item and type(item[0]) not in NUMBERS:
            stack.extend(item)
    return count


def _parse_exactly(body: bytes) -> None:
    try:
        json.loads(body.decode(), object_pairs_hook=_check_unique, parse_float=str, parse_int=str)
    except RecursionError as error:
        raise JsonError(reason="it is nested too deeply") from error


def _check_unique(pairs: list[tuple[str, Any]]) -> None:
    keys: set[str] = set()
    for key, _ in pairs:
        if key in keys:
            raise JsonError(reason=f"it has the key {preview(key)} twice in one object")
        keys.add(key)


def _to_number(text: str) -> float | Literal:
    number = float(text)
    return number if math.isfinite(number) else Literal(text)
