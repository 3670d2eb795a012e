"""The reports of all benchmarks on one page: ``benchmarks/RESULTS.md``, from build/bench/*.json.

    python -m benchmarks.results

Benchmarks may be run one by one, in any order; one that has not been run is listed as such.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.report import FOLDER, TARGET_COLUMNS, Report, Table

PAGE = Path(__file__).with_name("RESULTS.md")
# How each is run, by the name of its files.
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


def main(arguments: Sequence[str] | None = None) -> int:  # noqa: ARG001  there are none
    """Compile the page."""
    PAGE.write_text(compile_page(FOLDER), encoding="utf-8")
    print("written:", PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE)
    return 0


def compile_page(folder: Path) -> str:
    """The page: first the targets of all benchmarks, then each report."""
    paths = {part: folder / f"{part}.json" for part in PARTS}
    reports = {part: Report.read(path) for part, path in paths.items() if path.exists()}
    missing = [f"- not run: {part} (`{PARTS[part]}`)" for part in PARTS if part not in reports]
    targets = _targets(reports)
    return "\n".join(
        [
            "# Benchmark\n",
            "Written by `make bench`; each number is of one machine, and only ratios of one run "
            "say anything of another. Ranges are over rounds; a target is judged by the median.\n",
            _count(targets) + "\n",
            *missing,
            *([""] if missing else []),
            targets.to_markdown(level=2),
            *(_section(report, paths[part]) for part, report in reports.items()),
        ]
    )


def _targets(reports: Mapping[str, Report]) -> Table:
    rows = tuple(
        (part, *target.cells) for part, report in reports.items() for target in report.targets
    )
    return Table(title="Targets", columns=("part", *TARGET_COLUMNS), rows=rows)


def _count(targets: Table) -> str:
    results = [row[-1] for row in targets.rows]
    met = sum(result.startswith("met") for result in results)
    missed = sum(result.startswith("MISSED") for result in results)
    return f"{met} targets met, {missed} missed, {len(results) - met - missed} not measured."


def _section(report: Report, path: Path) -> str:
    time = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
    return (
        report.to_markdown(level=2) + f"- run: {time:%Y-%m-%d %H:%M} UTC, `{PARTS[report.part]}`\n"
    )


if __name__ == "__main__":
    sys.exit(main())
