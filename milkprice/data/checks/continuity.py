"""Rules that compare a source with what the champion knew of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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


def missing_months(snapshot: Snapshot, reference: Reference) -> Iterator[Finding]:
    """Months that the champion knew and that are gone, of all columns of a file or of some."""
    now = snapshot.series
    for file, before in by_file(_common_columns(reference.series, now)).items():
        gone = before.notna() & now.reindex(before.index)[list(before.columns)].isna()
        months = before.index[gone.any(axis=1)].union(_cut_off(snapshot, reference, file))
        if len(months):
            columns = list(before.columns[gone.any()])
            some = 0 < len(columns) < before.shape[1]
            where = f" of {join_names(columns)}" if some else ""
            reason = f"{file} lacks {month_span(list(months))}{where} that the champion knew"
            yield Finding("missing months", stop=True, reason=reason)


def columns(snapshot: Snapshot, reference: Reference) -> Iterator[Finding]:
    """Columns the champion was trained on that are gone, and new ones that models use."""
    now = snapshot.series
    for file, before in by_file(reference.series).items():
        gone = [name for name in before.columns if name not in now]
        if gone:
            reason = f"{file} lacks {join_names(gone)}, which the champion was trained on"
            yield Finding("columns", stop=True, reason=reason)
    used = model_series(list(snapshot.tables.macro.columns))
    new = [name for name in used if name not in reference.series]
    if new and names.MACRO_FILE in reference.ends:
        reason = f"{names.MACRO_FILE} has {join_names(new)}, which the champion did not know"
        yield Finding("columns", stop=False, reason=reason)


def values(snapshot: Snapshot, reference: Reference) -> Iterator[Finding]:
    """Past values that differ now: columns in another unit, and revisions of all others."""
    series = snapshot.series
    before = _common_columns(reference.series, series)
    now = series.reindex(before.index)[list(before.columns)]
    rescaled = factors(now, before)
    yield from _units(before, rescaled)
    yield from _revisions(now, before.drop(columns=list(rescaled)))


def newest_month(snapshot: Snapshot, reference: Reference) -> Iterator[Finding]:
    """No file that reaches further than what the champion knew."""
    ends = snapshot.ends
    if all(ends.get(file) == end for file, end in reference.ends.items()):
        newest = max(reference.ends.values())
        reason = f"nothing new: the newest month is still {newest}"
        yield Finding("newest month", stop=False, reason=reason)


RULES = (missing_months, columns, values, newest_month)


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


def _units(before: pd.DataFrame, rescaled: dict[str, float]) -> Iterator[Finding]:
    for file, part in by_file(before).items():
        columns = [str(name) for name in part.columns if str(name) in rescaled]
        if columns:
            reason = (
                f"{file}: {columns[0]} is {rescaled[columns[0]]:.4g} times what the champion knew "
                f"in nearly every month, another unit or base year{and_others(columns)}"
            )
            yield Finding("units", stop=True, reason=reason)


def _revisions(now: pd.DataFrame, before: pd.DataFrame) -> Iterator[Finding]:
    for file, part in by_file(before).items():
        old, new = part.to_numpy(), now[list(part.columns)].to_numpy()
        changes = relative_changes(new, old)
        revised = int((changes > LEAST_REVISION).sum())
        compared = int((~np.isnan(changes)).sum())
        if revised:
            row, column = divmod(int(np.nanargmax(changes)), changes.shape[1])
            stop = revised > MOST_REVISED * compared
            over = f", over {MOST_REVISED:.0%}" if stop else ""
            reason = (
                f"{file}: {revised} of {compared} past values revised{over}, most of all "
                f"{part.columns[column]} of {part.index[row]}: {old[row, column]:g} is now "
                f"{new[row, column]:g}"
            )
            yield Finding("revisions", stop=stop, reason=reason)


def _common_columns(values: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    return values[[name for name in values.columns if name in now]]


def _cut_off(snapshot: Snapshot, reference: Reference, file: str) -> pd.PeriodIndex:
    """Months between the end of a file now and its end before."""
    now, before = snapshot.ends.get(file), reference.ends.get(file)
    if now is None or before is None:  # its cells show it
        return pd.PeriodIndex([], freq="M")
    return pd.period_range(now + 1, before, freq="M")
