"""Raw files from a source."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from milkprice.cleaning.monthly import current_month
from milkprice.errors import SourceChangedError
from milkprice.files import write_bytes
from milkprice.quirks import names
from milkprice.settings import StoreSettings
from milkprice.sources.source import identify_source, read_source
from milkprice.steps.facts import Facts, write_hashes


class Identity(NamedTuple):
    """What a run is made from.

    Attributes:
        files: Hash of the raw files.
        month: The month that runs, ``YYYY-MM``.
    """

    files: str
    month: str


def identify(source: str, *, cache: Path, settings: StoreSettings, now: datetime) -> Identity:
    """Say what a source holds at this time."""
    held = identify_source(source, cache=cache, settings=settings)
    return Identity(held, str(current_month(now)))


def ingest(
    source: str,
    files: str,
    outputs: dict[str, str],
    hashes_path: str,
    *,
    cache: Path,
    settings: StoreSettings,
) -> dict[str, Facts]:
    """Bring the raw files.

    Args:
        source: ``sample``, ``challenge``, a folder, or an ``s3://bucket/prefix``.
        files: Their hash, as ``identify`` said it.
        outputs: Where each file goes, by file name.
        hashes_path: Where their hashes go, as JSON.
        cache: Folder for downloaded files.
        settings: Where S3 is and who asks.

    Returns:
        Facts of each file, by its name.

    Raises:
        SourceChangedError: The source holds other files by now.
    """
    raw = read_source(source, cache=cache, settings=settings)
    if raw.identity() != files:
        raise SourceChangedError(source=source, expected=files, found=raw.identity())
    for name, path in outputs.items():
        write_bytes(raw.files[name], Path(path))
    return write_hashes(outputs, hashes_path)


def raw_outputs(prices_path: str, rainfall_path: str, macro_path: str) -> dict[str, str]:
    """Where each raw file goes, by its name."""
    return dict(zip(names.RAW_FILES, (prices_path, rainfall_path, macro_path), strict=True))
