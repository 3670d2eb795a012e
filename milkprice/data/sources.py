"""A source by its word, folder or prefix: the three raw files and their hashes.

Many prices in one source: of regions, products or customers, with the same rain and economy.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from milkprice.data.errors import (
    SourceChecksumError,
    SourceDownloadError,
    SourceFileMissingError,
)
from milkprice.data.formats import names
from milkprice.data.sample import generate
from milkprice.files import remove_leftovers, sha256, write_bytes
from milkprice.logs import logger
from milkprice.registry.errors import KeyNotFoundError, StoreError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import Store, open_store

SAMPLE = "sample"
CHALLENGE = "challenge"
SERIES = "series"  # folder of the prices of each series, in a source of many

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
class RawFiles:
    """The three raw files of a source.

    Attributes:
        source: The word, folder or prefix they came from.
        files: Their bytes by file name.
    """

    source: str
    files: dict[str, bytes]

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each file, for the record of what a model learnt from."""
        return {name: sha256(data) for name, data in self.files.items()}

    def identity(self) -> str:
        """One hash of all three files."""
        return _identity(self.hashes())


def read_source(source: str, *, cache: Path, settings: StoreSettings) -> RawFiles:
    """Read the raw files of a source.

    Args:
        source: ``sample``, ``challenge``, a folder, or an ``s3://bucket/prefix``.
        cache: Folder for downloaded files.
        settings: Where S3 is and who asks.

    Raises:
        SourceError: A file is missing, cannot be downloaded or is not what was pinned.
        StoreError: The folder or bucket cannot be read.
    """
    if source == SAMPLE:
        return RawFiles(source, generate().files)
    if source == CHALLENGE:
        return RawFiles(source, download_challenge(cache))
    if "://" not in source and not Path(source).is_dir():
        raise SourceFileMissingError(file=names.PRICES_FILE, source=source)
    store = open_store(source, settings)
    return RawFiles(source, {file: read_file(store, file) for file in names.RAW_FILES})


def identify_source(source: str, *, cache: Path, settings: StoreSettings) -> str:
    """Hash of what a source holds now; what is pinned need not be fetched for it.

    Raises:
        SourceError: A file is missing.
        StoreError: The folder or bucket cannot be read.
    """
    if source == CHALLENGE:
        return _identity(CHALLENGE_CHECKSUMS)
    return read_source(source, cache=cache, settings=settings).identity()


def read_file(store: Store, file: str) -> bytes:
    """Read one raw file of a source.

    Raises:
        SourceFileMissingError: It is not there.
    """
    try:
        return store.get(file).data
    except KeyNotFoundError as error:
        raise SourceFileMissingError(file=file, source=store.uri) from error


def list_series(source: str, *, settings: StoreSettings) -> list[str]:
    """The names of the prices in a source, sorted.

    Args:
        source: A folder or an ``s3://bucket/prefix``.
        settings: Where S3 is and who asks.

    Raises:
        SourceFileMissingError: There is none.
        StoreError: The folder or bucket cannot be read.
    """
    store = open_store(source, settings)
    keys = (entry.key.split("/") for entry in store.list(SERIES))
    found = sorted(key[1] for key in keys if len(key) == 3 and key[2] == names.PRICES_FILE)
    if not found:
        raise SourceFileMissingError(file=price_key("*"), source=store.uri)
    return found


def read_series(source: str, series: str, *, settings: StoreSettings) -> RawFiles:
    """Read the raw files of one of a source's prices.

    Args:
        source: A folder or an ``s3://bucket/prefix``.
        series: Which of its prices.
        settings: Where S3 is and who asks.

    Raises:
        SourceFileMissingError: A file is missing.
        StoreError: The folder or bucket cannot be read.
    """
    store = open_store(source, settings)
    keys = {name: name for name in names.RAW_FILES} | {names.PRICES_FILE: price_key(series)}
    return RawFiles(source, {name: read_file(store, key) for name, key in keys.items()})


def price_key(series: str) -> str:
    """Where the prices of a series lie in their source."""
    return f"{SERIES}/{series}/{names.PRICES_FILE}"


def download_challenge(
    cache: Path, *, origin: str = CHALLENGE_ORIGIN, checksums: dict[str, str] = CHALLENGE_CHECKSUMS
) -> dict[str, bytes]:
    """Get the three files, from the cache where they are whole, else from their origin.

    Args:
        cache: Folder that keeps them; made when missing.
        origin: Address of the folder they are published in.
        checksums: SHA-256 of each file.

    Returns:
        The bytes of each file, verified.

    Raises:
        SourceDownloadError: The origin does not answer or lacks a file.
        SourceChecksumError: What came is not what was pinned; the cache is left as it was.
    """
    return {
        file: _cached(cache / file, checksum) or _download(cache / file, origin, checksum)
        for file, checksum in checksums.items()
    }


def _identity(hashes: dict[str, str]) -> str:
    return sha256("".join(f"{hashes[name]} {name}\n" for name in sorted(hashes)).encode())


def _cached(path: Path, expected: str) -> bytes | None:
    if not path.is_file():
        return None
    remove_leftovers(path)
    data = path.read_bytes()
    if sha256(data) == expected:
        return data
    logger.warning("%s is damaged and is downloaded again", path)
    return None


def _download(path: Path, origin: str, expected: str) -> bytes:
    try:
        data = open_store(origin, StoreSettings()).get(path.name).data
    except KeyNotFoundError as error:
        raise SourceDownloadError(file=path.name, origin=origin, reason="not found") from error
    except StoreError as error:
        raise SourceDownloadError(file=path.name, origin=origin, reason=str(error)) from error
    found = sha256(data)
    if found != expected:
        raise SourceChecksumError(file=path.name, origin=origin, expected=expected, found=found)
    write_bytes(data, path)
    return data
