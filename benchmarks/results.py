"""All parts of the last run on one page: ``benchmarks/RESULTS.md``, from build/bench/*.json.

    python -m benchmarks.results

Parts may be run one by one, in any order; one that has not been run is named as such.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

import orjson

from benchmarks.document import FOLDER, Document
from benchmarks.sheet import Sheet

PAGE = Path(__file__).with_name("RESULTS.md")
HEADINGS = ("part", "target", "wanted", "median", "least - most", "verdict")
# By the name of its file, how a part is run.
PARTS = {
    "training": "make bench-training",
    "cleaning": "make bench-cleaning",
    "serving": "make bench-serving",
    "batch": "make bench-batch",
    "pipeline": "make bench-pipeline",
    "start": "make bench-start",
    "many_models": "make bench-models",
    "series": "make bench-series",
}


def read_parts(folder: Path) -> tuple[dict[str, Document], dict[str, str]]:
    """Read what has been run; documents by part, and the day of each."""
    found = {part: folder / f"{part}.json" for part in PARTS}
    present = {part: path for part, path in found.items() if path.exists()}
    documents = {
        part: Document.of(orjson.loads(path.read_bytes())) for part, path in present.items()
    }
    days = {
        part: datetime.fromtimestamp(path.stat().st_mtime, timezone.utc).strftime("%Y-%m-%d %H:%M")
        for part, path in present.items()
    }
    return documents, days


def compiled(documents: Mapping[str, Document], days: Mapping[str, str]) -> str:
    """Write the page: targets of all parts first, then each part."""
    missing = [f"- not run: {name} (`{PARTS[name]}`)" for name in PARTS if name not in documents]
    whole = summary(documents)
    return "\n".join(
        [
            "# Benchmark\n",
            "Written by `make bench`; each number is of one machine, and only ratios of one run "
            "say anything of another. Ranges are over rounds; a target is judged by the median.\n",
            counted(whole) + "\n",
            *(f"{line}" for line in missing),
            *([""] if missing else []),
            whole.markdown(level=2),
            *(_part(documents[name], days[name]) for name in PARTS if name in documents),
        ]
    )


def summary(documents: Mapping[str, Document]) -> Sheet:
    """All targets in one table."""
    rows = tuple(
        (name, *verdict.cells)
        for name in PARTS
        if name in documents
        for verdict in documents[name].verdicts
    )
    return Sheet(title="Targets", headings=HEADINGS, rows=rows)


def counted(whole: Sheet) -> str:
    """Say how many targets were met, and how many not."""
    words = [row[-1] for row in whole.rows]
    met = sum(word.startswith("met") for word in words)
    missed = sum(word.startswith("MISSED") for word in words)
    return f"{met} targets met, {missed} missed, {len(words) - met - missed} not measured."


def main(arguments: Sequence[str] | None = None) -> int:  # noqa: ARG001  there are none
    """Compile the page."""
    PAGE.write_text(compiled(*read_parts(FOLDER)), encoding="utf-8")
    print("written:", PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE)
    return 0


def _part(document: Document, day: str) -> str:
    return document.markdown(level=2) + f"- run: {day} UTC, `{PARTS[document.part]}`\n"


if __name__ == "__main__":
    sys.exit(main())
