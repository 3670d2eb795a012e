"""The report of one benchmark: tables, targets and notes, printed and written to a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import rich.table
from rich.console import Console

from benchmarks.statistics import Rounds, Target, format_number, median

FOLDER = Path("build") / "bench"
WIDTH = 130  # of a table; in a log rich assumes 80 columns
TARGET_COLUMNS = ("target", "bound", "median", "min - max", "result")

Cell = str | float | Rounds


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of text; the first column is aligned to the left, the others to the right."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    @classmethod
    def of(cls, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Table:
        """Make a table of texts, numbers and measurements, which are shown as their medians."""
        cells = [[_format_cell(cell) for cell in row] for row in rows]
        return cls(title=title, columns=columns, rows=cells)

    def to_rich(self) -> rich.table.Table:
        """The table for the terminal."""
        table = rich.table.Table(title=self.title)
        for index, heading in enumerate(self.columns):
            table.add_column(heading, justify="right" if index else "left")
        for row in self.rows:
            table.add_row(*row)
        return table

    def to_markdown(self, *, level: int) -> str:
        """The table as Markdown under a heading."""
        rule = ("---", *("--:" for _ in self.columns[1:]))
        lines = (f"| {' | '.join(cells)} |" for cells in (self.columns, rule, *self.rows))
        return f"{'#' * level} {self.title}\n\n" + "\n".join(lines) + "\n"


@dataclass(frozen=True, kw_only=True)
class Report:
    """The results of one run of one benchmark.

    Attributes:
        part: The name of the benchmark, and of its file.
        title: What was measured.
        tables: Its tables.
        targets: Its targets with their measurements.
        notes: Explanations of the tables.
        environment: Machine, versions and options, by topic.
        measurements: All measurements.
    """

    part: str
    title: str
    tables: Sequence[Table]
    targets: Sequence[Target] = ()
    notes: Sequence[str] = ()
    environment: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    measurements: Any = None

    @classmethod
    def read(cls, path: Path) -> Report:
        """Read the JSON that ``write`` has written."""
        return msgspec.json.decode(path.read_bytes(), type=cls)

    def publish(self) -> None:
        """Print it, and write it where `benchmarks.results` reads it."""
        console = Console(width=max(Console().width, WIDTH))
        for table in self._tables():
            console.print(table.to_rich())
        for note in self.notes:
            console.print(f"- {note}", highlight=False, markup=False)
        print("written:", self.write())

    def write(self, folder: Path = FOLDER) -> Path:
        """Write it as JSON; returns the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.part}.json"
        document = msgspec.json.encode(self, enc_hook=float)  # of numpy's numbers
        path.write_bytes(msgspec.json.format(document))
        return path

    def to_markdown(self) -> str:
        """The section of the page: tables, notes and environment."""
        environment = [f"{topic}: {_join(facts)}" for topic, facts in self.environment.items()]
        tables = [table.to_markdown(level=3) for table in self._tables()]
        notes = [f"- {note}" for note in (*self.notes, *environment)]
        return "\n".join([f"## {self.title}\n", *tables, *notes, ""])

    def _tables(self) -> list[Table]:
        if not self.targets:
            return list(self.tables)
        return [*self.tables, Table.of("Targets", TARGET_COLUMNS, (t.cells for t in self.targets))]


def _format_cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int):
        return f"{cell:,}"
    return format_number(cell) if isinstance(cell, float) else median(cell)


def _join(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())
