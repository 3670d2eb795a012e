"""Bundles that somebody tampered with who can write the store, each with why it must be refused."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from milkprice.files import sha256
from milkprice.registry.bundle import SIDECAR, Bundle, Feature, to_json, with_extra_files
from milkprice.registry.bundle.sidecar import version_of
from milkprice.registry.errors import (
    BundleChecksumError,
    BundleError,
    BundleFormatError,
    BundleIncompleteError,
    BundleSizeError,
    BundleTooLargeError,
    ModelFormatError,
)
from milkprice.registry.store import Store
from tests.support.bundles import whole_bundle

MODEL, POLYNOMIAL, FORECAST_FILE = "model.joblib", "polynomial.json", "forecast.json"
FEATURES, REPORT = "features.csv", "report.html"
WRITTEN = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
MIB = 2**20
PATHS = {
    "up": "../../../etc/passwd",
    "absolute": "/etc/passwd",
    "parent": "..",
    "through": "a/../../b",
    "backslash": "..\\b",
    "nul": "a\0b",
    "line": "model.joblib\n",
    "long": "a" * 300,
    "sidecar": "model.json",
    "signature": "model.sig",
}

Files = dict[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Attack:
    """What lies where a bundle should be.

    Attributes:
        files: By name, the sidecar included.
        error: How it must be refused.
        words: What the reason must say.
    """

    files: Mapping[str, bytes]
    error: type[BundleError]
    words: str


class Trap:
    """A pickle that makes a folder when it is unpickled, as a hostile one would do worse."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.mkdir, (self._folder,)


def trapped(bundle: Bundle, folder: Path) -> Bundle:
    """Put a trap in the place of a bundle's model; every hash fits it."""
    return with_extra_files(bundle, {MODEL: pickle.dumps(Trap(folder))})


