"""Where raw files come from: a folder, an S3 prefix, one table, the sample or the challenge.

A source holds three files, or is one tidy table that takes the roles of all three. One with many
series (of regions, products or customers) has a prices file for each of them under
``series/<name>/`` and shares the other two, or has a tidy table for each of them, or is one table
with a column of series.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath

import pandas as pd

from milkprice.data import tidy
from milkprice.data.errors import (
    SeriesNamesError,
    SourceChecksumError,
    SourceDownloadError,
    SourceFileMissingError,
    SourceMissingError,
    TableMissingError,
)
from milkprice.data.formats import names
from milkprice.data.sample import generate
from milkprice.errors import SettingError
from milkprice.files import remove_leftovers, sha256, write_bytes
from milkprice.logs import logger
from milkprice.registry.errors import KeyNotFoundError, StoreError, StoreReadOnlyError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import Store, open_store
from milkprice.text import join_names, slug

SAMPLE = "sample"
CHALLENGE = "challenge"
SERIES = "series"

# The real files, from where they were published, pinned by commit and content.
CHALLENGE_COMMIT = "6430a00b02a5d001a95520199eb395264655d56b"
CHALLENGE_ORIGIN = (
    "https://raw.githubusercontent.com/SpikeLab-CL/ml-engineer-challenge/"
    f"{CHALLENGE_COMMIT}/data_scientist_past_challenge/data"
)
CHALLENGE_CHECKSUMS = {
    names.MACRO_FILE: "ef8d24a4de0f83f133e8876894390a9e631f8a1dd4cf9e33da3c67d631d59d51",
    names.PRICES_FILE: "07cf7b1e030ff51eaf02493c87bf8cc52e33470c0e8ff6f39db5abed029d72f0",
    names.RAINFALL_FILE: "71b9005443770dbd5f05572a4958359a2673ec9e5301bb237daf627fc57ca07d",
}


@dataclass(frozen=True)
class SharedFiles:
    """Files that many series of a source share: each is read once, and then is the same bytes.

    What is made of them is known again by these: their hash, their cleaned table.

    Attributes:
        files: Bytes by the address of a store and a key in it.
    """

    files: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def read(self, store: Store, key: str) -> bytes:
        """The bytes of a key, from its store where they were not read yet."""
        place = (store.uri, key)
        if place not in self.files:
            self.files[place] = _read_file(store, key)
        return self.files[place]


@dataclass(frozen=True)
class RawFiles:
    """The bytes of the three raw files of a source, by file name.

    Attributes:
        files: Bytes by file name.
        origin: The one file that all of them are parts of; empty where they are files themselves.
    """

    files: dict[str, bytes]
    origin: dict[str, bytes] = field(default_factory=dict)

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each file as it came, for a model's record of what it was trained on."""
        return {name: _hash(data) for name, data in (self.origin or self.files).items()}

    def fingerprint(self) -> str:
        """One hash of all files as they came."""
        return _fingerprint(self.hashes())


def read_source(source: str, *, cache: Path, settings: StoreSettings) -> RawFiles:
    """Read the raw files of a source.

    Args:
        source: ``sample``, ``challenge``, a folder, or an ``s3://bucket/prefix``.
        cache: Folder for downloaded files.
        settings: S3 endpoint and credentials.
    """
    if source == SAMPLE:
        return RawFiles(generate().files)
    if source == CHALLENGE:
        return RawFiles(download_challenge(cache, settings=settings))
    if "://" not in source and not Path(source).is_dir():
        raise SourceMissingError(source=source)
    store = open_store(source, settings)
    return RawFiles({file: _read_file(store, file) for file in names.RAW_FILES})


def read_table(
    source: str,
    *,
    series: str | None,
    month: str | None,
    price: str | None,
    as_of: pd.Period,
    settings: StoreSettings,
    shared: SharedFiles | None = None,
) -> RawFiles:
    """Read a source that is one tidy table, and check it; see ``tidy.read_tidy``."""
    data, file = _read_table_file(source, settings, shared)
    table = tidy.read_tidy(data, file, series=series, month=month, price=price, as_of=as_of)
    return RawFiles(table.files(), {file: data})


def read_series(
    source: str, series: str, *, settings: StoreSettings, shared: SharedFiles | None = None
) -> RawFiles:
    """Read the raw files of one series of a folder that shares the other files."""
    store, others = open_store(source, settings), shared or SharedFiles()
    files = {names.PRICES_FILE: _read_file(store, price_key(series))}
    for name in (names.RAINFALL_FILE, names.MACRO_FILE):
        files[name] = others.read(store, name)
    return RawFiles(files)


def table_of(source: str, series: str, *, settings: StoreSettings) -> str | None:
    """Address of the table of one series of a folder; None where it has a prices file or none."""
    store = open_store(source, settings)
    with suppress(KeyNotFoundError):
        store.head(price_key(series))
        return None
    keys: list[str] = []
    with suppress(StoreReadOnlyError):  # a web address cannot be listed, and has no tables so
        keys = _tables(store).get(series, [])
    if len(keys) > 1:
        raise SeriesNamesError(source=source, series=keys, reason="are tables of one name")
    return f"{source.rstrip('/')}/{keys[0]}" if keys else None


