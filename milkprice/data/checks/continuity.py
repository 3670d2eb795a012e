"""What can be wrong with a source beside what the champion knew of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from milkprice.data.checks.finding import Finding
from milkprice.data.checks.snapshot import Reference, Snapshot, by_file
from milkprice.data.formats import names
from milkprice.data.formats.series import model_series
from milkprice.text import and_others, join_names, month_span

# National accounts are revised all the time, the latest quarters most. A tenth of everything is no
# revision but another unit, another base year or another file.
LEAST_REVISION = 1e-6  # relative; less is the file's own rounding
MOST_REVISED = 0.10
# A column in another unit or of another base year: nearly all of its values by one factor, but for
# the digits that either file rounds off.
SAME_FACTOR, NEARLY_ALL = 0.005, 0.9
LEAST_FACTOR = 2 * SAME_FACTOR  # away from 1
LEAST_VALUES = 12  # fewer agree by chance


def missing_months(came: Snapshot, memory: Reference) -> Iterator[Finding]:
    """Months that the champion knew and that are gone, of all columns of a file or of some."""
    now = came.series
    for file, was in by_file(_shared(memory.series, now)).items():
        gone = was.notna() & now.reindex(was.index)[list(was.columns)].isna()
        months = was.index[gone.any(axis=1)].union(_after_the_end(came, memory, file))
        if len(months):
            columns = list(was.columns[gone.any()])
            where = "" if len(columns) in (0, was.shape[1]) else f" of {join_names(columns)}"
            reason = f"{file} lacks {month_span(list(months))}{where} that the champion knew"
            yield Finding("missing months", stop=True, reason=reason)


def columns(came: Snapshot, memory: Reference) -> Iterator[Finding]:
    """Columns that the champion learnt from and that are gone, and new ones that models look at."""
    now = came.series
    for file, was in by_file(memory.series).items():
        gone = [name for name in was.columns if name not in now]
        if gone:
            reason = f"{file} lacks {join_names(gone)}, which the champion learnt from"
            yield Finding("columns", stop=True, reason=reason)
    seen = model_series(list(came.tables.macro.columns))
    new = [name for name in seen if name not in memory.series]
    if new and names.MACRO_FILE in memory.ends:
        reason = f"{names.MACRO_FILE} has {join_names(new)}, which the champion did not know"
        yield Finding("columns", stop=False, reason=reason)


def values(came: Snapshot, memory: Reference) -> Iterator[Finding]:
    """Past values that are given otherwise now: columns in another unit, and then all others."""
    was = _shared(memory.series, came.series)
    now = came.series.reindex(was.index)[list(was.columns)]
    found = factors(now, was)
    yield from _units(was, found)
    yield from _revisions(now, was.drop(columns=list(found)))


def newest_month(came: Snapshot, memory: Reference) -> Iterator[Finding]:
    """No file that reaches further than when the champion learnt."""
    ends = came.ends
    if all(ends.get(file) == end for file, end in memory.ends.items()):
        newest = max(memory.ends.values())
        reason = f"nothing new: the newest month is still {newest}"
        yield Finding("newest month", stop=False, reason=reason)


def factors(now: pd.DataFrame, was: pd.DataFrame) -> dict[str, float]:
    """How many times larger those columns are whose values nearly all moved by one factor."""
    found = {}
    for name in was.columns:
        told = was[name].notna() & now[name].notna() & ((was[name] != 0) | (now[name] != 0))
        with np.errstate(divide="ignore"):
            ratios = now[name][told].to_numpy() / was[name][told].to_numpy()
        if len(ratios) < LEAST_VALUES:
            continue
        factor = float(np.median(ratios))
        if not 0 < abs(factor) < np.inf or abs(factor - 1) <= LEAST_FACTOR:
            continue
        if np.mean(np.abs(ratios / factor - 1) <= SAME_FACTOR) >= NEARLY_ALL:
            found[str(name)] = factor
    return found


def _units(was: pd.DataFrame, found: dict[str, float]) -> Iterator[Finding]:
    """Columns revised nearly everywhere by one factor."""
    for file, part in by_file(was).items():
        here = {str(name): found[str(name)] for name in part.columns if str(name) in found}
        if here:
            name, factor = next(iter(here.items()))
            reason = (
                f"{file}: {name} is {factor:.4g} times what the champion knew in nearly every "
                f"month, another unit or base year{and_others(list(here))}"
            )
            yield Finding("units", stop=True, reason=reason)


def _revisions(now: pd.DataFrame, was: pd.DataFrame) -> Iterator[Finding]:
    """Some of the past values of a file."""
    for file, part in by_file(was).items():
        old, new = part.to_numpy(), now[list(part.columns)].to_numpy()
        share = relative_changes(new, old)
        revised = int((share > LEAST_REVISION).sum())
        compared = int((~np.isnan(share)).sum())
        if revised:
            row, column = divmod(int(np.nanargmax(share)), share.shape[1])
            stop = revised > MOST_REVISED * compared
            over = f", over {MOST_REVISED:.0%}" if stop else ""
            reason = (
                f"{file}: {revised} of {compared} past values revised{over}, most of all "
                f"{part.columns[column]} of {part.index[row]}: {old[row, column]:g} is now "
                f"{new[row, column]:g}"
            )
            yield Finding("revisions", stop=stop, reason=reason)


def _shared(values: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    return values[[name for name in values.columns if name in now]]


def _after_the_end(came: Snapshot, memory: Reference, file: str) -> pd.PeriodIndex:
    """Months between where a file ends and where it ended."""
    ends, ended = came.ends.get(file), memory.ends.get(file)
    if ends is None or ended is None:  # then its cells tell
        return pd.PeriodIndex([], freq="M")
    return pd.period_range(ends + 1, ended, freq="M")


def relative_changes(now: np.ndarray, before: np.ndarray) -> np.ndarray:
    """How far values differ, relative to the larger of both; NaN where one of them is not known."""
    scale = np.maximum(np.abs(now), np.abs(before))
    shares: np.ndarray = np.abs(now - before) / np.where(scale > 0, scale, 1.0)
    return shares
