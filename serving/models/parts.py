"""What a model may bring beside its arithmetic: its outlook, its report, rows to begin with."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import orjson

from milkprice import outlook
from milkprice.bundle import Bundle
from milkprice.outlook import OUTLOOK, Outlook

FEATURES, REPORT = "features.csv", "report.html"
MONTH = "month"
TEMPLATE_ROWS = 12


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The files of a bundle that are for people. Older models have none of them.

    Attributes:
        files: Those that are there.
        outlook: The forecasts by month.
        target: The column that is predicted.
        columns: The columns that are needed for it.
    """

    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    outlook: Outlook | None = None
    target: str = ""
    columns: tuple[str, ...] = ()

    @classmethod
    def of(cls, bundle: Bundle) -> Parts:
        """Take them from a verified bundle.

        Raises:
            ModelFormatError: The outlook cannot be understood.
        """
        names = (OUTLOOK, FEATURES, REPORT)
        files = {name: bundle.files[name] for name in names if name in bundle.files}
        known = files.get(OUTLOOK)
        return cls(
            files=files,
            outlook=None if known is None else outlook.from_json(known, where=bundle.label),
            target=bundle.sidecar.target.name,
            columns=tuple(feature.name for feature in bundle.sidecar.features),
        )

    @property
    def report(self) -> bytes | None:
        """A page that stands by itself."""
        return self.files.get(REPORT)

    @property
    def has_template(self) -> bool:
        """Whether there are rows to begin with."""
        return bool(self.files.get(FEATURES))

    @cached_property
    def document(self) -> dict[str, object] | None:
        """The outlook as it was published."""
        known = self.files.get(OUTLOOK)
        return None if known is None else orjson.loads(known)

    @cached_property
    def template(self) -> bytes | None:
        """The newest rows that were learnt from as CSV, without what is predicted."""
        if not self.has_template:
            return None
        table = self.files[FEATURES].decode(errors="replace")
        head, *rows = csv.reader(io.StringIO(table, newline=""))
        kept = [place for place, name in enumerate(head) if self._is_kept(place, name)]
        chosen = [[row[place] for place in kept] for row in (head, *rows[-TEMPLATE_ROWS:])]
        written = io.StringIO(newline="")
        csv.writer(written, lineterminator="\n").writerows(chosen)
        return written.getvalue().encode()

    def _is_kept(self, place: int, name: str) -> bool:
        """Whether a column stays: the months in front too, unless the model has such a column."""
        if place == 0 and name == MONTH:
            return MONTH not in self.columns
        return name in self.columns
