"""The reports of all benchmarks on one page: ``benchmarks/RESULTS.md``, from build/bench/*.json.

Benchmarks may be run one by one, in any order; one that has not been run is listed as such.
"""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from benchmarks.report import FOLDER, TARGET_COLUMNS, Report, Table

PAGE = Path(__file__).with_name("RESULTS.md")
PARTS = (
    "training", "cleaning", "forecast", "forecasters", "serving", "batch", "pipeline", "start",
    "many_models", "series",
)  # fmt: skip


def compile_page(folder: Path) -> str:
    """The page: first the targets of all benchmarks, then each report."""
    paths = {part: folder / f"{part}.json" for part in PARTS}
    reports = {part: Report.read(path) for part, path in paths.items() if path.exists()}
    missing = [f"- not run: {part} (`{_command(part)}`)" for part in PARTS if part not in reports]
    targets = [(part, one) for part, report in reports.items() for one in report.targets]
    rows = [(part, *target.cells) for part, target in targets]
    results = [target.result for _, target in targets]
    met = sum(result.startswith("met") for result in results)
    missed = sum(result.startswith("MISSED") for result in results)
    return "\n".join(
        [
            "# Benchmark\n",
            "Written by `make bench`; each number is of one machine, and only ratios of one run "
            "say anything of another. Ranges are over rounds; a target is judged by the median.\n",
            f"{met} targets met, {missed} missed, {len(results) - met - missed} not measured.\n",
            *missing,
            *([""] if missing else []),
            Table.of("Targets", ("part", *TARGET_COLUMNS), rows).to_markdown(level=2),
            *(_section(report, paths[part]) for part, report in reports.items()),
        ]
    )


def _section(report: Report, path: Path) -> str:
    time = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
    return f"{report.to_markdown()}- run: {time:%Y-%m-%d %H:%M} UTC, `{_command(report.part)}`\n"


def _command(part: str) -> str:
    return f"make bench-{part.removeprefix('many_')}"


if __name__ == "__main__":
    PAGE.write_text(compile_page(FOLDER), encoding="utf-8")
    print("written:", PAGE)
