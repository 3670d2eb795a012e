"""What the rules compare: a source as it is now, and what the champion knew of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from milkprice.data.cleaning import CleanTables
from milkprice.data.formats import names
from milkprice.data.formats.series import model_series
from milkprice.settings import CleaningMode, Delays

# A column in another unit or of another base year: nearly all of its values by one factor, but for
# the digits that either file rounds off.
SAME_FACTOR, NEARLY_ALL = 0.005, 0.9
LEAST_FACTOR = 2 * SAME_FACTOR  # away from 1
LEAST_VALUES = 12  # fewer agree by chance


TABLE = "the table"  # the file of a source that is one


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A source at the time of a run."""

    tables: CleanTables
    clean: CleaningMode = "repaired"
    delays: Delays = field(default_factory=Delays)
    is_milk: bool = True

    @cached_property
    def series(self) -> pd.DataFrame:
        """All raw values, months x series."""
        return pd.concat([self.tables.prices, self.tables.rainfall, self.tables.macro], axis=1)

    @property
    def file(self) -> str | None:
        """The file of all columns of a source that is one table, which has no rain of its own."""
        return None if self.tables.rainfall.shape[1] else TABLE

    @property
    def used(self) -> list[str]:
        """The macro series that models use: all of one table."""
        columns = list(self.tables.macro.columns)
        return columns if self.file else model_series(columns)

    @cached_property
    def ends(self) -> dict[str, pd.Period]:
        """The last month of each raw file with a value."""
        return ends_of(self.series, self.file)

    @property
    def cells(self) -> int:
        """Number of cells of the cleaned tables."""
        tables = (self.tables.prices, self.tables.rainfall, self.tables.macro)
        return int(sum(table.size for table in tables))

    def delay(self, file: str) -> int:
        """Months after its own in which a month of a raw file is published."""
        delays = (self.delays.prices, self.delays.rainfall, self.delays.macro)
        return dict(zip(names.RAW_FILES, delays, strict=True)).get(file, self.delays.prices)


@dataclass(frozen=True)
class Reference:
    """What a champion knew.

    Attributes:
        series: Raw values, months x series; NaN where it knew none, or kept none.
        ends: The last month it knew of each raw file.
        file: The file of all columns, if it was one table.
    """

    series: pd.DataFrame
    ends: Mapping[str, pd.Period]
    file: str | None = None

    def without(self, file: str) -> Reference:
        """The same but for one raw file."""
        others = [name for name in self.series.columns if file_of(str(name)) != file]
        ends = {name: end for name, end in self.ends.items() if name != file}
        return Reference(self.series[others], ends, self.file)


def kinds_differ(snapshot: Snapshot, reference: Reference) -> str:
    """Why a source of three files and a champion of one table, or the reverse, do not fit."""
    now, before = (one.file or "three files" for one in (snapshot, reference))
    return f"{before} made the champion and {now} would make another model"


def file_of(series: str) -> str:
    """The raw file that a series stands in."""
    if series == names.PRICE:
        return names.PRICES_FILE
    return names.RAINFALL_FILE if series in names.REGIONS else names.MACRO_FILE


def by_file(values: pd.DataFrame, file: str | None) -> dict[str, pd.DataFrame]:
    """Raw values split by the file they stand in, if not all in one; none without any."""
    if file is not None:
        return {} if values.empty else {file: values}
    files = [file_of(str(name)) for name in values.columns]
    parts = {file: values.loc[:, [one == file for one in files]] for file in names.RAW_FILES}
    return {file: part for file, part in parts.items() if not part.empty}


def ends_of(values: pd.DataFrame, file: str | None = None) -> dict[str, pd.Period]:
    """The last month of each raw file, or of the one file, with a value."""
    filled = {one: part.dropna(how="all").index for one, part in by_file(values, file).items()}
    return {one: months.max() for one, months in filled.items() if len(months)}


def jumps_of(prices: pd.Series, months: int, *, factor: float) -> pd.DataFrame:
    """Of the newest months those far from all before: value, least and most of as many before."""
    before = prices.rolling(months)
    table = pd.DataFrame(
        {"value": prices, "least": before.min().shift(1), "most": before.max().shift(1)}
    ).tail(months)
    far = (table["value"] >= factor * table["most"]) | (table["value"] * factor <= table["least"])
    return table[far]


def factors(now: pd.DataFrame, before: pd.DataFrame) -> dict[str, float]:
    """Factors by column, of those whose values nearly all changed by one factor."""
    changed = {}
    for name in before.columns:
        both = before[name].notna() & now[name].notna() & ((before[name] != 0) | (now[name] != 0))
        with np.errstate(divide="ignore"):
            ratios = now[name][both].to_numpy() / before[name][both].to_numpy()
        if len(ratios) < LEAST_VALUES:
            continue
        factor = float(np.median(ratios))
        if not 0 < abs(factor) < np.inf or abs(factor - 1) <= LEAST_FACTOR:
            continue
        if np.mean(np.abs(ratios / factor - 1) <= SAME_FACTOR) >= NEARLY_ALL:
            changed[str(name)] = factor
    return changed


def relative_changes(now: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64]:
    """Differences relative to the larger value; NaN where either is missing."""
    scale = np.maximum(np.abs(now), np.abs(before))
    changes: NDArray[np.float64] = np.abs(now - before) / np.where(scale > 0, scale, 1.0)
    return changes


def cut_off(snapshot: Snapshot, reference: Reference, file: str) -> pd.PeriodIndex:
    """Months between the end of a file now and its end before."""
    now, before = snapshot.ends.get(file), reference.ends.get(file)
    if now is None or before is None:  # its cells show it
        return pd.PeriodIndex([], freq="M")
    return pd.period_range(now + 1, before, freq="M")


def common_columns(values: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The values of the columns that there still are."""
    return values[[name for name in values.columns if name in now]]
