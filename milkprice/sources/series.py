"""Many prices in one source: of regions, products or customers, with the same rain and economy.

<source>/precipitaciones.csv                 shared by all of them
<source>/banco_central.csv
<source>/series/<name>/precio_leche.csv      one for each
"""

from __future__ import annotations

from milkprice.errors import SourceFileMissingError
from milkprice.quirks import names
from milkprice.settings import StoreSettings
from milkprice.sources.source import RawFiles, read_file
from milkprice.store import open_store

SERIES = "series"


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
