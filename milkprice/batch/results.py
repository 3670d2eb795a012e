"""What a batch leaves in its output, and what is there already."""

from __future__ import annotations

from collections.abc import Collection, Container
from dataclasses import asdict, dataclass

import orjson

from milkprice.batch.errors import BatchFileError, BatchUnfinishedError
from milkprice.batch.settings import normalize_uri
from milkprice.batch.shard import DIGITS, Shard
from milkprice.documents import FieldError, Fields
from milkprice.registry.errors import KeyNotFoundError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import Store, open_store

PREDICTIONS, REJECTS, SHARDS = "predictions", "rejects", "shards"
ENDINGS = {SHARDS: ".json", PREDICTIONS: ".parquet", REJECTS: ".csv"}  # the marker goes first
AFTER_SOURCE = len("-0000000000-") + DIGITS  # letters of a shard's name after its file's


@dataclass(frozen=True, kw_only=True)
class ShardCounts:
    """What became of a shard.

    Attributes:
        shard: Its name.
        file: The file it is of.
        model: The model.
        version: Its version.
        rows: How many rows it has.
        predicted: How many of them have a prediction.
        rejected: How many have none.
        out_of_range: How many were predicted from values outside the range learnt from.
        seconds: How long it took.
    """

    shard: str
    file: str
    model: str
    version: str
    rows: int
    predicted: int
    rejected: int
    out_of_range: int
    seconds: float


class Results:
    """The results of one version of a model in an output."""

    def __init__(self, store: Store, version: str) -> None:
        self._store = store
        self._version = version

    @classmethod
    def open(cls, output: str, version: str, settings: StoreSettings) -> Results:
        """Those in an output."""
        return cls(open_store(normalize_uri(output), settings), version)

    @property
    def uri(self) -> str:
        """Their address."""
        return f"{self._store.uri}/{self._version}"

    def shard_names(self) -> set[str]:
        """Names of the shards that are done."""
        return self._names(SHARDS)

    def counts(self, shard: Shard) -> ShardCounts | None:
        """What became of a shard; None if it is not done."""
        key = self._key(SHARDS, shard.name)
        try:
            data = self._store.get(key).data
        except KeyNotFoundError:
            return None
        try:
            return _tally(Fields.of(data))
        except FieldError as error:
            raise BatchFileError(file=f"{self._store.uri}/{key}", reason=f"it {error}") from error

    def all_counts(self, shards: Collection[Shard]) -> list[ShardCounts]:
        """What became of shards that are all done.

        Raises:
            BatchUnfinishedError: Some are not.
        """
        found = {shard.name: self.counts(shard) for shard in shards}
        lacking = [name for name, counts in found.items() if counts is None]
        if lacking:
            raise BatchUnfinishedError(output=self.uri, shards=lacking)
        return [counts for counts in found.values() if counts is not None]

    def write(self, counts: ShardCounts, *, predictions: bytes, rejects: bytes) -> None:
        """Write what became of a shard, the sign that it is done last."""
        self._store.put(self._key(PREDICTIONS, counts.shard), predictions)
        if counts.rejected:
            self._store.put(self._key(REJECTS, counts.shard), rejects)
        options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        self._store.put(
            self._key(SHARDS, counts.shard), orjson.dumps(asdict(counts), option=options)
        )

    def delete_outdated(self, shards: Collection[Shard]) -> list[str]:
        """Delete what was written of the same files when they held or were cut into something else.

        Args:
            shards: All that there is to have of these files.

        Returns:
            Names of the shards that were deleted, sorted.
        """
        sources, current = {shard.source for shard in shards}, {shard.name for shard in shards}
        gone: set[str] = set()
        for kind in ENDINGS:
            for name in self._outdated(kind, sources, current):
                self._store.delete(self._key(kind, name))
                gone.add(name)
        return sorted(gone)

    def _outdated(self, kind: str, sources: Container[str], current: Container[str]) -> list[str]:
        names = sorted(self._names(kind))
        return [name for name in names if name[:-AFTER_SOURCE] in sources and name not in current]

    def _names(self, kind: str) -> set[str]:
        prefix = f"{self._version}/{kind}"
        keys = [entry.key for entry in self._store.list(prefix)]
        return {key.removeprefix(f"{prefix}/").removesuffix(ENDINGS[kind]) for key in keys}

    def _key(self, kind: str, name: str) -> str:
        return f"{self._version}/{kind}/{name}{ENDINGS[kind]}"


def _tally(fields: Fields) -> ShardCounts:
    return ShardCounts(
        shard=fields.text("shard"),
        file=fields.text("file"),
        model=fields.text("model"),
        version=fields.text("version"),
        rows=fields.count("rows"),
        predicted=fields.count("predicted"),
        rejected=fields.count("rejected"),
        out_of_range=fields.count("out_of_range"),
        seconds=fields.number("seconds"),
    )
