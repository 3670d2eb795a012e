"""Shards, and their results in the output folder."""

from __future__ import annotations

import re
from collections.abc import Collection, Container
from pathlib import PurePosixPath
from typing import Annotated, Literal, TypeAlias

import msgspec

from milkprice.batch.errors import BatchFileError, BatchUnfinishedError
from milkprice.batch.files import InputFile
from milkprice.batch.settings import normalize_uri
from milkprice.documents import FieldError, decode, encode
from milkprice.errors import SettingError
from milkprice.files import sha256
from milkprice.registry.errors import KeyNotFoundError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import Store, open_store

LAYOUT = 2  # of the results; raised when the same rows give other bytes
STEM_LENGTH = 40
DIGEST_LENGTH = 12
PREDICTIONS, REJECTS, SHARDS = "predictions", "rejects", "shards"
SUFFIXES = {SHARDS: ".json", PREDICTIONS: ".parquet", REJECTS: ".csv"}  # the marker goes first
SUFFIX_LENGTH = len("-0000000000-") + DIGEST_LENGTH  # of a shard's name, behind its file's part

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]


class RowRange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Consecutive rows of a file: row groups of Parquet, or bytes of CSV.

    Attributes:
        first_row: Number of rows before the range.
        start: First row group or byte.
        stop: One after the last.
        decimal: What stands before the decimals of the file's numbers, a point or a comma.
    """

    first_row: Count
    start: Count
    stop: Count
    decimal: Literal[".", ","] = "."


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """Rows to predict. All fields are part of its name, so none may be renamed in JSON.

    Attributes:
        folder: Address of the folder or prefix of the file.
        key: Path of the file below it.
        size: Length of the file in bytes.
        stamp: Changes when the file is replaced.
        rows: The rows of the file.
        model: Name of the model.
        version: Version of the model.
        keep: Columns to copy into the results.
    """

    folder: str
    key: str
    size: Count
    stamp: str
    rows: RowRange = msgspec.field(name="run")
    model: str
    version: str
    keep: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file, the first row, and a hash of all fields."""
        digest = sha256(self.to_text().encode())[:DIGEST_LENGTH]
        return f"{self.file_id}-{self.rows.first_row:010d}-{digest}"

    @property
    def file_id(self) -> str:
        """What the names of all shards of a file begin with, whatever its content."""
        stem = re.sub(r"[^A-Za-z0-9_]+", "-", PurePosixPath(self.key).stem)[:STEM_LENGTH]
        return f"{stem}-{sha256(self.address.encode())[:DIGEST_LENGTH]}"

    @property
    def address(self) -> str:
        """Full address of the file."""
        return f"{self.folder}/{self.key}"

    def open(self, settings: StoreSettings) -> InputFile:
        """The file, in its store."""
        return InputFile(
            folder=self.folder,
            key=self.key,
            size=self.size,
            stamp=self.stamp,
            store=open_store(self.folder, settings),
        )

    def to_text(self) -> str:
        """One line of JSON, as the pipeline passes it between steps."""
        return encode({**msgspec.to_builtins(self), "layout": LAYOUT}).decode().rstrip("\n")


def parse_shard(text: str) -> Shard:
    """Read what ``Shard.to_text`` wrote.

    Raises:
        SettingError: The text is no shard.
    """
    try:
        return decode(text.encode(), Shard)
    except FieldError as error:
        raise SettingError(option="shard", value=text, expected=f"a shard; it {error}") from error


class ShardCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Row counts of a completed shard, as written to ``shards/<shard>.json``.

    Attributes:
        shard: Name of the shard.
        file: Address of its file.
        model: Name of the model.
        version: Version of the model.
        rows: Rows of the shard.
        predicted: Rows with a prediction.
        rejected: Rows without one.
        out_of_range: Predicted rows with values outside the range of the training data.
        seconds: Duration.
    """

    shard: str
    file: str
    model: str
    version: str
    rows: Count
    predicted: Count
    rejected: Count
    out_of_range: Count
    seconds: float


class Results:
    """Results of one model version in an output folder."""

    def __init__(self, store: Store, version: str) -> None:
        self._store = store
        self._version = version

    @classmethod
    def open(cls, output: str, version: str, settings: StoreSettings) -> Results:
        """Open an output folder or prefix."""
        return cls(open_store(normalize_uri(output), settings), version)

    @property
    def uri(self) -> str:
        """Address of the results."""
        return f"{self._store.uri}/{self._version}"

    def shard_names(self) -> set[str]:
        """Names of the completed shards."""
        return self._names(SHARDS)

    def counts(self, shard: Shard) -> ShardCounts | None:
        """Row counts of a shard; None if it is not complete."""
        key = self._key(SHARDS, shard.name)
        try:
            return decode(self._store.get(key).data, ShardCounts)
        except KeyNotFoundError:
            return None
        except FieldError as error:
            raise BatchFileError(file=f"{self._store.uri}/{key}", reason=f"it {error}") from error

    def all_counts(self, shards: Collection[Shard]) -> list[ShardCounts]:
        """Row counts of shards.

        Raises:
            BatchUnfinishedError: Some are not complete.
        """
        counts = {shard.name: self.counts(shard) for shard in shards}
        missing = [name for name, one in counts.items() if one is None]
        if missing:
            raise BatchUnfinishedError(output=self.uri, shards=missing)
        return [one for one in counts.values() if one is not None]

    def write(self, counts: ShardCounts, *, predictions: bytes, rejects: bytes) -> None:
        """Write the results of a shard; the counts last, since they mark it as complete."""
        self._store.put(self._key(PREDICTIONS, counts.shard), predictions)
        if counts.rejected:
            self._store.put(self._key(REJECTS, counts.shard), rejects)
        self._store.put(self._key(SHARDS, counts.shard), encode(counts, indent=True))

    def delete_outdated(self, shards: Collection[Shard]) -> list[str]:
        """Delete shards of the same files with other content or boundaries.

        Args:
            shards: All current shards of these files.

        Returns:
            Names of the deleted shards, sorted.
        """
        file_ids, current = {shard.file_id for shard in shards}, {shard.name for shard in shards}
        deleted: set[str] = set()
        for kind in SUFFIXES:
            for name in self._outdated(kind, file_ids, current):
                self._store.delete(self._key(kind, name))
                deleted.add(name)
        return sorted(deleted)

    def _outdated(self, kind: str, file_ids: Container[str], current: Container[str]) -> list[str]:
        names = sorted(self._names(kind))
        return [name for name in names if name[:-SUFFIX_LENGTH] in file_ids and name not in current]

    def _names(self, kind: str) -> set[str]:
        prefix = f"{self._version}/{kind}"
        keys = [entry.key for entry in self._store.list(prefix)]
        return {key.removeprefix(f"{prefix}/").removesuffix(SUFFIXES[kind]) for key in keys}

    def _key(self, kind: str, name: str) -> str:
        return f"{self._version}/{kind}/{name}{SUFFIXES[kind]}"
