"""The repair of lost decimal points: how long it takes, and how that grows.

    python -m benchmarks.cleaning [--rounds N] [--series 84,...] [--months 614,...] [--source NAME]

Each round cleans the raw table of the source, then tables with more series, then with more
months. The values of repeated series are compared with those of the first 84: other values end
it with 1.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from benchmarks import charts, machine, options
from benchmarks.document import Document
from benchmarks.faults import BenchmarkError
from benchmarks.repair import Measured, Times, measure
from benchmarks.sheet import Sheet
from benchmarks.slope import slope
from benchmarks.spread import Spread
from benchmarks.table import CACHE
from benchmarks.target import Target, Verdict
from milkprice.data.formats import names
from milkprice.data.sources import read_source
from milkprice.data.tables import raw
from milkprice.registry.settings import StoreSettings

SERIES = (84, 300, 1000, 3000, 10000)
MONTHS = (614, 2000, 6000)
HEADINGS = ("series", "months", "cells", "seconds", "least - most", "ns a cell")
SECONDS = Target(
    sentence="cleaning with repair, 84 series x 614 months", bound=0.2, least=False, unit=" s"
)
BY_SERIES = Target(sentence="power of time in series, to the most", bound=1.1, least=False)
BY_MONTHS = Target(sentence="power of time in months, to the most", bound=1.1, least=False)


def verdicts(measured: Measured) -> list[Verdict]:
    """Hold the time and its growth against what is wanted."""
    return [
        SECONDS.verdict(Spread.of(measured.source)),
        BY_SERIES.verdict(growth(measured.by_series, "series")),
        BY_MONTHS.verdict(growth(measured.by_months, "months")),
    ]


def growth(times: Times, axis: str) -> Spread | None:
    """The power with which time grows, fitted in each round."""
    sizes = [getattr(size, axis) for size in times]
    if len(sizes) < 2:
        return None
    rounds = zip(*times.values(), strict=True)
    return Spread.of([slope(sizes, seconds) for seconds in rounds])


def sheets(measured: Measured) -> list[Sheet]:
    """Put both ways to grow into tables."""
    return [
        _sheet("More series", measured.by_series),
        _sheet("More months", measured.by_months),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 if a value came out otherwise."""
    chosen = _parser().parse_args(arguments)
    facts = machine.facts()
    raw_files = read_source(
        chosen.source, cache=CACHE, settings=StoreSettings.from_environment(os.environ)
    )
    text = raw.read_raw(raw_files.files[names.MACRO_FILE], raw.MACRO)
    try:
        measured = measure(text, series=chosen.series, months=chosen.months, rounds=chosen.rounds)
    except BenchmarkError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    Document(
        part="cleaning",
        title=f"Cleaning with repair: {chosen.rounds} rounds",
        sheets=sheets(measured),
        verdicts=verdicts(measured),
        notes=[f"The first target is of the {len(text)} rows of the source {chosen.source!r}."],
        facts=facts,
        charts=[_chart(measured)],
        measured=_plain(measured),
    ).publish()
    return 0


def _sheet(title: str, times: Times) -> Sheet:
    rows = []
    for size, seconds in times.items():
        spread = Spread.of(seconds)
        each = f"{spread.median / size.cells * 1e9:,.0f}"
        counts = (f"{size.series:,}", f"{size.months:,}", f"{size.cells:,}")
        rows.append((*counts, str(spread), spread.range, each))
    return Sheet(title=title, headings=HEADINGS, rows=tuple(rows))


def _chart(measured: Measured) -> str:
    curves = {
        name: ([size.cells for size in times], [Spread.of(some).median for some in times.values()])
        for name, times in (
            ("more series", measured.by_series),
            ("more months", measured.by_months),
        )
    }
    return charts.lines(
        "cleaning", curves, title="Cleaning with repair", across="cells", up="seconds"
    )


def _plain(measured: Measured) -> dict[str, object]:
    return {
        "source": measured.source,
        "by_series": [[*size, *some] for size, some in measured.by_series.items()],
        "by_months": [[*size, *some] for size, some in measured.by_months.items()],
    }


def _parser() -> argparse.ArgumentParser:
    parser = options.parser("cleaning", __doc__, rounds=3)
    parser.add_argument("--series", type=options.numbers, default=SERIES, help="84,300,...")
    parser.add_argument("--months", type=options.numbers, default=MONTHS, help="614,2000,...")
    parser.add_argument("--source", default="sample", help="raw files: sample, challenge, a folder")
    return parser


if __name__ == "__main__":
    sys.exit(main())
