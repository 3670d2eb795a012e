"""Drift: how a feature table differs from the one the champion was trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
import pandas as pd

from milkprice.data.checks import LEAST_REVISION
from milkprice.data.checks.snapshot import relative_changes
from milkprice.documents import FieldError, decode, encode
from milkprice.registry.errors import BundleFormatError
from milkprice.text import join_names, month_span

DRIFT = "drift.json"

# As the index is read in credit scoring, where it comes from (Siddiqi, Credit Risk Scorecards,
# 2006): below 0.1 the feature is stable, above 0.25 it is another population.
MODERATE_SHIFT, SIGNIFICANT_SHIFT = 0.1, 0.25
ROWS_PER_BIN = 12  # with fewer rows in a bin, chance alone moves the index
MAX_BINS = 10
LISTED = 50  # revisions kept one by one, the largest

Count = Annotated[int, msgspec.Meta(ge=0)]


@dataclass(frozen=True)
class Shift:
    """How far a feature's distribution has shifted, by the population stability index."""

    feature: str
    index: float

    @property
    def is_significant(self) -> bool:
        """Whether it comes from another population, as the index is read."""
        return self.index > SIGNIFICANT_SHIFT


@dataclass(frozen=True)
class Revision:
    """A past value that the source gives otherwise now.

    Attributes:
        column: Of the feature table.
        month: YYYY-MM.
        before: The champion's value.
        now: The candidate's value.
    """

    column: str
    month: str
    before: float
    now: float


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How the candidate's feature table differs from the champion's.

    Attributes:
        champion: The champion's version.
        shifts: Features, the largest shift first.
        new_months: Months the champion did not know, YYYY-MM.
        missing_months: Months it knew that are gone.
        new_columns: Columns it did not have.
        missing_columns: Columns it had that are gone.
        revisions: The largest revisions, relative to the value.
        revised: Number of revised cells, of
        compared: cells that both have.
    """

    champion: str
    shifts: tuple[Shift, ...]
    new_months: tuple[str, ...]
    missing_months: tuple[str, ...]
    new_columns: tuple[str, ...]
    missing_columns: tuple[str, ...]
    revisions: tuple[Revision, ...]
    revised: Count
    compared: Count

    @property
    def shifted(self) -> tuple[Shift, ...]:
        """The features that are not stable."""
        return tuple(shift for shift in self.shifts if shift.index >= MODERATE_SHIFT)


def measure_drift(now: pd.DataFrame, before: pd.DataFrame, *, champion: str) -> Drift:
    """Compare two feature tables."""
    columns = [name for name in now.columns if name in before.columns]
    months = now.index.intersection(before.index).sort_values()
    revisions = _revisions(now.loc[months, columns], before.loc[months, columns])
    shifts = [Shift(str(name), stability_index(before[name], now[name])) for name in columns]
    return Drift(
        champion=champion,
        shifts=tuple(sorted(shifts, key=lambda shift: (-shift.index, shift.feature))),
        new_months=tuple(map(str, now.index.difference(before.index))),
        missing_months=tuple(map(str, before.index.difference(now.index))),
        new_columns=tuple(str(name) for name in now.columns if name not in before.columns),
        missing_columns=tuple(str(name) for name in before.columns if name not in now.columns),
        revisions=tuple(revisions[:LISTED]),
        revised=len(revisions),
        compared=len(months) * len(columns),
    )


def stability_index(before: pd.Series, now: pd.Series) -> float:
    """The population stability index of a column.

    The sum over bins of the difference of shares times the logarithm of their ratio; bins are
    quantiles of the values before, and half a row is added to each so that none is empty.
    """
    old, new = before.dropna().to_numpy(dtype=float), now.dropna().to_numpy(dtype=float)
    if not len(old) or not len(new):
        return 0.0
    bins = min(MAX_BINS, max(2, len(old) // ROWS_PER_BIN))
    edges = np.unique(np.quantile(old, np.linspace(0, 1, bins + 1)[1:-1]))
    if edges[0] == old.min():  # what is below the least would share its bin with it
        edges = np.concatenate([[np.nextafter(edges[0], -np.inf)], edges])
    expected, actual = (_shares(values, edges) for values in (old, new))
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def _shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    counts = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) + 0.5
    shares: np.ndarray = counts / counts.sum()
    return shares


def _revisions(now: pd.DataFrame, before: pd.DataFrame) -> list[Revision]:
    """The cells that differ, the largest difference first."""
    new, old = now.to_numpy(dtype=float), before.to_numpy(dtype=float)
    share = relative_changes(new, old)
    rows, columns = np.nonzero(share > LEAST_REVISION)
    order = np.argsort(-share[rows, columns], kind="stable")
    return [
        Revision(
            column=str(now.columns[column]),
            month=str(now.index[row]),
            before=float(old[row, column]),
            now=float(new[row, column]),
        )
        for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True)
    ]


def sentences(drift: Drift) -> list[str]:
    """The drift in words, without full stops; empty where nothing changed."""
    return list(_sentences(drift))


def _sentences(drift: Drift) -> Iterator[str]:
    if drift.new_months:
        yield f"{month_span(drift.new_months)} new"
    if drift.missing_months:
        yield f"{month_span(drift.missing_months)} gone"
    if drift.new_columns:
        yield f"new columns: {join_names(drift.new_columns)}"
    if drift.missing_columns:
        yield f"columns gone: {join_names(drift.missing_columns)}"
    if drift.revised:
        largest = drift.revisions[0]
        yield (
            f"{drift.revised} of {drift.compared} past values revised, most of all "
            f"{largest.column} of {largest.month}: {largest.before:g} is now {largest.now:g}"
        )
    if drift.shifted:
        names = [f"{shift.feature} ({shift.index:.2f})" for shift in drift.shifted]
        yield f"features that shifted, by stability index: {join_names(names)}"


def to_json(drift: Drift | None) -> bytes:
    """Encode drift; ``null`` where there was no champion to compare with."""
    return encode(drift)


def from_json(data: bytes, *, where: str) -> Drift | None:
    """Decode drift."""
    if data.strip() == b"null":
        return None
    try:
        return decode(data, Drift)
    except FieldError as error:
        raise BundleFormatError(bundle=where, reason=f"{DRIFT} {error}") from error
