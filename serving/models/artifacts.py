"""What few ask for, small until somebody does.

How much memory a value takes, by looking at everything it holds.
What a model may bring beside its arithmetic: its forecast, its report, rows to begin with.
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
from typing import Generic, TypeVar

from milkprice.forecasting.codec import (
    FORECAST_FILE,
    decode_forecast,
    forecast_file,
    response_fields,
)
from milkprice.forecasting.document import Forecast
from milkprice.registry.bundle import Bundle
from milkprice.registry.errors import ModelFormatError

T = TypeVar("T")


class Compressed(Generic[T]):
    """A document: compressed, and as a value too from the first time it is asked for."""

    __slots__ = ("_data", "_growth", "_held", "_read", "_size")

    def __init__(self, data: bytes, read: Callable[[bytes], T], *, growth: float) -> None:
        """Compress a document.

        Args:
            data: Its bytes.
            read: Makes its value of them.
            growth: How many times the bytes the value takes.
        """
        self._data = zlib.compress(data)
        self._size = len(data)
        self._read = read
        self._growth = growth
        self._held: T | None = None

    @property
    def value(self) -> T:
        """What the bytes mean."""
        if self._held is None:
            self._held = self._read(self.data)
        return self._held

    def decoded(self) -> T:
        """What the bytes mean, made anew if it is not at hand."""
        return self._read(self.data) if self._held is None else self._held

    @property
    def data(self) -> bytes:
        """The bytes."""
        return zlib.decompress(self._data)

    @property
    def memory_bytes(self) -> int:
        """Bytes of memory it takes now."""
        held = 0 if self._held is None else int(self._growth * self._size)
        return len(self._data) + held


# What is shared by all models and would be counted with each of them.
SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType)


def size_of(*values: object) -> int:
    """Add up the sizes of values and of all that they refer to, each once.

    It is what Python says of each object; what the allocator loses between them is not in it.
    """
    seen: set[int] = set()
    total, found = 0, list(values)
    while found:
        fresh = {id(one): one for one in found if not isinstance(one, SHARED)}
        found = [one for place, one in fresh.items() if place not in seen]
        seen.update(fresh)
        total += sum(map(sys.getsizeof, found))
        found = gc.get_referents(*found)
    return total


FEATURES, REPORT = "features.csv", "report.html"
MONTH = "month"
TEMPLATE_ROWS = 12
# A forecast as values takes 2.8 times its JSON; measured.
FORECAST_GROWTH = 2.8


@dataclass(frozen=True, kw_only=True)
class ForecastRange:
    """The months that have forecasts.

    Attributes:
        first: The first one, YYYY-MM.
        last: The last one.
    """

    first: str
    last: str


@dataclass(frozen=True, kw_only=True)
class Artifacts:
    """The files of a bundle that are for people. Older models have none of them.

    Attributes:
        forecast_range: The months with forecasts; None without a forecast.
        target: The column that is predicted.
        columns: The columns that are needed for it.
    """

    forecast_range: ForecastRange | None = None
    target: str = ""
    columns: tuple[str, ...] = ()
    _forecast: Compressed[Forecast] | None = field(default=None, repr=False)
    _report: bytes | None = field(default=None, repr=False)
    _template: bytes | None = field(default=None, repr=False)

    @classmethod
    def from_bundle(cls, bundle: Bundle) -> Artifacts:
        """Take them from a verified bundle.

        Raises:
            ModelFormatError: The forecast or the table of features cannot be understood.
        """
        rows, report = bundle.files.get(FEATURES), bundle.files.get(REPORT)
        file = forecast_file(bundle.files) or FORECAST_FILE
        document = bundle.files.get(file)
        read = partial(decode_forecast, where=bundle.label, file=file)
        packed = (
            Compressed(document, read, growth=FORECAST_GROWTH) if document is not None else None
        )
        columns = tuple(feature.name for feature in bundle.sidecar.features)
        template = _template(rows, columns, where=bundle.label) if rows else None
        return cls(
            forecast_range=_reach(read(document)) if document is not None else None,
            target=bundle.sidecar.target.name,
            columns=columns,
            _forecast=packed,
            _report=None if report is None else zlib.compress(report),
            _template=None if template is None else zlib.compress(template),
        )

    @property
    def forecast(self) -> Forecast | None:
        """The forecasts by month; from the first time on they are at hand."""
        return None if self._forecast is None else self._forecast.value

    @property
    def report(self) -> bytes | None:
        """A page that stands by itself."""
        return None if self._report is None else zlib.decompress(self._report)

    @property
    def has_report(self) -> bool:
        """Whether there is one."""
        return self._report is not None

    @property
    def has_template(self) -> bool:
        """Whether there are rows to begin with."""
        return self._template is not None

    @property
    def forecast_json(self) -> dict[str, object] | None:
        """The forecast as a response has it."""
        return None if self._forecast is None else response_fields(self._forecast.decoded())

    @property
    def template(self) -> bytes | None:
        """The newest rows that were learnt from as CSV, without what is predicted."""
        return None if self._template is None else zlib.decompress(self._template)

    @property
    def memory_bytes(self) -> int:
        """Bytes of memory they take now, without what the schema has too."""
        packed = 0 if self._forecast is None else self._forecast.memory_bytes
        return packed + len(self._report or b"") + len(self._template or b"")


def _reach(known: Forecast) -> ForecastRange:
    return ForecastRange(first=known.first, last=known.last)


def _template(table: bytes, columns: Sequence[str], *, where: str) -> bytes:
    """The head and the newest rows of a table as CSV, without what is predicted."""
    lines = csv.reader(io.StringIO(_newest(table).decode(errors="replace"), newline=""))
    try:
        head = next(lines)
        kept = [place for place, name in enumerate(head) if _is_kept(place, name, columns)]
        newest = deque(lines, maxlen=TEMPLATE_ROWS)
        chosen = [[row[place] for place in kept] for row in (head, *newest)]
    except (csv.Error, IndexError) as error:
        reason = f"has no rows that could be filled in ({error})"
        raise ModelFormatError(model=f"{where}: {FEATURES}", reason=reason) from error
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(chosen)
    return written.getvalue().encode()


def _newest(table: bytes) -> bytes:
    """The head and the newest rows of a table; all of it where lines need not be rows.

    No more lines are made than are wanted: each takes more memory than a short line has bytes.
    """
    if b'"' in table:
        return table
    head, _, rows = table.partition(b"\n")
    return b"\n".join((head, *rows.rsplit(b"\n", TEMPLATE_ROWS + 1)[-TEMPLATE_ROWS - 1 :]))


def _is_kept(place: int, name: str, columns: Sequence[str]) -> bool:
    """Whether a column stays: the months in front too, unless the model has such a column."""
    if place == 0 and name == MONTH:
        return MONTH not in columns
    return name in columns
