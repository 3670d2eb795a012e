"""JSON documents: decoded strictly into the type that declares them, written in one form.

A document is declared once, as a ``msgspec.Struct``. A field that is missing or not of its kind is
named by its path, with the value that stands there and what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import orjson

from milkprice.text import preview, truncate

# Ours have six levels. What is nested deeper than some hundreds cannot be written again.
MOST_LEVELS = 32

NESTED = frozenset((dict, list))  # what orjson nests

Kind = TypeVar("Kind")

_AT = re.compile(r" - at `\$(?P<path>.*)`$")
_STEP = re.compile(r"\.(?P<field>[^.\[]+)|\[(?P<index>\d+)\]|\[\.\.\.\]")
_EXPECTED = re.compile(r"Expected `(?P<kind>.+?)`(?P<bound>.*?)(?:, got `\w+`)?$")
_LACKS = re.compile(r"Object missing required field `(?P<field>.+)`$")
_NAMES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


class FieldError(ValueError):
    """A field is missing or not of its kind; the caller says of which document."""


def decode(data: bytes, kind: type[Kind]) -> Kind:
    """Decode a document; fields that its type does not declare are passed over.

    Args:
        data: The document as it was read.
        kind: What it is: a ``msgspec.Struct``, or another type whose JSON is an object.

    Raises:
        FieldError: It is no JSON, is nested too deeply, or a field is missing or of another kind.
    """
    document = parse(data)
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise FieldError(_sentence(str(error), document, kind)) from error


def encode(document: Any, *, indent: bool = False) -> bytes:
    """Write a document: keys in order, a newline at the end; over many lines if it is indented."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    if indent:
        options |= orjson.OPT_INDENT_2
    return orjson.dumps(msgspec.to_builtins(document), option=options)


def parse(data: bytes) -> dict[str, Any]:
    """Parse a document whose top is an object.

    Raises:
        FieldError: It is no JSON, no object, or nested too deeply.
    """
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        message = f"is no JSON: {error}"
        raise FieldError(message) from error
    if not isinstance(document, dict):
        message = f"holds {type(document).__name__} at its top; expected an object"
        raise FieldError(message)
    if _is_deeper(document, MOST_LEVELS):
        message = f"is nested deeper than {MOST_LEVELS} levels"
        raise FieldError(message)
    return document


def _sentence(message: str, document: dict[str, Any], kind: Any) -> str:
    """What msgspec refuses, with the path as we write it and the value that stands there."""
    at = _AT.search(message)
    what = message[: at.start()] if at else message
    path, value = _locate(at["path"], message, document, kind) if at else ("", document)
    if lacks := _LACKS.match(what):
        field = f"{path}.{lacks['field']}".lstrip(".")
        return f"lacks {truncate(field)}"
    expected = _EXPECTED.match(what)
    expectation = f"{_readable(expected['kind'])}{expected['bound']}" if expected else what
    if what.startswith("Invalid "):
        expectation = "one that this release knows"
    return f"holds {preview(value)} as {truncate(path)}; expected {expectation}"


def _locate(path: str, message: str, document: dict[str, Any], kind: Any) -> tuple[str, Any]:
    """The path with the keys of mappings, which msgspec leaves out, and the value at its end."""
    value: Any = document
    names = ""
    for step in _STEP.finditer(path):
        if step["index"]:
            names, value = f"{names}[{step['index']}]", value[int(step["index"])]
            continue
        if not step["field"]:
            _keep_first_wrong(value, lambda: _fails(document, kind, message))
        key = step["field"] or next(iter(value))
        names, value = f"{names}.{key}".lstrip("."), value.get(key)
    return names, value


def _keep_first_wrong(mapping: dict[str, Any], fails: Callable[[], bool]) -> None:
    """Remove all but the first wrong item of a mapping, by halves: there can be very many."""
    items = [*mapping.items()]
    while len(items) > 1:
        first, second = items[: len(items) // 2], items[len(items) // 2 :]
        mapping.clear()
        mapping.update(first)
        items = first if fails() else second
    mapping.clear()
    mapping.update(items)


def _fails(document: dict[str, Any], kind: Any, message: str) -> bool:
    try:
        msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        return str(error) == message
    return False


def _readable(kind: str) -> str:
    return " or ".join(_NAMES.get(one, one) for one in kind.split(" | "))


def _is_deeper(document: dict[str, Any], levels: int) -> bool:
    """Tell whether lists and objects are nested in more than so many levels."""
    here: list[Any] = [document]
    for _ in range(levels):
        if not here:
            break
        values = [one.values() if type(one) is dict else one for one in here]
        here = [one for value in values for one in value if type(one) in NESTED]
    return bool(here)
