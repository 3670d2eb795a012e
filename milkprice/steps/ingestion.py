"""Raw files from a source."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from milkprice.cleaning.monthly import current_month
from milkprice.files import write_bytes
from milkprice.quirks import names
from milkprice.settings import StoreSettings
from milkprice.sources.source import read_source
from milkprice.steps.facts import Facts, write_hashes


def ingest(
    source: str,
    outputs: dict[str, str],
    hashes_path: str,
    *,
    cache: Path,
    settings: StoreSettings,
) -> dict[str, Facts]:
    """Bring the raw files.

    Args:
        source: ``sample``, ``challenge``, a folder, or an ``s3://bucket/prefix``.
        outputs: Where each file goes, by file name.
        hashes_path: Where their hashes go, as JSON.
        cache: Folder for downloaded files.
        settings: Where S3 is and who asks.

    Returns:
        Facts of each file, by its name.
    """
    files = read_source(source, cache=cache, settings=settings).files
    for name, path in outputs.items():
        write_bytes(files[name], Path(path))
    return write_hashes(outputs, hashes_path)


def month_of(now: datetime) -> str:
    """The month that runs at this time, as ``YYYY-MM``."""
    return str(current_month(now))


def raw_outputs(prices_path: str, rainfall_path: str, macro_path: str) -> dict[str, str]:
    """Where each raw file goes, by its name."""
    return dict(zip(names.RAW_FILES, (prices_path, rainfall_path, macro_path), strict=True))