def list_series(source: str, *, settings: StoreSettings) -> list[str]:
    """Names of the series of a source with many, sorted.

    Raises:
        SourceFileMissingError: There are none.
        SeriesNamesError: The models of two series would have one name, or one of them none.
    """
    if tidy.is_table(source):
        series = tidy.series_of(*_read_table_file(source, settings))
        if not series:
            expected = f"a table with a column {join_names(sorted(tidy.SERIES_NAMES))}, or a folder"
            raise SettingError(option="source", value=source, expected=expected)
    else:
        store = open_store(source, settings)
        series = _shared(store) or sorted(_tables(store))
        if not series:
            expected = f"{price_key('*')} nor table ({join_names(tidy.SUFFIXES)})"
            raise SourceFileMissingError(file=expected, source=store.uri)
    _check_names(series, source)
    return series


def _shared(store: Store) -> list[str]:
    """The series of a folder that share its other two raw files."""
    keys = (entry.key.split("/") for entry in store.list(SERIES))
    return sorted(key[1] for key in keys if len(key) == 3 and key[2] == names.PRICES_FILE)


def _tables(store: Store) -> dict[str, list[str]]:
    """The keys of tables right below a folder, by their names without suffix."""
    tables: dict[str, list[str]] = {}
    for entry in store.list():
        path = PurePosixPath(entry.key)
        table = path.suffix.lower() in tidy.SUFFIXES and path.name not in names.RAW_FILES
        if len(path.parts) == 1 and table:
            tables.setdefault(path.stem, []).append(entry.key)
    return tables


def _check_names(series: list[str], source: str) -> None:
    by_slug: dict[str, list[str]] = {}
    for one in series:
        by_slug.setdefault(slug(one), []).append(one)
    for name, some in by_slug.items():
        if not name:
            reason = "has no letter of a to z and no digit for the name of its model"
            raise SeriesNamesError(source=source, series=some[:1], reason=reason)
        if len(some) > 1:
            reason = f"would be models of one name, {name}"
            raise SeriesNamesError(source=source, series=some, reason=reason)


def price_key(series: str) -> str:
    """Key of a series' prices file within its source."""
    return f"{SERIES}/{series}/{names.PRICES_FILE}"


def fingerprint_source(source: str, *, cache: Path, settings: StoreSettings) -> str:
    """One hash of a source's present files; the challenge's is known without a download."""
    if source == CHALLENGE:
        return _fingerprint(CHALLENGE_CHECKSUMS)
    if tidy.is_table(source):
        data, file = _read_table_file(source, settings)
        return RawFiles({file: data}).fingerprint()
    return read_source(source, cache=cache, settings=settings).fingerprint()


def download_challenge(
    cache: Path,
    *,
    settings: StoreSettings,
    origin: str = CHALLENGE_ORIGIN,
    checksums: dict[str, str] = CHALLENGE_CHECKSUMS,
) -> dict[str, bytes]:
    """Get the challenge's files, from the cache where they are intact, else from their origin.

    Args:
        cache: Folder for them.
        settings: Which authorities may vouch for the origin.
        origin: Address of the folder that they are in.
        checksums: SHA-256 of each.

    Raises:
        SourceDownloadError: The origin does not answer or lacks a file.
        SourceChecksumError: A file has another checksum; the cache is not changed.
    """
    return {
        file: _read_cached(cache / file, checksum)
        or _download(cache / file, open_store(origin, settings), checksum)
        for file, checksum in checksums.items()
    }


def _read_file(store: Store, key: str) -> bytes:
    try:
        return store.get(key).data
    except KeyNotFoundError as error:
        raise SourceFileMissingError(file=key, source=store.uri) from error


def _read_table_file(
    source: str, settings: StoreSettings, shared: SharedFiles | None = None
) -> tuple[bytes, str]:
    """The bytes of a table and its name."""
    folder, _, file = source.rpartition("/")
    if "://" not in source and not Path(source).is_file():
        raise TableMissingError(file=source)
    try:
        return (shared or SharedFiles()).read(open_store(folder or ".", settings), file), file
    except SourceFileMissingError as error:
        raise TableMissingError(file=source) from error


@lru_cache(maxsize=4)  # many series share a file
def _hash(data: bytes) -> str:
    return sha256(data)


def _fingerprint(hashes: dict[str, str]) -> str:
    return sha256("".join(f"{hashes[name]} {name}\n" for name in sorted(hashes)).encode())


def _read_cached(path: Path, checksum: str) -> bytes | None:
    if not path.is_file():
        return None
    remove_leftovers(path)
    data = path.read_bytes()
    if sha256(data) == checksum:
        return data
    logger.warning("%s is corrupt and is downloaded again", path)
    return None


def _download(path: Path, store: Store, checksum: str) -> bytes:
    origin = store.uri
    try:
        data = store.get(path.name).data
    except KeyNotFoundError as error:
        raise SourceDownloadError(file=path.name, origin=origin, reason="not found") from error
    except StoreError as error:
        raise SourceDownloadError(file=path.name, origin=origin, reason=str(error)) from error
    actual = sha256(data)
    if actual != checksum:
        raise SourceChecksumError(file=path.name, origin=origin, expected=checksum, actual=actual)
    write_bytes(data, path)
    return data
