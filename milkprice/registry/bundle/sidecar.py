"""A version is a time and a content: sortable by eye, and impossible to reuse.

The sidecar: everything that is known of a model without unpickling it.
Values made plain for JSON, which has no NaN and no numpy.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from numbers import Integral, Real
from typing import Any, Literal

import orjson

from milkprice.documents import FieldError, Fields
from milkprice.errors import SettingError
from milkprice.files import sha256
from milkprice.registry.bundle.limits import (
    ARCHIVE,
    MODEL,
    SIDECAR,
    SIGNATURE,
    check_records,
    check_size,
)
from milkprice.registry.errors import BundleFormatError
from milkprice.text import preview

VERSION = re.compile("[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12}")
CREATED = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def version_of(created: str, content: str) -> str:
    """Join a creation time and a content hash into a version."""
    return f"{re.sub('[-:]', '', created)}-{content[:12]}"


def created_of(version: str) -> str:
    """Read the creation time back from a version."""
    return re.sub(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-.*", r"\1-\2-\3T\4:\5:\6Z", version)


def timestamp(moment: datetime, *, timespec: Literal["seconds", "milliseconds"] = "seconds") -> str:
    """Write a moment in UTC, as it stands in sidecars and histories.

    Raises:
        SettingError: The moment has no time zone.
    """
    if moment.tzinfo is None:
        raise SettingError(
            option="time", value=moment.isoformat(), expected="a time with a time zone"
        )
    return moment.astimezone(timezone.utc).isoformat(timespec=timespec).replace("+00:00", "Z")


# Both become parts of keys and file names.
NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Target:
    """The column a model predicts, and the unit of its answer."""

    name: str
    unit: str


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A column a model needs, with its unit and the range it was trained on."""

    name: str
    unit: str
    minimum: float
    maximum: float


@dataclass(frozen=True, kw_only=True)
class FileRecord:
    """A file of a bundle: its SHA-256 in hex and its length in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """What is known of a model.

    Attributes:
        name: The model's name, as in the registry.
        version: ``created`` in short and the first 12 digits of the content hash.
        created: When it was packed, in UTC to the second.
        target: What it predicts.
        feature_set: Which recipe built its features.
        features: What it needs, in its order.
        parameters: What the search chose, as plain JSON.
        metrics: What it scored, as plain JSON.
        sources: SHA-256 of each raw file it was trained from.
        libraries: Release of each library it was packed with.
        files: The files of the bundle besides the sidecar.
    """

    name: str
    version: str
    created: str
    target: Target
    feature_set: str
    features: tuple[Feature, ...]
    parameters: Mapping[str, Any]
    metrics: Mapping[str, Any]
    sources: Mapping[str, str]
    libraries: Mapping[str, str]
    files: Mapping[str, FileRecord]

    @property
    def model_file(self) -> str:
        """Which file the estimator is in."""
        return ARCHIVE if ARCHIVE in self.files else MODEL


def check_name(name: str, *, option: str = "model name") -> str:
    """Return a name that can be part of a key.

    Raises:
        SettingError: It cannot.
    """
    if not NAME.fullmatch(name):
        raise SettingError(
            option=option,
            value=name,
            expected="lower-case letters, digits and hyphens, not beginning with a hyphen",
        )
    return name


def to_json(sidecar: Sidecar) -> bytes:
    """Write a sidecar in the only form in which it is read back: sorted and indented.

    Raises:
        TypeError: It holds what JSON cannot.
    """
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(asdict(sidecar), option=options)


def from_json(data: bytes, *, where: str) -> Sidecar:
    """Read a sidecar, and refuse one that was edited or belongs to another version.

    Args:
        data: Bytes of ``model.json``.
        where: What the bundle is called in messages.

    Returns:
        The sidecar.

    Raises:
        BundleFormatError: A field is missing, of a wrong kind or not what it was when packed.
        BundleTooLargeError: It is too long, or what it lists is too much.
    """
    check_size(len(data), file=SIDECAR, where=where)
    try:
        sidecar = _sidecar(Fields.of(data))
    except FieldError as error:
        raise BundleFormatError(bundle=where, reason=str(error)) from error
    expected = version_of(sidecar.created, content_hash(sidecar))
    if sidecar.version != expected:
        reason = f"calls itself {sidecar.version} but its content is {expected}; it was altered"
        raise BundleFormatError(bundle=where, reason=reason)
    if to_json(sidecar) != data:
        reason = "is not in the form it was written in; it was edited after packing"
        raise BundleFormatError(bundle=where, reason=reason)
    check_records(sidecar.files, where=where)
    return sidecar


def content_hash(sidecar: Sidecar) -> str:
    """Hash everything but time and version, so that equal models are equal whenever packed."""
    document = asdict(sidecar)
    del document["version"], document["created"]
    return sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS))


def _sidecar(fields: Fields) -> Sidecar:
    return Sidecar(
        name=fields.text("name", NAME),
        version=fields.text("version", VERSION),
        created=fields.text("created", CREATED),
        target=_target(fields.inside("target")),
        feature_set=fields.text("feature_set"),
        features=tuple(_feature(row) for row in fields.rows("features")),
        parameters=fields.mapping("parameters"),
        metrics=fields.mapping("metrics"),
        sources=fields.texts("sources", SHA256),
        libraries=fields.texts("libraries"),
        files=_files(fields.inside("files")),
    )


def _target(fields: Fields) -> Target:
    return Target(name=fields.text("name"), unit=fields.text("unit"))


def _feature(fields: Fields) -> Feature:
    return Feature(
        name=fields.text("name"),
        unit=fields.text("unit"),
        minimum=fields.number("minimum"),
        maximum=fields.number("maximum"),
    )


def _files(fields: Fields) -> dict[str, FileRecord]:
    for name in fields.values:
        if not FILE.fullmatch(name) or name in (SIDECAR, SIGNATURE):
            message = f"lists a file {preview(name)}; expected plain names besides its own"
            raise FieldError(message)
    return {name: _record(fields.inside(name)) for name in fields.values}


def _record(fields: Fields) -> FileRecord:
    return FileRecord(sha256=fields.text("sha256", SHA256), size=fields.count("size"))


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
