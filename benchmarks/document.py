"""What one part of the benchmark found: shown, and written as JSON and Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from benchmarks.sheet import Sheet, verdict_sheet
from benchmarks.target import Verdict

FOLDER = Path("build") / "bench"
WIDTH = 130  # of a table; a log is taken to be 80 columns otherwise


@dataclass(frozen=True, kw_only=True)
class Document:
    """Everything about one run of one part.

    Attributes:
        part: Its name, and that of its files.
        title: What was measured.
        sheets: Its tables.
        verdicts: Its targets and what became of them.
        notes: What has to be known to read the tables.
        facts: By topic, what it was measured with.
        charts: Files of its charts.
        measured: All numbers.
    """

    part: str
    title: str
    sheets: Sequence[Sheet]
    verdicts: Sequence[Verdict] = ()
    notes: Sequence[str] = ()
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    charts: Sequence[str] = ()
    measured: Any = None

    def show(self, screen: Console | None = None) -> None:
        """Print it."""
        screen = screen or Console(width=max(Console().width, WIDTH))
        for sheet in (*self.sheets, *self._targets()):
            screen.print(sheet.for_screen())
        for note in self.notes:
            screen.print(f"- {note}", highlight=False, markup=False)

    def write(self, folder: Path = FOLDER) -> tuple[Path, Path]:
        """Write JSON and Markdown; where they are."""
        folder.mkdir(parents=True, exist_ok=True)
        data, page = folder / f"{self.part}.json", folder / f"{self.part}.md"
        options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
        data.write_bytes(orjson.dumps(asdict(self), option=options))
        page.write_text(self.markdown(level=1), encoding="utf-8")
        return data, page

    def publish(self) -> None:
        """Print it and write it where `benchmarks.results` looks."""
        self.show()
        print("written:", *self.write(), *self.charts)

    def markdown(self, *, level: int) -> str:
        """The tables under a heading of a level, the notes and facts below."""
        facts = [f"{topic}: {_listed(values)}" for topic, values in self.facts.items()]
        tables = [one.markdown(level=level + 1) for one in (*self.sheets, *self._targets())]
        lines = [f"- {note}" for note in (*self.notes, *facts)]
        return "\n".join([f"{'#' * level} {self.title}\n", *tables, *lines, ""])

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Document:
        """Read it from JSON."""
        return cls(
            part=plain["part"],
            title=plain["title"],
            sheets=[Sheet.of(sheet) for sheet in plain["sheets"]],
            verdicts=[Verdict.of(verdict) for verdict in plain.get("verdicts", ())],
            notes=plain.get("notes", ()),
            facts=plain.get("facts", {}),
            charts=plain.get("charts", ()),
            measured=plain.get("measured"),
        )

    def _targets(self) -> list[Sheet]:
        return [verdict_sheet(self.verdicts)] if self.verdicts else []


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())
