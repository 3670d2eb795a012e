"""Options of a batch prediction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from milkprice.errors import SettingError
from milkprice.registry.bundle import VerifyingKeys
from milkprice.registry.settings import StoreSettings

ROW, PREDICTION, OUT_OF_RANGE = "row", "prediction", "out_of_range"
COLUMN, VALUE, REASON = "column", "value", "reason"
FILE = "file"
RESERVED = (ROW, PREDICTION, OUT_OF_RANGE, COLUMN, VALUE, REASON, FILE)  # columns of the results

# A shard's predictions are held in memory until they are written; of a million rows they are 18 MB.
ROWS_PER_SHARD = 500_000


@dataclass(frozen=True, kw_only=True)
class BatchSettings:
    """Options of a batch prediction.

    Attributes:
        input: A Parquet or CSV file, or a folder or prefix of such files.
        output: Folder or prefix for the results, outside the input.
        registry: Address of the registry.
        model: Name of the model.
        version: A version or an alias.
        keep: Columns to copy into the results.
        rows_per_shard: Target size of a shard; a row group is never split.
        store: S3 endpoint and credentials.
        keys: Public keys, one of which must have signed the model; None to skip the check.
    """

    input: str
    output: str
    registry: str
    model: str = "milk-price"
    version: str = "champion"
    keep: tuple[str, ...] = ()
    rows_per_shard: int = ROWS_PER_SHARD
    store: StoreSettings = field(default_factory=StoreSettings)
    keys: VerifyingKeys | None = None

    def __post_init__(self) -> None:
        if self.rows_per_shard < 1:
            raise SettingError(
                option="rows per shard", value=self.rows_per_shard, expected="1 or more"
            )
        _check_keep(self.keep)
        _check_output(self.input, self.output)


def parse_columns(text: str) -> tuple[str, ...]:
    """Column names from a comma-separated text."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def normalize_uri(uri: str) -> str:
    """The canonical form of an address: an absolute path, or a URI without a trailing slash."""
    if "://" not in uri:
        return str(Path(uri).resolve())
    if uri.startswith("file://"):
        return str(Path(unquote(urlsplit(uri).path)).resolve())
    return uri.rstrip("/")


def _check_keep(keep: tuple[str, ...]) -> None:
    counts = Counter(name.casefold() for name in (*keep, *RESERVED))
    for name in keep:
        if counts[name.casefold()] > 1:
            expected = f"columns, each once, none of them called {', '.join(RESERVED)}"
            raise SettingError(option="keep", value=name, expected=expected)


def _check_output(source: str, output: str) -> None:
    """Refuse an output that the next run would read as input."""
    if f"{normalize_uri(output)}/".startswith(f"{normalize_uri(source)}/"):
        raise SettingError(
            option="output", value=output, expected=f"a place that is not in the input, {source}"
        )
