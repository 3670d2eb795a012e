"""The sidecar: everything that is known of a model without unpickling it.

A version is a creation time and a content: sortable by eye, and impossible to reuse. It holds the
hash of all the rest of the sidecar, which holds the hash of every file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from numbers import Integral, Real
from typing import Annotated, Any, Literal

import msgspec
import orjson

from milkprice.documents import FieldError, decode, encode
from milkprice.errors import SettingError
from milkprice.files import sha256
from milkprice.registry.errors import BundleFormatError, BundleTooLargeError
from milkprice.registry.settings import (
    ARCHIVE,
    BUNDLE_BYTES,
    FILES,
    MODEL,
    SIDECAR,
    SIGNATURE,
    check_size,
)
from milkprice.text import preview

VERSION = re.compile("[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12}")
# Both become parts of keys and file names.
NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

# msgspec searches a pattern; \Z and not $, which would let a newline follow.
Name = Annotated[str, msgspec.Meta(pattern=rf"^{NAME.pattern}\Z")]
Version = Annotated[str, msgspec.Meta(pattern=rf"^{VERSION.pattern}\Z")]
Created = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")
]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0)]


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

    sha256: Sha256
    size: Count


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """What is known of a model.

    Attributes:
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

    name: Name
    version: Version
    created: Created
    target: Target
    feature_set: str
    features: tuple[Feature, ...]
    parameters: Mapping[str, Any]
    metrics: Mapping[str, Any]
    sources: Mapping[str, Sha256]
    libraries: Mapping[str, str]
    files: Mapping[str, FileRecord]

    @property
    def model_file(self) -> str:
        """Which file the estimator is in."""
        return ARCHIVE if ARCHIVE in self.files else MODEL


def to_json(sidecar: Sidecar) -> bytes:
    """Encode a sidecar in the only form in which it is read back: sorted and indented."""
    return encode(sidecar, indent=True)


def from_json(data: bytes, *, where: str) -> Sidecar:
    """Decode a sidecar, and refuse one that was edited or belongs to another version.

    Raises:
        BundleFormatError: A field is missing, of a wrong kind or not what it was when packed.
        BundleTooLargeError: It is too long, or the files it lists are too many or too large.
    """
    check_size(len(data), file=SIDECAR, where=where)
    try:
        sidecar = decode(data, Sidecar)
    except FieldError as error:
        raise BundleFormatError(bundle=where, reason=str(error)) from error
    reason = _contradiction(sidecar, data)
    if reason:
        raise BundleFormatError(bundle=where, reason=reason)
    _check_records(sidecar.files, where=where)
    return sidecar


def content_hash(sidecar: Sidecar) -> str:
    """Hash everything but time and version, so that equal models are equal whenever packed."""
    document = msgspec.to_builtins(sidecar)
    del document["version"], document["created"]
    return sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS))


def version_of(created: str, content: str) -> str:
    """Join a creation time and a content hash into a version."""
    return f"{re.sub('[-:]', '', created)}-{content[:12]}"


def created_of(version: str) -> str:
    """Read the creation time back from a version."""
    return re.sub(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-.*", r"\1-\2-\3T\4:\5:\6Z", version)


def timestamp(moment: datetime, *, timespec: Literal["seconds", "milliseconds"] = "seconds") -> str:
    """Write a moment with a time zone in UTC, as it stands in sidecars and histories."""
    if moment.tzinfo is None:
        raise SettingError(
            option="time", value=moment.isoformat(), expected="a time with a time zone"
        )
    return moment.astimezone(timezone.utc).isoformat(timespec=timespec).replace("+00:00", "Z")


def check_name(name: str, *, option: str = "model name") -> str:
    """Return a name that can be part of a key, or raise ``SettingError``."""
    if not NAME.fullmatch(name):
        raise SettingError(
            option=option,
            value=name,
            expected="lower-case letters, digits and hyphens, not beginning with a hyphen",
        )
    return name


class NotJsonError(ValueError):
    """A value that JSON cannot hold; the message names it and its path."""


def to_builtins(value: object, path: str) -> Any:
    """Turn mappings, sequences and numbers of any library into those of Python.

    Raises:
        NotJsonError: It holds NaN, an infinity, or something that is no data.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return _finite(float(value), path)
    if isinstance(value, Mapping):
        return {
            _text(key, path): to_builtins(inner, f"{path}.{key}") for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [to_builtins(inner, f"{path}[{index}]") for index, inner in enumerate(value)]
    if hasattr(value, "tolist"):
        return to_builtins(value.tolist(), path)
    raise _not_json(path, value, "text, numbers, lists and mappings")


def _contradiction(sidecar: Sidecar, data: bytes) -> str:
    """Why a sidecar is not the one that was packed; empty if it is."""
    for name in sidecar.files:
        if not FILE.fullmatch(name) or name in (SIDECAR, SIGNATURE):
            return f"lists a file {preview(name)}; expected plain names besides its own"
    expected = version_of(sidecar.created, content_hash(sidecar))
    if sidecar.version != expected:
        return f"calls itself {sidecar.version} but its content is {expected}; it was altered"
    if to_json(sidecar) != data:
        return "is not in the form it was written in; it was edited after packing"
    return ""


def _check_records(files: Mapping[str, FileRecord], *, where: str) -> None:
    """Refuse a list of files that is too much, before any of them is read."""
    if len(files) > FILES:
        raise BundleTooLargeError(
            bundle=where, file="the list in model.json", size=len(files), limit=FILES, unit="files"
        )
    for file, record in files.items():
        check_size(record.size, file=file, where=where)
    total = sum(record.size for record in files.values())
    if total > BUNDLE_BYTES:
        raise BundleTooLargeError(
            bundle=where, file="the whole of it", size=total, limit=BUNDLE_BYTES
        )


def _finite(number: float, path: str) -> float:
    if not math.isfinite(number):
        raise _not_json(path, number, "a finite number")
    return number


def _text(key: object, path: str) -> str:
    if not isinstance(key, str):
        raise _not_json(f"a key of {path}", key, "text")
    return key


def _not_json(path: str, value: object, expected: str) -> NotJsonError:
    return NotJsonError(f"cannot hold {value!r} as {path}; expected {expected}")
