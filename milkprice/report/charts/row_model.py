"""The row model: its hyperparameter search as a heat map, its features' contributions as bars."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import pandas as pd
from markupsafe import Markup

from milkprice.forecasting.document import Forecast
from milkprice.report.charts.svg import (
    BELOW,
    FORECAST,
    GRID,
    HEAT,
    HEAT_LEVELS,
    INCH,
    INK,
    MARGIN,
    MUTED,
    ON_HEAT,
    WIDTH,
    Panel,
    draw_svg,
    left_of,
    rectangle,
    round_ticks,
    stroke,
    text_width,
    write,
)
from milkprice.report.content import (
    ALPHA,
    DEGREE,
    MEAN_R2,
    MINUS,
    K,
    best_cells,
    decimal,
    largest_contributions,
    shortened,
)

DECADES = 2.0  # errors a hundred times the best one's are the palest, and all beyond
LONGEST = 40  # characters of a feature's name
_PERFECT = 1e-6
_EQUAL = 1e-9
_BAD, _HOPELESS = -10.0, -9999.0  # R2 written without decimals, and by its power of ten
_COLUMNS_WITH_TEXT = 14  # more leave no room for numbers
_CELL = 0.48 * INCH
_GAP = 1.5  # between cells
_ROW, _BAR = 0.26 * INCH, 0.182 * INCH
_TICKS = 8


def search_chart(points: pd.DataFrame) -> Markup:
    """Draw the best mean R2 of each number of features and degree, and mark the best of all."""
    cells = best_cells(points)
    return draw_svg(
        _search_shapes(cells),
        name="search",
        title="Best mean R2 by number of features and degree",
        description=_search_description(cells),
        height=_CELL * cells[DEGREE].nunique() + BELOW + MARGIN,
    )


def heat_levels(scores: list[float]) -> list[int | None]:
    """How strongly each score is coloured.

    The scale is the logarithm of ``1 - R2``, the error as a multiple of the variance: one point of
    the grid with an R2 of minus a million leaves the others their differences.

    Args:
        scores: Mean R2.

    Returns:
        0 for the worst to the highest level for the best; None for what has no score.
    """
    losses = [_loss(score) for score in scores]
    known = [loss for loss in losses if loss is not None]
    if not known:
        return [None] * len(scores)
    best, reach = min(known), min(max(known) - min(known), DECADES)
    return [None if loss is None else _level(loss - best, reach) for loss in losses]


def _loss(score: float) -> float | None:
    return math.log10(max(1 - score, _PERFECT)) if math.isfinite(score) else None


def _level(behind: float, reach: float) -> int:
    share = min(behind / reach, 1.0) if reach > _EQUAL else 0.0
    return round((HEAT_LEVELS - 1) * (1 - share))


def score_text(score: float) -> str:
    """An R2 in a few characters."""
    if math.isfinite(score) and score < _HOPELESS:
        mantissa, exponent = f"{-score:.0e}".split("e")
        return f"{MINUS}{mantissa}e{int(exponent)}"
    return decimal(score, 2 if score > _BAD else 0)


def _search_shapes(cells: pd.DataFrame) -> Iterator[str]:
    across, up = sorted(cells[K].unique().tolist()), sorted(cells[DEGREE].unique().tolist())
    labels = [f"{one:g}" for one in up]
    panel = Panel(
        left=left_of(labels), right=WIDTH - MARGIN, top=MARGIN, bottom=MARGIN + _CELL * len(up),
        x=(-0.5, len(across) - 0.5), y=(-0.5, len(up) - 0.5),
    )  # fmt: skip
    levels = heat_levels(cells[MEAN_R2].tolist())
    columns = (cells[K].tolist(), cells[DEGREE].tolist(), cells[MEAN_R2].tolist(), levels)
    for k, degree, score, level in zip(*columns, strict=True):
        at = (across.index(k), up.index(degree))
        yield from _cell_shapes(
            panel, at, score, level, with_text=len(across) <= _COLUMNS_WITH_TEXT
        )
    yield _cell(panel, (across.index(cells[K][0]), up.index(cells[DEGREE][0])), edge=INK)
    for place, label in enumerate(labels):
        at_left = (panel.left - MARGIN, panel.at(0, place)[1])
        yield write(at_left, label, colour=MUTED, anchor="end")
    yield from panel.below(range(len(across)), [f"{one:g}" for one in across])
    yield panel.name_columns("features kept (k)")
    yield panel.name_rows("degree")


def _cell_shapes(
    panel: Panel, at: tuple[int, int], score: float, level: int | None, *, with_text: bool
) -> Iterator[str]:
    if level is not None:
        yield _cell(panel, at, fill=HEAT[level])
    if with_text:
        colour = MUTED if level is None else ON_HEAT[level]
        yield write(panel.at(*at), score_text(score), colour=colour, anchor="middle")


def _cell(panel: Panel, at: tuple[int, int], *, fill: str = "none", edge: str = "none") -> str:
    x, y = at
    left, top = panel.at(x - 0.5, y + 0.5)
    right, bottom = panel.at(x + 0.5, y - 0.5)
    width, height = right - left - 2 * _GAP, bottom - top - 2 * _GAP
    return rectangle(left + _GAP, top + _GAP, width, height, fill=fill, edge=edge)


def _search_description(cells: pd.DataFrame) -> str:
    best = cells.iloc[0]
    return (
        f"{len(cells)} cells, the better the stronger coloured. The outlined one is the best: "
        f"{best[K]:g} features, degree {best[DEGREE]:g}, penalty {best[ALPHA]:g}, "
        f"mean R2 {decimal(float(best[MEAN_R2]))}."
    )


def contributions_chart(contributions: pd.Series, forecast: Forecast) -> Markup:
    """Draw the features that contribute, the largest first.

    Args:
        contributions: Mean absolute contribution of each, largest first.
        forecast: Of the same price; says its unit and how exact it is written.
    """
    shown = largest_contributions(contributions)
    texts = [decimal(value, forecast.decimals(2)) for value in shown]
    return draw_svg(
        _contribution_shapes(shown, texts, forecast.unit),
        name="contributions",
        title=f"Mean absolute contribution of features, {forecast.unit}",
        description=_contributions_description(shown, texts),
        height=_ROW * len(shown) + BELOW + MARGIN,
    )


def _contribution_shapes(shown: pd.Series, texts: Sequence[str], unit: str) -> Iterator[str]:
    values = shown.astype(float).tolist()
    labels = [shortened(str(name), LONGEST) for name in shown.index]
    high = max(values)
    ticks, tick_labels = round_ticks(0, high, most=_TICKS)
    panel = Panel(
        left=2 * MARGIN + max(map(text_width, labels)),
        right=WIDTH - 3 * MARGIN - max(map(text_width, texts)),
        top=MARGIN, bottom=MARGIN + _ROW * len(values), x=(0.0, high), y=(len(values) - 0.5, -0.5),
    )  # fmt: skip
    yield stroke("".join(map(panel.upright, ticks)), colour=GRID)
    for place, (label, value, text) in enumerate(zip(labels, values, texts, strict=True)):
        right, y = panel.at(value, place)
        yield write((panel.left - MARGIN, y), label, colour=MUTED, anchor="end")
        width = right - panel.left
        yield rectangle(panel.left, y - _BAR / 2, width, _BAR, fill=FORECAST)
        yield write((right + MARGIN, y), text)
    yield from panel.below(ticks, tick_labels)
    yield panel.name_columns(f"mean absolute contribution, {unit}")


def _contributions_description(shown: pd.Series, texts: Sequence[str]) -> str:
    bars = ", ".join(f"{name} {text}" for name, text in zip(shown.index, texts, strict=True))
    return f"{len(shown)} bars, the longest first: {bars}."
