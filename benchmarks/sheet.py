"""A table before it has a form: for a screen, for Markdown, for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from benchmarks.target import Verdict

VERDICTS = ("target", "wanted", "median", "least - most", "verdict")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Cells under headings.

    Attributes:
        title: What it shows.
        headings: One a column; the first column is text, the others are numbers.
        rows: The cells.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def for_screen(self) -> Table:
        """The table as rich draws it."""
        table = Table(title=self.title)
        for place, heading in enumerate(self.headings):
            table.add_column(heading, justify="right" if place else "left")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self, *, level: int = 2) -> str:
        """The table as Markdown under a heading."""
        rule = ("---", *("--:" for _ in self.headings[1:]))
        lines = (f"| {' | '.join(cells)} |" for cells in (self.headings, rule, *self.rows))
        return f"{'#' * level} {self.title}\n\n" + "\n".join(lines) + "\n"

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Sheet:
        """Read it from JSON."""
        return cls(
            title=plain["title"],
            headings=tuple(plain["headings"]),
            rows=tuple(tuple(map(str, row)) for row in plain["rows"]),
        )


def verdict_sheet(verdicts: Sequence[Verdict], *, title: str = "Targets") -> Sheet:
    """Put verdicts into a table."""
    rows = tuple(verdict.cells for verdict in verdicts)
    return Sheet(title=title, headings=VERDICTS, rows=rows)
