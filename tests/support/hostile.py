"""Bundles that somebody tampered with who can write the store, each with why it must be refused."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

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
from milkprice.training.polynomial import POLYNOMIAL, Polynomial
from tests.support.bundles import whole_bundle

MODEL, FORECAST_FILE, FEATURES = "model.joblib", "forecast.json", "features.csv"
WRITTEN = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
MIB = 2**20
DEEP = b"[" * 900 + b"]" * 900
RECORD = {"sha256": "0" * 64, "size": 1}
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


class Attack(NamedTuple):
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


def files_of(bundle: Bundle) -> dict[str, bytes]:
    """A bundle as it lies in a folder."""
    return {**bundle.files, SIDECAR: to_json(bundle.sidecar)}


def forged(bundle: Bundle, edit: Callable[[dict[str, Any]], object]) -> dict[str, bytes]:
    """Change a sidecar, and write it with a version that fits."""
    document = orjson.loads(to_json(bundle.sidecar))
    edit(document)
    content = {key: document[key] for key in document if key not in ("version", "created")}
    hashed = sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
    document["version"] = version_of(document["created"], hashed)
    return {**bundle.files, SIDECAR: orjson.dumps(document, option=WRITTEN)}


def flip(data: bytes, place: int) -> bytes:
    """The same bytes with one bit of one of them turned."""
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def plant(store: Store, files: Mapping[str, bytes], bundle: Bundle, *, name: str = "milk") -> str:
    """Put files where the version lies that their sidecar claims, or the bundle's if unreadable.

    They replace whatever was there; returns the version.
    """
    try:
        version = str(orjson.loads(files[SIDECAR])["version"])
    except (KeyError, ValueError, TypeError):
        version = bundle.sidecar.version
    prefix = f"models/{name}/{version}"
    for entry in store.list(prefix):
        store.delete(entry.key)
    for file, data in files.items():
        store.put(f"{prefix}/{file}", data)
    return version


def attacks() -> dict[str, Attack]:
    """Every attack that one version by itself can be."""
    bundle = whole_bundle(slope=2.0)
    families = (_flips, _lengths, _lists, _sizes, _sidecars, _polynomials, _tables)
    return {name: attack for family in families for name, attack in family(bundle).items()}


def _flips(bundle: Bundle) -> dict[str, Attack]:
    files, attacks = files_of(bundle), {}
    for file, data in files.items():
        error = BundleFormatError if file == SIDECAR else BundleChecksumError
        for name, place in (("first", 0), ("middle", len(data) // 2), ("last", len(data) - 1)):
            changed = {**files, file: flip(data, place)}
            attacks[f"flip {name} of {file}"] = Attack(changed, error, file)
    return attacks


def _lengths(bundle: Bundle) -> dict[str, Attack]:
    files = files_of(bundle)
    large = {**files, MODEL: bytes(40 * MIB)}
    attacks = {"another model of 40 MiB": Attack(large, BundleSizeError, "41,943,040")}
    for file in (MODEL, POLYNOMIAL):
        whole = files[file]
        for name, data in {"cut": whole[:-1], "grown": whole + b"\0", "empty": b""}.items():
            attacks[f"{name} {file}"] = Attack({**files, file: data}, BundleSizeError, file)
        others = {name: data for name, data in files.items() if name != file}
        attacks[f"without {file}"] = Attack(others, BundleIncompleteError, file)
    return attacks


def _lists(bundle: Bundle) -> dict[str, Attack]:
    def lists(path: str) -> dict[str, bytes]:
        return forged(bundle, lambda document: document["files"].update({path: RECORD}))

    return {
        f"path {name}": Attack(lists(path), BundleFormatError, "plain names")
        for name, path in PATHS.items()
    }


def _sizes(bundle: Bundle) -> dict[str, Attack]:
    def claim(size: int) -> dict[str, bytes]:
        return forged(bundle, lambda document: document["files"][POLYNOMIAL].update(size=size))

    def lists(count: int, size: int) -> dict[str, bytes]:
        records = {f"f{number}": {**RECORD, "size": size} for number in range(count)}
        return forged(bundle, lambda document: document["files"].update(records))

    less = claim(len(bundle.files[POLYNOMIAL]) - 1)
    return {
        "claim of 2 GB": Attack(claim(2 * 10**9), BundleTooLargeError, "2,000,000,000 bytes"),
        "claim of all there is": Attack(claim(2**63), BundleTooLargeError, "at most"),
        "claim of a byte less": Attack(less, BundleSizeError, POLYNOMIAL),
        "a thousand files": Attack(lists(1000, 1), BundleTooLargeError, "1,005 files"),
        "nine files of 8 MiB": Attack(lists(9, 8 * MIB), BundleTooLargeError, "the whole of it"),
    }


def _sidecars(bundle: Bundle) -> dict[str, Attack]:
    files = files_of(bundle)
    nested: list[Any] = []
    for _ in range(100):
        nested = [nested]
    deep = forged(bundle, lambda document: document["parameters"].update(deep=nested))
    another = {**files, SIDECAR: files_of(whole_bundle(slope=3.0))[SIDECAR]}
    large = {**files, SIDECAR: files[SIDECAR] + b" " * 2 * MIB}
    texts = {
        "nothing": (b"", "is no JSON"),
        "no JSON": (b"\x80\x04K\x01.", "is no JSON"),
        "no object": (b"[]", "holds list at its top"),
        "nested 900 times": (b'{"name":' + DEEP + b"}", "nested deeper"),
        "nested 100,000 times": (b"[" * 100_000, "is no JSON"),
    }
    return {
        "sidecar of 2 MiB": Attack(large, BundleTooLargeError, "at most 1,048,576"),
        "sidecar of another": Attack(another, BundleError, MODEL),
        "parameters nested 100 times": Attack(deep, BundleFormatError, "nested deeper"),
    } | {
        f"sidecar {name}": Attack({**files, SIDECAR: data}, BundleFormatError, words)
        for name, (data, words) in texts.items()
    }


def _polynomials(bundle: Bundle) -> dict[str, Attack]:
    document = orjson.loads(bundle.files[POLYNOMIAL])

    def change(**fields: object) -> bytes:
        return orjson.dumps({**document, **fields}, option=WRITTEN)

    zeros = b"0," * (2 * MIB - 1500)
    parts = {
        "no coefficients": (change(coefficients=[]), "0 coefficients"),
        "degree of 10^9": (change(degree=10**9), "2 coefficients"),
        "width of 10^9": (change(width=10**9), "1000000000 columns"),
        "column beyond": (change(columns=[7]), "column 7"),
        "scale of 0": (change(scale=[0.0]), "a number to divide by"),
        "two million zeros": (b'{"coefficients":[' + zeros + b"0]}", "lacks columns"),
        "two million zeros in form": (
            orjson.dumps({**document, "coefficients": []}).replace(b"[]", b"[" + zeros + b"0]"),
            "coefficients",
        ),
        "nested lists": (b'{"columns":' + DEEP + b"}", "nested deeper"),
        "no JSON": (b"\x80\x04K\x01.", "is no JSON"),
    }
    attacks = {
        f"polynomial: {name}": _in_place(bundle, POLYNOMIAL, data, words)
        for name, (data, words) in parts.items()
    }
    wide = Attack(files_of(_wide_bundle()), BundleTooLargeError, "shares")
    return {**attacks, "polynomial: explained in 3 GiB": wide}


def _in_place(bundle: Bundle, file: str, data: bytes, words: str) -> Attack:
    """Replace a file; every hash fits, and only reading it shows what it is."""
    return Attack(files_of(with_extra_files(bundle, {file: data})), ModelFormatError, words)


def _wide_bundle() -> Bundle:
    """A sound polynomial of 900 columns, whose explanation is a matrix of 406,351 times that."""
    columns, monomials = 900, 901 * 902 // 2
    polynomial = Polynomial(
        columns=tuple(range(columns)),
        width=columns,
        center=(0.0,) * columns,
        scale=(1.0,) * columns,
        degree=2,
        coefficients=(0.0,) * monomials,
        intercept=0.0,
    )
    features = tuple(
        Feature(name=f"c{place}", unit="1", minimum=0.0, maximum=1.0) for place in range(columns)
    )
    return with_extra_files(whole_bundle(features=features), {POLYNOMIAL: polynomial.to_json()})


def _tables(bundle: Bundle) -> dict[str, Attack]:
    lines = b"\n" * (8 * MIB - 99)
    parts = {
        "forecast no object": (FORECAST_FILE, b"[]", "holds list"),
        "forecast nested": (FORECAST_FILE, b'{"format":1,"recipe":' + DEEP + b"}", "nested deeper"),
        "rows ragged": (FEATURES, b"month,rain_mean\n2020-01\n", "no rows that could be filled in"),
        "rows blank": (FEATURES, b"month,rain_mean\n" + b"\n" * 20, "no rows that could be"),
        "eight million blank rows": (FEATURES, b'rain_mean,"' + lines, "no rows"),
        "eight million quoted rows": (FEATURES, b'"rain_mean"\n1\n' + lines, "no rows that could"),
    }
    return {name: _in_place(bundle, *part) for name, part in parts.items()}
