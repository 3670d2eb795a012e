"""The real files, from where the challenge published them, pinned by commit and checksum."""

from __future__ import annotations

from pathlib import Path

from milkprice.data.errors import SourceChecksumError, SourceDownloadError
from milkprice.data.formats import names
from milkprice.files import sha256, sweep, write_bytes
from milkprice.logs import logger
from milkprice.registry.errors import KeyNotFoundError, StoreError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store

COMMIT = "6430a00b02a5d001a95520199eb395264655d56b"
ORIGIN = (
    "https://raw.githubusercontent.com/SpikeLab-CL/ml-engineer-challenge/"
    f"{COMMIT}/data_scientist_past_challenge/data"
)
CHECKSUMS = {
    names.MACRO_FILE: "ef8d24a4de0f83f133e8876894390a9e631f8a1dd4cf9e33da3c67d631d59d51",
    names.PRICES_FILE: "07cf7b1e030ff51eaf02493c87bf8cc52e33470c0e8ff6f39db5abed029d72f0",
    names.RAINFALL_FILE: "71b9005443770dbd5f05572a4958359a2673ec9e5301bb237daf627fc57ca07d",
}


def fetch(
    cache: Path, *, origin: str = ORIGIN, checksums: dict[str, str] = CHECKSUMS
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


def _cached(path: Path, expected: str) -> bytes | None:
    if not path.is_file():
        return None
    sweep(path)
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
