"""What a model may bring beside its arithmetic: its outlook, its report, rows to begin with.

Of most models nobody asks for any of it, and it is several hundred kilobytes; so it is compressed,
and only forecasts are kept as values once somebody has asked for one. To fetch it again instead
would take less memory still, but then a version that was pruned, or a store that is down, would
take the report away from a model that serves.
"""

from __future__ import annotations

import csv
import io
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import orjson

from milkprice import outlook
from milkprice.bundle import Bundle
from milkprice.errors import ModelFormatError
from milkprice.outlook import OUTLOOK, Outlook
from serving.models.packed import Packed

FEATURES, REPORT = "features.csv", "report.html"
MONTH = "month"
TEMPLATE_ROWS = 12
# An outlook as values takes 2.8 times its JSON; measured.
OUTLOOK_GROWTH = 2.8


@dataclass(frozen=True, kw_only=True)
class Reach:
    """The months that have forecasts.

    Attributes:
        first: The first one, YYYY-MM.
        last: The last one.
    """

    first: str
    last: str


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The files of a bundle that are for people. Older models have none of them.

    Attributes:
        reach: The months with forecasts; None without an outlook.
        target: The column that is predicted.
        columns: The columns that are needed for it.
    """

    reach: Reach | None = None
    target: str = ""
    columns: tuple[str, ...] = ()
    _outlook: Packed[Outlook] | None = field(default=None, repr=False)
    _report: bytes | None = field(default=None, repr=False)
    _template: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, bundle: Bundle) -> Parts:
        """Take them from a verified bundle.

        Raises:
            ModelFormatError: The outlook or the table of features cannot be understood.
        """
        rows, report = bundle.files.get(FEATURES), bundle.files.get(REPORT)
        document = bundle.files.get(OUTLOOK)
        read = partial(outlook.from_json, where=bundle.label)
        packed = Packed(document, read, growth=OUTLOOK_GROWTH) if document is not None else None
        columns = tuple(feature.name for feature in bundle.sidecar.features)
        template = _template(rows, columns, where=bundle.label) if rows else None
        return cls(
            reach=_reach(read(document)) if document is not None else None,
            target=bundle.sidecar.target.name,
            columns=columns,
            _outlook=packed,
            _report=None if report is None else zlib.compress(report),
            _template=None if template is None else zlib.compress(template),
        )

    @property
    def outlook(self) -> Outlook | None:
        """The forecasts by month; from the first time on they are at hand."""
        return None if self._outlook is None else self._outlook.value

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
    def document(self) -> dict[str, object] | None:
        """The outlook as it was published."""
        return None if self._outlook is None else orjson.loads(self._outlook.data)

    @property
    def template(self) -> bytes | None:
        """The newest rows that were learnt from as CSV, without what is predicted."""
        return None if self._template is None else zlib.decompress(self._template)

    @property
    def weight(self) -> int:
        """Bytes of memory they take now, without what the schema has too."""
        packed = 0 if self._outlook is None else self._outlook.weight
        return packed + len(self._report or b"") + len(self._template or b"")


def _reach(known: Outlook) -> Reach:
    return Reach(first=known.first, last=known.last)


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
