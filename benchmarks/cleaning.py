"""The repair of lost decimal points: its time, and how that grows with the table.

    python -m benchmarks.cleaning [--rounds N] [--series 84,...] [--months 614,...] [--source NAME]

Each round cleans the raw table of the source, then tables of more series, then of more months.
The values of repeated series are compared with the original ones: exits with 1 if one differs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from benchmarks import charts
from benchmarks.environment import CACHE, BenchmarkError, add_source, describe, numbers, parser
from benchmarks.report import Report, Table
from benchmarks.scaled_tables import CleaningTimes, Times, measure
from benchmarks.statistics import Summary, Target, growth_exponent
from milkprice.data.formats import names
from milkprice.data.sources import read_source
from milkprice.data.tables import RAW_MACRO, read_raw
from milkprice.registry.settings import StoreSettings

SERIES = (84, 300, 1000, 3000, 10000)
MONTHS = (614, 2000, 6000)
COLUMNS = ("series", "months", "cells", "seconds", "min - max", "ns a cell")
SECONDS = Target(name="cleaning with repair, 84 series x 614 months", at_most=0.2, unit=" s")
BY_SERIES = Target(name="exponent of time over series", at_most=1.1)
BY_MONTHS = Target(name="exponent of time over months", at_most=1.1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; 1 if a value differs."""
    options = _parser().parse_args(arguments)
    environment = describe()
    source = read_source(
        options.source, cache=CACHE, settings=StoreSettings.from_environment(os.environ)
    )
    text = read_raw(source.files[names.MACRO_FILE], RAW_MACRO)
    try:
        times = measure(text, series=options.series, months=options.months, rounds=options.rounds)
    except BenchmarkError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    Report(
        part="cleaning",
        title=f"Cleaning with repair: {options.rounds} rounds",
        tables=[_table("More series", times.by_series), _table("More months", times.by_months)],
        targets=[
            SECONDS.evaluate(Summary.of(times.source)),
            BY_SERIES.evaluate(growth(times.by_series, "series")),
            BY_MONTHS.evaluate(growth(times.by_months, "months")),
        ],
        notes=[f"The first target is of the {len(text)} rows of the source {options.source!r}."],
        environment=environment,
        charts=[_chart(times)],
        measurements={
            "source": times.source,
            "by_series": [[*size, *seconds] for size, seconds in times.by_series.items()],
            "by_months": [[*size, *seconds] for size, seconds in times.by_months.items()],
        },
    ).publish()
    return 0


def growth(times: Times, axis: str) -> Summary | None:
    """The exponent of time over an axis, fitted in each round; None for one size only."""
    sizes = [getattr(size, axis) for size in times]
    if len(sizes) < 2:
        return None
    rounds = zip(*times.values(), strict=True)
    return Summary.of([growth_exponent(sizes, seconds) for seconds in rounds])


def _table(title: str, times: Times) -> Table:
    rows = []
    for size, seconds in times.items():
        time = Summary.of(seconds)
        each = f"{time.median / size.cells * 1e9:,.0f}"
        counts = (f"{size.series:,}", f"{size.months:,}", f"{size.cells:,}")
        rows.append((*counts, str(time), time.range, each))
    return Table(title=title, columns=COLUMNS, rows=tuple(rows))


def _chart(measured: CleaningTimes) -> str:
    curves = {
        name: (
            [size.cells for size in times],
            [Summary.of(seconds).median for seconds in times.values()],
        )
        for name, times in (
            ("more series", measured.by_series),
            ("more months", measured.by_months),
        )
    }
    return charts.lines("cleaning", curves, title="Cleaning with repair", x="cells", y="seconds")


def _parser() -> argparse.ArgumentParser:
    result = parser("cleaning", __doc__, rounds=3)
    result.add_argument("--series", type=numbers, default=SERIES, help="84,300,...")
    result.add_argument("--months", type=numbers, default=MONTHS, help="614,2000,...")
    add_source(result)
    return result


if __name__ == "__main__":
    sys.exit(main())
