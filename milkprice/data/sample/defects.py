"""The defects of the real files, planted in known places."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from milkprice.data.formats.cells import write_number

Texts = NDArray[np.object_]
Booleans = NDArray[np.bool_]
Planted = list[tuple[str, str, str, str]]

COLUMNS = ["month", "column", "raw", "defect"]
GAP = 14  # months without a value on both sides of a cell that is foreign to its series
TEXT_CELLS = 16
STRAY_CELLS = 8
IMPOSSIBLE_CELLS = 4
REPEATED_MONTHS = 2


def write_macro(
    macro: pd.DataFrame, random: np.random.Generator
) -> tuple[list[list[str]], pd.DataFrame]:
    """Write the macro table with every defect of the real one.

    Returns:
        Rows of text in no order, the date first; and what was planted, one row a cell or a
        repeated month: month, column, raw text, defect.
    """
    text = _write_cells(macro)
    planted = _lost_points(macro, text)
    planted += _plant_foreign_cells(macro, text, random)
    rows = [
        [f"{month}-01 00:00:00 UTC", *cells]
        for month, cells in zip(macro.index.astype(str), text.tolist(), strict=True)
    ]
    repeated = random.choice(len(rows) - 1, REPEATED_MONTHS, replace=False)
    planted += [(str(macro.index[place]), "", "", "repeated month") for place in repeated]
    rows += [rows[place] for place in repeated]
    rows.append(_impossible_row(macro, planted, random))
    shuffled = [rows[place] for place in random.permutation(len(rows))]
    return shuffled, pd.DataFrame(planted, columns=COLUMNS)


def _write_cells(macro: pd.DataFrame) -> Texts:
    values = macro.to_numpy()
    text = np.full(values.shape, "", dtype=object)
    filled = ~np.isnan(values)
    text[filled] = [write_number(value) for value in values[filled].tolist()]
    return text


def _lost_points(macro: pd.DataFrame, text: Texts) -> Planted:
    """The cells whose text is not their value."""
    values, months = macro.to_numpy(), macro.index.astype(str)
    return [
        (months[row], str(macro.columns[column]), text[row, column], "lost decimal point")
        for row, column in np.argwhere(text != "").tolist()
        if text[row, column].count(".") > 1 or float(text[row, column]) != values[row, column]
    ]


def _plant_foreign_cells(macro: pd.DataFrame, text: Texts, random: np.random.Generator) -> Planted:
    """Text and stray numbers in rows of other decades, where the series does not exist."""
    planted: Planted = []
    defects = ["text"] * TEXT_CELLS + ["stray value"] * STRAY_CELLS
    for row, column in random.permutation(np.argwhere(_in_gap(text))).tolist():
        if not defects:
            break
        if not _in_gap(text[:, [column]])[row, 0]:  # beside one planted before
            continue
        defect = defects.pop()
        stray = write_number(float(random.integers(1, 10**9)) / 1e6)
        text[row, column] = "a" if defect == "text" else stray
        month, name = str(macro.index[row]), str(macro.columns[column])
        planted.append((month, name, text[row, column], defect))
    return planted


def _in_gap(text: Texts) -> Booleans:
    """Cells of a series that has values, with none in the months around them."""
    filled = text != ""
    window = pd.DataFrame(filled.astype(float)).rolling(2 * GAP + 1, center=True, min_periods=1)
    in_gap: Booleans = (window.max().to_numpy() == 0) & filled.any(axis=0)
    return in_gap


def _impossible_row(
    macro: pd.DataFrame, planted: Planted, random: np.random.Generator
) -> list[str]:
    """A row of the thirteenth month, a few of its cells filled."""
    year, columns = macro.index[-1].year, macro.shape[1]
    cells = [""] * columns
    chosen = random.choice(columns, min(IMPOSSIBLE_CELLS, columns), replace=False)
    for column in sorted(chosen.tolist()):
        cells[column] = write_number(float(random.integers(10**8, 10**9)) / 1e6)
        name = str(macro.columns[column])
        planted.append((f"{year}-13", name, cells[column], "impossible date"))
    return [f"{year}-13-01 00:00:00 UTC", *cells]