def bomb(size: int) -> bytes:
    """An array's pickle as joblib compresses it: a thousandth of what it takes."""
    packer = zlib.compressobj(9)
    block = b"\0" * MIB
    head = packer.compress(b"\x80\x04B" + size.to_bytes(4, "little"))
    return head + b"".join(packer.compress(block) for _ in range(size // MIB)) + packer.flush()


def files_of(bundle: Bundle) -> Files:
    """A bundle as it lies in a folder."""
    return {**bundle.files, SIDECAR: to_json(bundle.sidecar)}


def forged(bundle: Bundle, edit: Callable[[dict[str, Any]], object]) -> Files:
    """Change a sidecar, and write it with a version that fits."""
    document = orjson.loads(to_json(bundle.sidecar))
    edit(document)
    content = {key: document[key] for key in document if key not in ("version", "created")}
    hashed = sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
    document["version"] = version_of(document["created"], hashed)
    return {**bundle.files, SIDECAR: orjson.dumps(document, option=WRITTEN)}


def flipped(data: bytes, place: int) -> bytes:
    """The same bytes with one bit of one of them turned."""
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


def version_in(files: Mapping[str, bytes], bundle: Bundle) -> str:
    """The version that a sidecar claims; the bundle's where it cannot be read."""
    try:
        document = orjson.loads(files[SIDECAR])
        return str(document["version"])
    except (KeyError, ValueError, TypeError):
        return bundle.sidecar.version


def plant(store: Store, files: Mapping[str, bytes], *, name: str, version: str) -> None:
    """Put files where a version lies, in the place of whatever was there."""
    prefix = f"models/{name}/{version}"
    for entry in store.list(prefix):
        store.delete(entry.key)
    for file, data in files.items():
        store.put(f"{prefix}/{file}", data)


def attacks() -> dict[str, Attack]:
    """Every attack that one version by itself can be."""
    bundle = whole_bundle(slope=2.0)
    return {
        name: attack
        for family in (_flips, _lengths, _lists, _sidecars, _bombs, _tables)
        for name, attack in family(bundle)
    }


Found = Iterator[tuple[str, Attack]]


def _flips(bundle: Bundle) -> Found:
    whole = files_of(bundle)
    for file, data in whole.items():
        error = BundleFormatError if file == SIDECAR else BundleChecksumError
        for where, place in (("first", 0), ("middle", len(data) // 2), ("last", len(data) - 1)):
            files = {**whole, file: flipped(data, place)}
            yield f"flip {where} of {file}", Attack(files=files, error=error, words=file)


def _lengths(bundle: Bundle) -> Found:
    whole = files_of(bundle)
    for file in (MODEL, POLYNOMIAL):
        for name, data in (
            ("cut", whole[file][:-1]),
            ("grown", whole[file] + b"\0"),
            ("empty", b""),
        ):
            files = {**whole, file: data}
            yield f"{name} {file}", Attack(files=files, error=BundleSizeError, words=file)
        files = {name: data for name, data in whole.items() if name != file}
        yield f"without {file}", Attack(files=files, error=BundleIncompleteError, words=file)
    files = {**whole, MODEL: bytes(40 * MIB)}
    yield "another model of 40 MiB", Attack(files=files, error=BundleSizeError, words="41,943,040")


def _lists(bundle: Bundle) -> Found:
    record = {"sha256": "0" * 64, "size": 1}
    for name, path in PATHS.items():
        files = forged(bundle, lambda document, path=path: document["files"].update({path: record}))
        yield f"path {name}", Attack(files=files, error=BundleFormatError, words="plain names")

    def claims(size: int) -> Callable[[dict[str, Any]], None]:
        return lambda document: document["files"][POLYNOMIAL].update(size=size)

    def lists(document: dict[str, Any]) -> None:
        document["files"].update({f"f{number}": record for number in range(1000)})

    def many(document: dict[str, Any]) -> None:
        document["files"].update({f"f{number}": {**record, "size": 8 * MIB} for number in range(9)})

    too_large = {
        "claim of 2 GB": (claims(2 * 10**9), "2,000,000,000 bytes"),
        "claim of all there is": (claims(2**63), "at most"),
        "a thousand files": (lists, "1,005 files"),
        "nine files of 8 MiB": (many, "the whole of it"),
    }
    for name, (edit, words) in too_large.items():
        yield name, Attack(files=forged(bundle, edit), error=BundleTooLargeError, words=words)
    yield (
        "claim of a byte less",
        Attack(
            files=forged(bundle, claims(len(bundle.files[POLYNOMIAL]) - 1)),
            error=BundleSizeError,
            words=POLYNOMIAL,
        ),
    )


def _sidecars(bundle: Bundle) -> Found:
    whole = files_of(bundle)
    deep = b"[" * 900 + b"]" * 900
    texts = {
        "nothing": (b"", "is no JSON"),
        "no JSON": (b"\x80\x04K\x01.", "is no JSON"),
        "no object": (b"[]", "holds list at its top"),
        "nested 900 times": (b'{"name":' + deep + b"}", "nested deeper"),
        "nested 100,000 times": (b"[" * 100_000, "is no JSON"),
    }
    for name, (data, words) in texts.items():
        files = {**whole, SIDECAR: data}
        yield f"sidecar {name}", Attack(files=files, error=BundleFormatError, words=words)
    files = {**whole, SIDECAR: whole[SIDECAR] + b" " * 2 * MIB}
    yield (
        "sidecar of 2 MiB",
        Attack(files=files, error=BundleTooLargeError, words="at most 1,048,576"),
    )
    files = {**whole, SIDECAR: files_of(whole_bundle(slope=3.0))[SIDECAR]}
    yield "sidecar of another", Attack(files=files, error=BundleError, words=MODEL)
    nested: list[Any] = []
    for _ in range(100):
        nested = [nested]
    files = forged(bundle, lambda document: document["parameters"].update(deep=nested))
    yield (
        "parameters nested 100 times",
        Attack(files=files, error=BundleFormatError, words="nested deeper"),
    )


def _bombs(bundle: Bundle) -> Found:
    coefficients = 4 * MIB // 2 - 1000

    def polynomial(**changes: object) -> bytes:
        document = {**orjson.loads(bundle.files[POLYNOMIAL]), **changes}
        return orjson.dumps(document, option=WRITTEN)

    long = b'{"coefficients":[' + b"0," * coefficients + b"0]}"
    parts = {
        "no coefficients": (polynomial(coefficients=[]), "0 coefficients"),
        "degree of 10^9": (polynomial(degree=10**9), "2 coefficients"),
        "width of 10^9": (polynomial(width=10**9), "1000000000 columns"),
        "column beyond": (polynomial(columns=[7]), "column 7"),
        "scale of 0": (polynomial(scale=[0.0]), "a number to divide by"),
        "two million zeros": (long, "lacks columns"),
        "two million zeros in form": (_zeros(bundle, coefficients), "coefficients"),
        "nested lists": (b'{"columns":' + b"[" * 900 + b"]" * 900 + b"}", "nested deeper"),
        "no JSON": (b"\x80\x04K\x01.", "is no JSON"),
    }
    for name, (data, words) in parts.items():
        files = files_of(with_extra_files(bundle, {POLYNOMIAL: data}))
        yield f"polynomial: {name}", Attack(files=files, error=ModelFormatError, words=words)
    shares = files_of(_shares())
    yield (
        "polynomial: explained in 3 GiB",
        Attack(files=shares, error=BundleTooLargeError, words="shares"),
    )


def _zeros(bundle: Bundle, count: int) -> bytes:
    """A polynomial of many coefficients, with every field there."""
    head = orjson.dumps({**orjson.loads(bundle.files[POLYNOMIAL]), "coefficients": []})
    return head.replace(b'"coefficients":[]', b'"coefficients":[' + b"0," * (count - 500) + b"0]")


def _shares() -> Bundle:
    """A sound polynomial of 900 columns, whose explanation is a matrix of 406,351 times that."""
    columns, monomials = 900, 901 * 902 // 2
    document = {
        "center": [0.0] * columns,
        "coefficients": [0.0] * monomials,
        "columns": list(range(columns)),
        "degree": 2,
        "intercept": 0.0,
        "scale": [1.0] * columns,
        "width": columns,
    }
    data = orjson.dumps(document, option=WRITTEN)
    features = tuple(
        Feature(name=f"c{place}", unit="1", minimum=0.0, maximum=1.0) for place in range(columns)
    )
    wide = whole_bundle(features=features)
    return with_extra_files(wide, {POLYNOMIAL: data})


def _tables(bundle: Bundle) -> Found:
    deep = b"[" * 900 + b"]" * 900
    parts = {
        "forecast no object": (FORECAST_FILE, b"[]", "holds list"),
        "forecast nested": (FORECAST_FILE, b'{"format":1,"recipe":' + deep + b"}", "nested deeper"),
        "rows ragged": (FEATURES, b"month,rain_mean\n2020-01\n", "no rows that could be filled in"),
        "rows blank": (FEATURES, b"month,rain_mean\n" + b"\n" * 20, "no rows that could be"),
        "eight million blank rows": (FEATURES, b'rain_mean,"' + b"\n" * (8 * MIB - 99), "no rows"),
        "eight million quoted rows": (
            FEATURES,
            b'"rain_mean"\n1\n' + b"\n" * (8 * MIB - 99),
            "no rows that could be filled in",
        ),
    }
    for name, (file, data, words) in parts.items():
        files = files_of(with_extra_files(bundle, {file: data}))
        yield name, Attack(files=files, error=ModelFormatError, words=words)
