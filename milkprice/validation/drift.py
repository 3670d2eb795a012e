"""Drift: what a feature table says otherwise than the one the champion learnt from."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import orjson
import pandas as pd

from milkprice.data.checks.continuity import REVISED, shares_revised
from milkprice.documents import FieldError, Fields
from milkprice.registry.errors import BundleFormatError
from milkprice.text import listed, spanned

# As the index is read in credit scoring, where it comes from (Siddiqi, Credit Risk Scorecards,
# 2006): below 0.1 nothing moved, above 0.25 it is another population.
DRIFT = "drift.json"
MODERATE_SHIFT, SIGNIFICANT_SHIFT = 0.1, 0.25
ROWS_A_BIN = 12  # with fewer rows in a bin, chance alone moves the index
MOST_BINS = 10
LISTED = 50  # revisions kept one by one, the largest


@dataclass(frozen=True)
class Shift:
    """How far the values of a feature moved.

    Attributes:
        feature: Its name.
        index: The population stability index; 0 is not at all.
    """

    feature: str
    index: float


@dataclass(frozen=True)
class Revision:
    """A past value that the source gives otherwise now.

    Attributes:
        column: Of the feature table.
        month: YYYY-MM.
        before: What the champion learnt from.
        now: What it is.
    """

    column: str
    month: str
    before: float
    now: float


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What moved between the champion's table and the candidate's.

    Attributes:
        champion: The champion's version.
        shifts: Features, the one that moved furthest first.
        new_months: Months the champion did not know, YYYY-MM.
        missing_months: Months it knew that are gone.
        new_columns: Columns it did not have.
        missing_columns: Columns it had that are gone.
        revisions: The largest revisions, by their share of the value.
        revised: Cells that were revised, of
        compared: Cells that both have.
    """

    champion: str
    shifts: tuple[Shift, ...]
    new_months: tuple[str, ...]
    missing_months: tuple[str, ...]
    new_columns: tuple[str, ...]
    missing_columns: tuple[str, ...]
    revisions: tuple[Revision, ...]
    revised: int
    compared: int

    @property
    def shifted(self) -> tuple[Shift, ...]:
        """The features that moved at all."""
        return tuple(one for one in self.shifts if one.index >= MODERATE_SHIFT)


def measure_drift(now: pd.DataFrame, before: pd.DataFrame, *, champion: str) -> Drift:
    """Compare two feature tables.

    Args:
        now: The candidate's, one row a month.
        before: The champion's.
        champion: Its version.
    """
    columns = [name for name in now.columns if name in before.columns]
    months = now.index.intersection(before.index).sort_values()
    revisions = _revisions(now.loc[months, columns], before.loc[months, columns])
    shifts = [Shift(str(one), stability_index(before[one], now[one])) for one in columns]
    return Drift(
        champion=champion,
        shifts=tuple(sorted(shifts, key=lambda one: (-one.index, one.feature))),
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
    quantiles of what was before, and half a row is added to each so that none is empty.
    """
    old, new = before.dropna().to_numpy(dtype=float), now.dropna().to_numpy(dtype=float)
    if not len(old) or not len(new):
        return 0.0
    bins = min(MOST_BINS, max(2, len(old) // ROWS_A_BIN))
    edges = np.unique(np.quantile(old, np.linspace(0, 1, bins + 1)[1:-1]))
    if edges[0] == old.min():  # what is below the least would share its bin with it
        edges = np.concatenate([[np.nextafter(edges[0], -np.inf)], edges])
    expected, found = (_shares(values, edges) for values in (old, new))
    return float(np.sum((found - expected) * np.log(found / expected)))


def _shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    counts = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) + 0.5
    shares: np.ndarray = counts / counts.sum()
    return shares


def _revisions(now: pd.DataFrame, before: pd.DataFrame) -> list[Revision]:
    """The cells that differ, the largest difference first."""
    new, old = now.to_numpy(dtype=float), before.to_numpy(dtype=float)
    share = shares_revised(new, old)
    rows, columns = np.nonzero(share > REVISED)
    order = np.argsort(-share[rows, columns], kind="stable")
    return [
        Revision(
            str(now.columns[column]),
            str(now.index[row]),
            float(old[row, column]),
            float(new[row, column]),
        )
        for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True)
    ]


def sentences(found: Drift) -> list[str]:
    """What moved, in words, without full stops; empty where nothing did."""
    said = []
    if found.new_months:
        said.append(f"{spanned(found.new_months)} new")
    if found.missing_months:
        said.append(f"{spanned(found.missing_months)} gone")
    if found.new_columns:
        said.append(f"new columns: {listed(found.new_columns)}")
    if found.missing_columns:
        said.append(f"columns gone: {listed(found.missing_columns)}")
    if found.revised:
        largest = found.revisions[0]
        said.append(
            f"{found.revised} of {found.compared} past values revised, most of all "
            f"{largest.column} of {largest.month}: {largest.before:g} is now {largest.now:g}"
        )
    if found.shifted:
        names = [f"{one.feature} ({one.index:.2f})" for one in found.shifted]
        said.append(f"features that moved, by stability index: {listed(names)}")
    return said


def to_json(found: Drift | None) -> bytes:
    """Write what was found; ``null`` where there was no champion to compare with."""
    document = None if found is None else asdict(found)
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def from_json(data: bytes, *, where: str) -> Drift | None:
    """Read it back.

    Raises:
        BundleFormatError: A field is missing or of a wrong kind.
    """
    if data.strip() == b"null":
        return None
    try:
        fields = Fields.of(data)
        return Drift(
            champion=fields.text("champion"),
            shifts=tuple(
                Shift(one.text("feature"), one.number("index")) for one in fields.rows("shifts")
            ),
            new_months=fields.listed("new_months"),
            missing_months=fields.listed("missing_months"),
            new_columns=fields.listed("new_columns"),
            missing_columns=fields.listed("missing_columns"),
            revisions=tuple(_revision(one) for one in fields.rows("revisions")),
            revised=fields.count("revised"),
            compared=fields.count("compared"),
        )
    except FieldError as error:
        raise BundleFormatError(bundle=where, reason=f"{DRIFT} {error}") from error


def _revision(fields: Fields) -> Revision:
    return Revision(
        fields.text("column"),
        fields.text("month"),
        fields.number("before"),
        fields.number("now"),
    )
