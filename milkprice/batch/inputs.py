"""The files of an input, wherever they lie."""

from __future__ import annotations

from dataclasses import dataclass, field

from milkprice.batch.settings import place_of
from milkprice.errors import BatchInputError, KeyNotFoundError
from milkprice.settings import StoreSettings
from milkprice.store import Entry, Store, open_store

PARQUET, CSV = ".parquet", ".csv"
SUFFIXES = (PARQUET, CSV)


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file whose rows are to be predicted, as it was when it was looked at.

    Attributes:
        folder: Address of the folder or prefix it lies in.
        key: Its place there.
        size: Its length in bytes.
        stamp: What tells it from one that replaced it.
        store: The store of the folder.
    """

    folder: str
    key: str
    size: int
    stamp: str
    store: Store = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """What the file is called in messages."""
        return f"{self.folder}/{self.key}"

    @property
    def is_parquet(self) -> bool:
        """Whether it is read as Parquet; else it is CSV."""
        return self.key.lower().endswith(PARQUET)


def find_inputs(uri: str, settings: StoreSettings) -> list[InputFile]:
    """Find the files of an input, sorted by their place.

    Names that begin with a dot or an underscore are left out, as whoever writes such folders
    means it.

    Args:
        uri: A file, or a folder or prefix.
        settings: Where S3 is and who asks.

    Raises:
        BatchInputError: There are none.
        StoreError: The store cannot be read.
    """
    place = place_of(uri)
    found = _single(place, settings) or _below(place, settings)
    if not found:
        raise BatchInputError(place=uri, suffixes=SUFFIXES)
    return found


def _single(place: str, settings: StoreSettings) -> list[InputFile]:
    folder, _, key = place.rpartition("/")
    if not place.lower().endswith(SUFFIXES):
        return []
    store = open_store(folder, settings)
    try:
        return [_file(folder, store, store.entry(key))]
    except KeyNotFoundError:  # it may be a folder with such a name
        return []


def _below(place: str, settings: StoreSettings) -> list[InputFile]:
    store = open_store(place, settings)
    return [_file(place, store, entry) for entry in store.list() if _is_meant(entry.key)]


def _is_meant(key: str) -> bool:
    hidden = any(part.startswith((".", "_")) for part in key.split("/"))
    return key.lower().endswith(SUFFIXES) and not hidden


def _file(folder: str, store: Store, entry: Entry) -> InputFile:
    return InputFile(folder=folder, key=entry.key, size=entry.size, stamp=entry.stamp, store=store)
