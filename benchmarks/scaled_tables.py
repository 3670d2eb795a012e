"""The sample's macro table repeated to any size, and its cleaning timed and checked."""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.environment import BenchmarkError
from milkprice.data.cleaning.decimals import Floats
from milkprice.data.cleaning.macro import Grid, arrange, clean_macro
from milkprice.data.formats import names
from milkprice.data.sample import generate
from milkprice.data.tables import RAW_MACRO, ROW, read_raw

LAST_MONTH = pd.Period("2021-02", freq="M")
TOLERANCE = 1e-9  # of a logarithm


class Size(NamedTuple):
    """The size of a table."""

    series: int
    months: int

    @property
    def cells(self) -> int:
        """The number of its cells."""
        return self.series * self.months


Times = Mapping[Size, Sequence[float]]  # seconds of all rounds


@dataclass(frozen=True, kw_only=True)
class CleaningTimes:
    """The times of all rounds.

    Attributes:
        source: Seconds for the raw table itself.
        by_series: Seconds for tables of more and more series.
        by_months: Seconds for tables of more and more months.
    """

    source: Sequence[float]
    by_series: Times
    by_months: Times


def measure(
    text: pd.DataFrame, *, series: Sequence[int], months: Sequence[int], rounds: int
) -> CleaningTimes:
    """Clean the raw table and a table of each size once in each round.

    Raises:
        BenchmarkError: The values of a table are not those of the original.
    """
    grid = sample_grid()
    _, original = _clean(scaled_text(grid, series=len(grid.columns), months=len(grid.text)))
    source: list[float] = []
    by_series, by_months = (
        defaultdict[Size, list[float]](list),
        defaultdict[Size, list[float]](list),
    )
    sizes = [(by_series, Size(count, months[0])) for count in series]
    sizes += [(by_months, Size(series[0], count)) for count in months]
    _clean(text)  # a first run, which is slower
    for _ in range(rounds):
        source.append(_clean(text)[0])
        for times, size in sizes:
            seconds, table = _clean(scaled_text(grid, **size._asdict()))
            check(table.to_numpy(), original.to_numpy())
            times[size].append(seconds)
    return CleaningTimes(source=source, by_series=by_series, by_months=by_months)


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
    """Make a raw macro table of any size, as `read_raw` reads one.

    Series are repeated side by side. In time they are reflected, so that no value jumps where two
    repetitions meet and every decimal point can be repaired as in the original.

    Args:
        grid: The cells to repeat.
        series: The number of columns.
        months: The number of rows; the last is that of `LAST_MONTH`.
    """
    rows, columns = reflect(len(grid.text), months), np.arange(series) % len(grid.columns)
    text = grid.text[np.ix_(rows, columns)]
    labels = [_label(number, list(grid.columns)) for number in range(series)]
    table = pd.DataFrame(text, columns=labels, index=pd.RangeIndex(2, months + 2, name=ROW))
    dates = [f"{LAST_MONTH - back}-01 00:00:00 UTC" for back in range(months - 1, -1, -1)]
    table.insert(0, names.PERIOD, dates)
    return table


def reflect(length: int, count: int) -> NDArray[np.int64]:
    """Positions that run to and fro over a length, and end at its last one."""
    back = np.arange(count)[::-1] % (2 * length)
    positions: NDArray[np.int64] = np.where(back < length, length - 1 - back, back - length)
    return positions


def _label(number: int, known: list[str]) -> str:
    return known[number] if number < len(known) else f"{known[number % len(known)]}_{number}"


def _clean(text: pd.DataFrame) -> tuple[float, pd.DataFrame]:
    """Clean a table; returns seconds and the table."""
    gc.collect()
    start = time.perf_counter()
    result = clean_macro(text, as_of=pd.Period.now("M"))
    return time.perf_counter() - start, result.table
