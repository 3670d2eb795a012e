"""The report of one benchmark: tables, targets and notes, printed and written to files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import rich.table
from rich.console import Console

from benchmarks.statistics import TargetResult

FOLDER = Path("build") / "bench"
WIDTH = 130  # of a table; in a log rich assumes 80 columns
TARGET_COLUMNS = ("target", "bound", "median", "min - max", "result")


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table.

    Attributes:
        title: Its title.
        columns: The headings; the first column is text, the others are numbers.
        rows: The cells.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def to_rich(self) -> rich.table.Table:
        """The table for the terminal."""
        table = rich.table.Table(title=self.title)
        for index, heading in enumerate(self.columns):
            table.add_column(heading, justify="right" if index else "left")
        for row in self.rows:
            table.add_row(*row)
        return table

    def to_markdown(self, *, level: int = 2) -> str:
        """The table as Markdown under a heading."""
        rule = ("---", *("--:" for _ in self.columns[1:]))
        lines = (f"| {' | '.join(cells)} |" for cells in (self.columns, rule, *self.rows))
        return f"{'#' * level} {self.title}\n\n" + "\n".join(lines) + "\n"


@dataclass(frozen=True, kw_only=True)
class Report:
    """The results of one run of one benchmark.

    Attributes:
        part: The name of the benchmark, and of its files.
        title: What was measured.
        tables: Its tables.
        targets: Its targets with their measurements.
        notes: Explanations of the tables.
        environment: Machine, versions and options, by topic.
        charts: Files of its charts.
        measurements: All measurements.
    """

    part: str
    title: str
    tables: Sequence[Table]
    targets: Sequence[TargetResult] = ()
    notes: Sequence[str] = ()
    environment: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    charts: Sequence[str] = ()
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
        print("written:", *self.write(), *self.charts)

    def write(self, folder: Path = FOLDER) -> tuple[Path, Path]:
        """Write JSON and Markdown; return their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        data, page = folder / f"{self.part}.json", folder / f"{self.part}.md"
        document = msgspec.json.encode(self, enc_hook=float)  # of numpy's numbers
        data.write_bytes(msgspec.json.format(document))
        page.write_text(self.to_markdown(level=1), encoding="utf-8")
        return data, page

    def to_markdown(self, *, level: int) -> str:
        """The tables under a heading of a level, then the notes and the environment."""
        environment = [f"{topic}: {_join(facts)}" for topic, facts in self.environment.items()]
        tables = [table.to_markdown(level=level + 1) for table in self._tables()]
        notes = [f"- {note}" for note in (*self.notes, *environment)]
        return "\n".join([f"{'#' * level} {self.title}\n", *tables, *notes, ""])

    def _tables(self) -> list[Table]:
        if not self.targets:
            return list(self.tables)
        rows = tuple(target.cells for target in self.targets)
        return [*self.tables, Table(title="Targets", columns=TARGET_COLUMNS, rows=rows)]


def _join(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())
