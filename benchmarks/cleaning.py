"""The repair of lost decimal points: its time, and how that grows with the table.

Each round cleans the raw table of the source, then the sample's table repeated to more series, then
to more months. Fails if a value of a repeated series is not that of the original.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import NamedTuple

import click
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks import charts
from benchmarks.environment import (
    BenchmarkError,
    count_option,
    describe,
    numbers_option,
    source_option,
    timed,
)
from benchmarks.job import read_raw_files
from benchmarks.report import Report, Table
from benchmarks.statistics import Rounds, Target, growth_exponent, spread
from milkprice.data.cleaning.decimals import Floats
from milkprice.data.cleaning.macro import Grid, arrange, clean_macro
from milkprice.data.formats import names
from milkprice.data.raw import RAW_MACRO, ROW, read_raw
from milkprice.data.sample import generate

LAST_MONTH = pd.Period("2021-02", freq="M")
TOLERANCE = 1e-9  # of a logarithm
COLUMNS = ("series", "months", "cells", "seconds", "min - max", "ns a cell")


class Size(NamedTuple):
    """The size of a table."""

    series: int
    months: int

    @property
    def cells(self) -> int:
        """The number of its cells."""
        return self.series * self.months


Times = Mapping[Size, Rounds]  # seconds


@click.command(help=__doc__)
@count_option("--rounds", 3, "Rounds.")
@numbers_option("--series", "84,300,1000,3000,10000", "Numbers of series.")
@numbers_option("--months", "614,2000,6000", "Numbers of months.")
@source_option
def main(rounds: int, series: list[int], months: list[int], source: str) -> None:
    """Measure and report."""
    environment = describe()
    text = read_raw(read_raw_files(source).files[names.MACRO_FILE], RAW_MACRO)
    grid = sample_grid()
    original = _clean(scaled_text(grid, series=len(grid.columns), months=len(grid.text)))[0]
    source_times: list[float] = []
    by_series: dict[Size, list[float]] = {Size(count, months[0]): [] for count in series}
    by_months: dict[Size, list[float]] = {Size(series[0], count): [] for count in months}
    _clean(text)  # a first run, which is slower
    for _ in range(rounds):
        source_times.append(_clean(text)[1])
        for size, times in (*by_series.items(), *by_months.items()):
            values, seconds = _clean(scaled_text(grid, **size._asdict()))
            check(values, original)
            times.append(seconds)
    curves = {"more series": by_series, "more months": by_months}
    charts.lines(
        "cleaning",
        {name: _curve(times) for name, times in curves.items()},
        title="Cleaning with repair",
        x="cells",
        y="seconds",
    )
    Report(
        part="cleaning",
        title=f"Cleaning with repair: {rounds} rounds",
        tables=[_table("More series", by_series), _table("More months", by_months)],
        targets=[
            Target(name="cleaning with repair, 84 series x 614 months", values=source_times,
                   at_most=0.2, unit=" s"),
            Target(name="exponent of time over series", values=growth(by_series, "series"),
                   at_most=1.1),
            Target(name="exponent of time over months", values=growth(by_months, "months"),
                   at_most=1.1),
        ],
        notes=[f"The first target is of the {len(text)} rows of the source {source!r}."],
        environment=environment,
        measurements={
            "source": source_times,
            **{name: [[*size, *s] for size, s in times.items()] for name, times in curves.items()},
        },
    ).publish()  # fmt: skip


def growth(times: Times, axis: str) -> Rounds:
    """The exponent of time over an axis, fitted in each round; none for one size only."""
    sizes = [getattr(size, axis) for size in times]
    if len(sizes) < 2:
        return []
    return [growth_exponent(sizes, seconds) for seconds in zip(*times.values(), strict=True)]


def check(values: Floats, original: Floats) -> None:
    """Compare repeated series with the original ones.

    Nothing is known of the level of a repeated series, which has a name of its own: all its values
    may be off by the same power of ten.

    Raises:
        BenchmarkError: A value differs.
    """
    months, series = values.shape
    known = original.shape[1]
    expected = original[np.ix_(reflect(len(original), months), np.arange(series) % known)]
    with np.errstate(invalid="ignore", divide="ignore"):
        powers = np.log10(values / expected)
    levels = np.rint(np.nanmedian(powers, axis=0))
    levels[:known] = 0
    wrong = np.abs(powers - levels) > TOLERANCE
    if wrong.any() or (np.isnan(values) != np.isnan(expected)).any():
        raise BenchmarkError(f"{wrong.sum()} cells of {months} x {series} have another value.")


def sample_grid() -> Grid:
    """The raw cells of the sample's macro table, one row a month."""
    text = read_raw(generate().files[names.MACRO_FILE], RAW_MACRO)
    grid, _ = arrange(text, as_of=LAST_MONTH)
    return grid


def scaled_text(grid: Grid, *, series: int, months: int) -> pd.DataFrame:
    """Make a raw macro table of any size up to `LAST_MONTH`, as `read_raw` reads one.

    Series are repeated side by side. In time they are reflected, so that no value jumps where two
    repetitions meet and every decimal point can be repaired as in the original.
    """
    known = list(grid.columns)
    positions = np.arange(series) % len(known)
    text = grid.text[np.ix_(reflect(len(grid.text), months), positions)]
    labels = known[:series]
    labels += [f"{known[number % len(known)]}_{number}" for number in range(len(known), series)]
    table = pd.DataFrame(text, columns=labels, index=pd.RangeIndex(2, months + 2, name=ROW))
    dates = [f"{LAST_MONTH - back}-01 00:00:00 UTC" for back in range(months - 1, -1, -1)]
    table.insert(0, names.PERIOD, dates)
    return table


def reflect(length: int, count: int) -> NDArray[np.int64]:
    """Positions that run to and fro over a length, and end at its last one."""
    back = np.arange(count)[::-1] % (2 * length)
    positions: NDArray[np.int64] = np.where(back < length, length - 1 - back, back - length)
    return positions


def _clean(text: pd.DataFrame) -> tuple[Floats, float]:
    gc.collect()
    result, seconds = timed(clean_macro, text, as_of=pd.Period.now("M"))
    return result.table.to_numpy(), seconds


def _table(title: str, times: Times) -> Table:
    rows = [
        (*size, size.cells, seconds, spread(seconds), [one / size.cells * 1e9 for one in seconds])
        for size, seconds in times.items()
    ]
    return Table.of(title, COLUMNS, rows)


def _curve(times: Times) -> tuple[list[float], list[float]]:
    return [size.cells for size in times], [float(np.median(one)) for one in times.values()]


if __name__ == "__main__":
    main()
