"""What a batch is asked to do."""

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
RESERVED = (ROW, PREDICTION, OUT_OF_RANGE, COLUMN, VALUE, REASON)

# A shard's predictions are held in memory until they are written; of a million rows they are 18 MB.
ROWS_PER_SHARD = 500_000


@dataclass(frozen=True, kw_only=True)
class BatchSettings:
    """What to predict, with what, and where it goes.

    Attributes:
        input: A Parquet or CSV file, or a folder or prefix of them.
        output: Folder or prefix for the results; it does not lie in the input.
        registry: Where the model is published.
        model: Its name.
        version: A version or an alias.
        keep: Columns that are carried over to the results.
        rows_per_shard: About how many rows a shard has; a row group is never divided.
        store: Where S3 is and who asks.
        keys: Who must have signed the model; None asks for no signature.
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
        _check_apart(self.input, self.output)


def parse_columns(text: str) -> tuple[str, ...]:
    """Column names from a text with commas between them."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def normalize_uri(uri: str) -> str:
    """An address in the one form in which two of the same place are equal."""
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


def _check_apart(source: str, output: str) -> None:
    """Refuse an output that the next run would take for input."""
    if f"{normalize_uri(output)}/".startswith(f"{normalize_uri(source)}/"):
        raise SettingError(
            option="output", value=output, expected=f"a place that is not in the input, {source}"
        )
