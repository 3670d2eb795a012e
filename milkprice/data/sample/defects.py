"""The defects of the real files, planted in known places."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from milkprice.data.formats.cells import write_number

Text = np.ndarray[tuple[int, int], np.dtype[np.object_]]

SILENCE = 14  # months without a value on both sides of a cell that is foreign to its series
TEXT_CELLS = 16
STRAY_CELLS = 8
IMPOSSIBLE_CELLS = 4
REPEATED_MONTHS = 2


@dataclass
class Planted:
    """Where what was planted, to be scored against."""

    places: list[tuple[str, str, str, str]] = field(default_factory=list)

    def note(self, *, month: str, column: str, raw: str, defect: str) -> None:
        """Note one planted cell or row."""
        self.places.append((month, column, raw, defect))

    def table(self) -> pd.DataFrame:
        """All places: month, column, raw text, defect."""
        return pd.DataFrame(self.places, columns=["month", "column", "raw", "defect"])


def write_macro(
    macro: pd.DataFrame, random: np.random.Generator
) -> tuple[list[list[str]], pd.DataFrame]:
    """Write the macro table badly.

    Returns:
        Rows of text, the date first, in no order; and the table of what was planted where.
    """
    planted = Planted()
    text = _written(macro)
    _plant_lost_points(macro, text, planted)
    _plant_foreign_cells(macro, text, planted, random)
    rows = [
        [f"{month}-01 00:00:00 UTC", *cells]
        for month, cells in zip(macro.index.astype(str), text.tolist(), strict=True)
    ]
    again = random.choice(len(rows) - 1, REPEATED_MONTHS, replace=False)
    for place in again:
        planted.note(month=str(macro.index[place]), column="", raw="", defect="repeated month")
    rows += [rows[place] for place in again]
    rows.append(_impossible(macro, text, planted, random))
    return [rows[place] for place in random.permutation(len(rows))], planted.table()


def _written(macro: pd.DataFrame) -> Text:
    values = macro.to_numpy()
    text = np.full(values.shape, "", dtype=object)
    filled = ~np.isnan(values)
    text[filled] = [write_number(value) for value in values[filled].tolist()]
    return text


def _plant_lost_points(
    macro: pd.DataFrame,
    text: Text,
    planted: Planted,
) -> None:
    values, months = macro.to_numpy(), macro.index.astype(str)
    for place, column in np.argwhere(text != "").tolist():
        raw = text[place, column]
        if raw.count(".") > 1 or float(raw) != values[place, column]:
            planted.note(
                month=months[place],
                column=str(macro.columns[column]),
                raw=raw,
                defect="lost decimal point",
            )


def _plant_foreign_cells(
    macro: pd.DataFrame, text: Text, planted: Planted, random: np.random.Generator
) -> None:
    """Text and stray numbers in rows of other decades, where the series does not exist."""
    defects = ["text"] * TEXT_CELLS + ["stray value"] * STRAY_CELLS
    for place, column in random.permutation(np.argwhere(_silent(text))).tolist():
        if not defects:
            break
        if not _silent(text[:, [column]])[place, 0]:
            continue
        defect = defects.pop()
        stray = write_number(float(random.integers(1, 10**9)) / 1e6)
        text[place, column] = "a" if defect == "text" else stray
        planted.note(
            month=str(macro.index[place]),
            column=str(macro.columns[column]),
            raw=text[place, column],
            defect=defect,
        )


def _silent(text: Text) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Cells of a series that has values, with nothing in the months around them."""
    filled = text != ""
    near = np.zeros_like(filled)
    for distance in range(-SILENCE, SILENCE + 1):
        near |= _shifted(filled, distance)
    silent: np.ndarray[tuple[int, int], np.dtype[np.bool_]] = ~near & filled.any(axis=0)
    return silent


def _shifted(
    filled: np.ndarray[tuple[int, int], np.dtype[np.bool_]], distance: int
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    out = np.zeros_like(filled)
    if distance >= 0:
        out[distance:] = filled[: len(filled) - distance]
    else:
        out[:distance] = filled[-distance:]
    return out


def _impossible(
    macro: pd.DataFrame,
    text: Text,
    planted: Planted,
    random: np.random.Generator,
) -> list[str]:
    year = macro.index[-1].year
    cells = [""] * text.shape[1]
    count = min(IMPOSSIBLE_CELLS, text.shape[1])
    for column in sorted(random.choice(text.shape[1], count, replace=False).tolist()):
        cells[column] = write_number(float(random.integers(10**8, 10**9)) / 1e6)
        planted.note(
            month=f"{year}-13",
            column=str(macro.columns[column]),
            raw=cells[column],
            defect="impossible date",
        )
    return [f"{year}-13-01 00:00:00 UTC", *cells]
