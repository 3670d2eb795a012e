"""A run as a whole: shown, and written as JSON for programs and Markdown for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from benchmarks.serving.results import Results
from benchmarks.serving.table import Sheet, notes, sheets
from benchmarks.serving.targets import TARGETS, Target


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything about one run.

    Attributes:
        title: What was measured.
        results: What came out.
        facts: By topic, what it was measured with.
    """

    title: str
    results: Results
    facts: Mapping[str, Mapping[str, Any]]

    def show(self, screen: Console) -> None:
        """Print it."""
        for sheet in self._sheets():
            screen.print(sheet.for_screen())
        for note in notes(self.results):
            screen.print(f"- {note}", highlight=False)

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write ``serving.json`` and ``serving.md``; where they are."""
        json, page = folder / "serving.json", folder / "serving.md"
        json.write_bytes(orjson.dumps(self._json(), option=orjson.OPT_INDENT_2))
        page.write_text(self._markdown())
        return json, page

    def _sheets(self) -> Sequence[Sheet]:
        return sheets(self.results, title=self.title)

    def _json(self) -> dict[str, Any]:
        turns = self.results.turns.items()
        return {
            **self.facts,
            "turns": {name: [asdict(turn) for turn in some] for name, some in turns},
            "absent": {one.name: one.absent for one in self.results.contenders if one.absent},
            "targets": [self._target(target) for target in TARGETS],
        }

    def _target(self, target: Target) -> dict[str, Any]:
        ratio = target.ratio(self.results)
        measured = {"ratio": asdict(ratio), "met": target.is_met(ratio)} if ratio else {}
        return {**asdict(target), "ratio": None, "met": None, **measured}

    def _markdown(self) -> str:
        facts = [f"{topic}: {_listed(values)}" for topic, values in self.facts.items()]
        return "\n".join(
            [
                "# Serving, side by side\n",
                *(sheet.markdown() for sheet in self._sheets()),
                *(f"- {note}" for note in [*notes(self.results), *facts]),
                "",
            ]
        )


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())
