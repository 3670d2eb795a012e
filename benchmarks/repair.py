"""Tables of every size cleaned, timed and compared with each other."""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.faults import BenchmarkError
from benchmarks.scaled import reflected, sample_grid, scaled_text
from milkprice.data.cleaning.decimals import Floats
from milkprice.data.cleaning.macro import clean_macro

ROUNDING = 1e-9  # of a logarithm


class Size(NamedTuple):
    """Of a table."""

    series: int
    months: int

    @property
    def cells(self) -> int:
        """How many there are."""
        return self.series * self.months


Times = Mapping[Size, Sequence[float]]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was timed.

    Attributes:
        source: Seconds of each run on the raw table as it is.
        by_series: The same of tables with more and more series.
        by_months: The same of tables with more and more months.
    """

    source: Sequence[float]
    by_series: Times
    by_months: Times


def measure(text: pd.DataFrame, *, series: Sequence[int], months: Sequence[int], rounds: int
            ) -> Measured:  # fmt: skip
    """Clean each table once a round."""
    grid = sample_grid()
    _, base = timed(scaled_text(grid, series=len(grid.columns), months=len(grid.text)))
    wide = [Size(count, months[0]) for count in series]
    long = [Size(series[0], count) for count in months]
    seconds: dict[str, list[float]] = {"source": []}
    times: dict[str, defaultdict[Size, list[float]]] = {
        "wide": defaultdict(list), "long": defaultdict(list)
    }  # fmt: skip
    timed(text)
    for _ in range(rounds):
        seconds["source"].append(timed(text)[0])
        for kind, sizes in (("wide", wide), ("long", long)):
            for size in sizes:
                took, table = timed(scaled_text(grid, **size._asdict()))
                check(table.to_numpy(), base.to_numpy())
                times[kind][size].append(took)
    return Measured(
        source=seconds["source"], by_series=times["wide"], by_months=times["long"]
    )  # fmt: skip


def timed(text: pd.DataFrame) -> tuple[float, pd.DataFrame]:
    """Clean a table; seconds, and what came out."""
    gc.collect()
    start = time.perf_counter()
    cleaned = clean_macro(text, as_of=pd.Period.now("M"))
    return time.perf_counter() - start, cleaned.table


def check(values: Floats, base: Floats) -> None:
    """Compare repeated series with the series they repeat.

    A repetition has a name of its own, by which nothing is known of its level: it may be off by a
    power of ten, the same in all its months.

    Raises:
        BenchmarkError: A value is another one.
    """
    months, series = values.shape
    known = base.shape[1]
    expected = base[np.ix_(reflected(len(base), months), np.arange(series) % known)]
    with np.errstate(invalid="ignore", divide="ignore"):
        powers = np.log10(values / expected)
    levels = np.rint(np.nanmedian(powers, axis=0))
    levels[:known] = 0
    wrong = np.abs(powers - levels) > ROUNDING
    if wrong.any() or (np.isnan(values) != np.isnan(expected)).any():
        raise BenchmarkError(f"{wrong.sum()} cells of {months} x {series} came out otherwise.")
