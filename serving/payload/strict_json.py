"""Strict JSON: an object that means one thing, or a sentence on why it does not.

orjson reads what people send in a fraction of the time the standard library takes, but keeps the
last of two equal keys. Every key is followed by a colon, so a body with as many colons as keys
were read has none twice; only where the numbers differ is it read again, slowly and exactly.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import orjson

from milkprice.text import preview
from serving.errors import JsonError
from serving.payload.numbers import NUMBERS

COLON = ord(":")
LARGE_BYTES = 4096  # from here on numpy counts faster than bytes do
CHUNK_BYTES = 256 * 1024  # what is counted at a time stays in the cache


class Literal(str):
    """A number that JSON does not have, as it was written: ``NaN``, ``-Infinity``, ``1e999``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def parse(body: bytes) -> dict[str, Any]:
    """Read an object.

    Raises:
        JsonError: It is no JSON, no object, or has a key twice.
    """
    document = load(body)
    check_duplicate_keys(body, document, keys=len(document))
    return document


def load(body: bytes) -> dict[str, Any]:
    """Read an object, where equal keys are looked for later.

    Raises:
        JsonError: It is no JSON or no object.
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
        body: As it was sent.
        document: What was read from it.
        keys: How many keys were read, as far as that is known cheaply: a number that is too low
            costs time and nothing else.

    Raises:
        JsonError: It has, and this is the key.
    """
    colons = _colons(body)
    if colons != keys and (b"\\" in body or colons != _colons_needed(document)):
        _read_exactly(body)


def load_lenient(body: bytes) -> Any:
    """Read what is JSON but for its numbers, so that one can say where they stand.

    Returns:
        What was read, numbers that are not finite as `Literal`; None if it is not JSON at all.
    """
    try:
        return json.loads(
            body.decode(), parse_constant=Literal, parse_float=_number, parse_int=_number
        )
    except (ValueError, RecursionError):  # the strict reader has said why already
        return None


def _colons(body: bytes) -> int:
    if len(body) < LARGE_BYTES:
        return body.count(b":")
    letters = np.frombuffer(body, dtype=np.uint8)
    starts = range(0, len(letters), CHUNK_BYTES)
    return sum(int(np.count_nonzero(letters[at : at + CHUNK_BYTES] == COLON)) for at in starts)


def _colons_needed(document: dict[str, Any]) -> int:
    """Count the colons it takes to write a document without escapes, or fewer.

    Each of them stands in the body. Lists that begin with a number are taken for numbers only.
    """
    needed = 0
    left: list[Any] = [document]
    while left:
        item = left.pop()
        if isinstance(item, str):
            needed += item.count(":")
        elif isinstance(item, dict):
            needed += len(item) + "".join(item).count(":")
            left.extend(item.values())
        elif isinstance(item, list) and item and type(item[0]) not in NUMBERS:
            left.extend(item)
    return needed


def _read_exactly(body: bytes) -> None:
    try:
        json.loads(body.decode(), object_pairs_hook=_unique, parse_float=str, parse_int=str)
    except RecursionError as error:
        raise JsonError(reason="it is nested too deeply") from error


def _unique(pairs: list[tuple[str, Any]]) -> None:
    keys: set[str] = set()
    for key, _ in pairs:
        if key in keys:
            raise JsonError(reason=f"it has the key {preview(key)} twice in one object")
        keys.add(key)


def _number(text: str) -> float | Literal:
    number = float(text)
    return number if math.isfinite(number) else Literal(text)
