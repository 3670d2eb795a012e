"""The quarantine report: each refused or repaired cell, where it was and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from milkprice.text import preview

COLUMNS = ("file", "row", "column", "raw", "reason", "repaired")
EXAMPLES = 3


class Reason(str, Enum):
    """Why a cell is in the report. The last two were repaired, the others refused.

    A power of ten is unusual when most of the series' repaired cells have another one.
    """

    IMPOSSIBLE_DATE = "impossible date"
    REPEATED_MONTH = "repeated month"
    CONFLICTING_REPEAT = "repeated month with another value"
    NOT_A_NUMBER = "not a number"
    STRAY_VALUE = "stray value far from its series"
    POINT_RESTORED = "decimal point restored"
    POWER_MOVED = "decimal point restored, unusual power"


def entries(
    *,
    file: str,
    rows: ArrayLike,
    columns: Sequence[str] | str,
    raw: ArrayLike,
    reason: Reason | ArrayLike,
    repaired: ArrayLike = np.nan,
) -> pd.DataFrame:
    """Report entries for some cells of one file; scalars stand for all of them."""
    return pd.DataFrame(
        {
            "file": file,
            "row": np.asarray(rows, dtype=np.int64),
            "column": columns,
            "raw": raw,
            "reason": reason.value if isinstance(reason, Reason) else reason,
            "repaired": repaired,
        },
        columns=list(COLUMNS),
    )


def merge(reports: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One report from several, by file, row and column."""
    filled = [report for report in reports if len(report)]
    if not filled:
        return entries(file="", rows=[], columns=[], raw=[], reason=[], repaired=[])
    parts = {
        name: np.concatenate([report[name].to_numpy() for report in filled]) for name in COLUMNS
    }
    merged = pd.DataFrame(parts)
    return merged.sort_values(["file", "row", "column"], kind="stable", ignore_index=True)


def refused_cells(report: pd.DataFrame) -> pd.DataFrame:
    """The cells that were not repaired."""
    return report[report["repaired"].isna()]


def examples(report: pd.DataFrame) -> str:
    """Places and texts of a few cells, of as many texts as there are."""
    order = report["raw"].duplicated().sort_values(kind="stable").index
    return "; ".join(
        f"{cell.file}, row {cell.row}, column {cell.column}: {preview(str(cell.raw))}"
        for cell in report.loc[order[:EXAMPLES]].itertuples()
    )


def summary(report: pd.DataFrame) -> pd.DataFrame:
    """Number of cells by file and reason, the reasons in the order of `Reason`."""
    order = pd.CategoricalDtype([reason.value for reason in Reason], ordered=True)
    reasons = report.assign(reason=report["reason"].astype(order))
    counts = reasons.groupby(["file", "reason"], observed=True, as_index=False).size()
    return counts.astype({"reason": str}).rename(columns={"size": "cells"})
