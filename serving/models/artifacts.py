"""What a model is published with beside its arithmetic, compressed in memory until it is asked for.

Forecasts by month, the report, and the newest training rows as an example to fill in.
"""

from __future__ import annotations

import csv
import gc
import io
import sys
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Generic, NamedTuple, TypeVar

from milkprice.forecasting.codec import decode_forecast, forecast_file, response_fields
from milkprice.forecasting.document import Forecast
from milkprice.registry.bundle import Bundle
from milkprice.registry.errors import ModelFormatError

FEATURES, REPORT = "features.csv", "report.html"
MONTH = "month"
TEMPLATE_ROWS = 12
# Decoded forecasts take 2.8 times the memory of their JSON; measured.
FORECAST_EXPANSION = 2.8
# The quickest level. The next ones take two and three times as long and save a tenth and a fifth;
# models are loaded while requests wait.
COMPRESSION = 1
# Shared by all models, so not counted for each.
SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType)

T = TypeVar("T")


class Compressed(Generic[T]):
    """A document as compressed bytes; its decoded value is kept from the first use on.

    Attributes:
        memory_bytes: The memory it takes now.
    """

    __slots__ = ("_data", "_decode", "_decoded_bytes", "_value", "memory_bytes")

    def __init__(self, data: bytes, decode: Callable[[bytes], T], *, expansion: float = 0) -> None:
        """Compress a document.

        Args:
            data: The document.
            decode: Decodes it.
            expansion: The memory of the value in multiples of the size of the bytes.
        """
        self._data = zlib.compress(data, COMPRESSION)
        self._decode = decode
        self._decoded_bytes = int(expansion * len(data))
        self._value: T | None = None
        self.memory_bytes = len(self._data)

    @property
    def value(self) -> T:
        """The decoded document."""
        if self._value is None:
            self._value = self.decode()
            self.memory_bytes = len(self._data) + self._decoded_bytes
        return self._value

    def decode(self) -> T:
        """The decoded document, which is not kept."""
        return self._decode(self.data) if self._value is None else self._value

    @property
    def data(self) -> bytes:
        """The document as it was."""
        return zlib.decompress(self._data)


def size_of(*values: object) -> int:
    """Sum the sizes of values and of all that they refer to, each counted once.

    The sizes are Python's own; the allocator's overhead is not included.
    """
    seen: set[int] = set()
    total, level = 0, list(values)
    while level:
        objects = {id(one): one for one in level if not isinstance(one, SHARED)}
        level = [one for identity, one in objects.items() if identity not in seen]
        seen.update(objects)
        total += sum(map(sys.getsizeof, level))
        level = gc.get_referents(*level)
    return total


class ForecastRange(NamedTuple):
    """The first and the last month that have a forecast, YYYY-MM."""

    first: str
    last: str


@dataclass(frozen=True, kw_only=True)
class Artifacts:
    """The artifacts of a model; one published without them has none.

    The report is an HTML page, the template the newest training rows without the target, as CSV.
    """

    forecast_range: ForecastRange | None = None
    forecasts: Compressed[Forecast] | None = field(default=None, repr=False)
    report: Compressed[bytes] | None = field(default=None, repr=False)
    template: Compressed[bytes] | None = field(default=None, repr=False)

    @classmethod
    def from_bundle(cls, bundle: Bundle) -> Artifacts:
        """Compress the artifacts of a verified bundle.

        Raises:
            ModelFormatError: The forecasts or the table of features are invalid.
        """
        rows, report = bundle.files.get(FEATURES), bundle.files.get(REPORT)
        columns = [feature.name for feature in bundle.sidecar.features]
        template = _template(rows, columns, where=bundle.label) if rows else None
        forecasts, months = _forecasts(bundle)
        return cls(
            forecast_range=months,
            forecasts=forecasts,
            report=None if report is None else Compressed(report, bytes),
            template=None if template is None else Compressed(template, bytes),
        )

    @property
    def forecast_json(self) -> dict[str, object] | None:
        """The forecasts as a response has them."""
        return None if self.forecasts is None else response_fields(self.forecasts.decode())

    @property
    def memory_bytes(self) -> int:
        """The memory they take now."""
        artifacts = (self.forecasts, self.report, self.template)
        return sum(artifact.memory_bytes for artifact in artifacts if artifact is not None)


def _forecasts(bundle: Bundle) -> tuple[Compressed[Forecast] | None, ForecastRange | None]:
    file = forecast_file(bundle.files)
    if file is None:
        return None, None
    data, decode = bundle.files[file], partial(decode_forecast, where=bundle.label, file=file)
    forecasts = decode(data)  # checked now, and decoded again when it is first asked for
    months = ForecastRange(forecasts.first, forecasts.last)
    return Compressed(data, decode, expansion=FORECAST_EXPANSION), months


def _template(table: bytes, columns: Sequence[str], *, where: str) -> bytes:
    """The header and the newest rows of a table as CSV, without the target."""
    lines = csv.reader(io.StringIO(_newest(table).decode(errors="replace"), newline=""))
    try:
        header = next(lines)
        kept = [index for index, name in enumerate(header) if _is_kept(index, name, columns)]
        newest = deque(lines, maxlen=TEMPLATE_ROWS)
        rows = [[row[index] for index in kept] for row in (header, *newest)]
    except (csv.Error, IndexError) as error:
        reason = f"has no rows that could be filled in ({error})"
        raise ModelFormatError(model=f"{where}: {FEATURES}", reason=reason) from error
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _newest(table: bytes) -> bytes:
    """The header and the newest lines of a table; all of it where lines may not be rows.

    Splitting off only what is needed matters: each line takes more memory than its bytes.
    """
    if b'"' in table:
        return table
    header, _, rows = table.partition(b"\n")
    return b"\n".join((header, *rows.rsplit(b"\n", TEMPLATE_ROWS + 1)[-TEMPLATE_ROWS - 1 :]))


def _is_kept(index: int, name: str, columns: Sequence[str]) -> bool:
    """Whether a column stays: also the leading month, unless the model has such a column."""
    if index == 0 and name == MONTH:
        return MONTH not in columns
    return name in columns
