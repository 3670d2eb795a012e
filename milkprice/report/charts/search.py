"""The searched grid as a heat map: the best penalty of each number of features and degree."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from milkprice.report.charts.canvas import drawn
from milkprice.report.charts.palette import HEAT, INK, LEVELS, MUTED, ON_HEAT
from milkprice.report.content import ALPHA, DEGREE, MEAN_R2, K
from milkprice.report.markup import Html
from milkprice.report.numbers import MINUS, decimal

DECADES = 2.0  # errors a hundred times the best one's are the palest, and all beyond
_PERFECT = 1e-6
_EQUAL = 1e-9
_BAD, _HOPELESS = -10.0, -9999.0  # R2 written without decimals, and by its power of ten
_WRITTEN = 14  # columns that leave room for numbers


def search_chart(points: pd.DataFrame) -> Html:
    """Draw the best mean R2 of each cell and mark the best of all."""
    cells = best_cells(points)
    return drawn(
        lambda figure: _draw(figure, cells),
        name="search",
        title="Best mean R2 by number of features and degree",
        description=_description(cells),
        height=1.0 + 0.42 * cells[DEGREE].nunique(),
    )


def best_cells(points: pd.DataFrame) -> pd.DataFrame:
    """The best point of each ``k`` and ``degree``, the best of all first; unscored ones last."""
    ranked = points.sort_values(MEAN_R2, ascending=False, kind="stable", na_position="last")
    return ranked.drop_duplicates([K, DEGREE]).reset_index(drop=True)


def levels(scores: list[float]) -> list[int | None]:
    """How strongly each score is coloured.

    The scale is the logarithm of ``1 - R2``, the error as a multiple of the variance: one point of
    the grid with an R2 of minus a million leaves the others their differences.

    Args:
        scores: Mean R2.

    Returns:
        0 for the worst to the highest level for the best; None for what has no score.
    """
    losses = [_loss(one) for one in scores]
    known = [one for one in losses if one is not None]
    if not known:
        return [None] * len(scores)
    best, reach = min(known), min(max(known) - min(known), DECADES)
    return [None if one is None else _level(one - best, reach) for one in losses]


def _loss(score: float) -> float | None:
    return math.log10(max(1 - score, _PERFECT)) if math.isfinite(score) else None


def _level(behind: float, reach: float) -> int:
    share = min(behind / reach, 1.0) if reach > _EQUAL else 0.0
    return round((LEVELS - 1) * (1 - share))


def _draw(figure: Figure, cells: pd.DataFrame) -> None:
    axes = figure.add_subplot()
    across, up = sorted(cells[K].unique().tolist()), sorted(cells[DEGREE].unique().tolist())
    found = zip(
        cells[K], cells[DEGREE], cells[MEAN_R2], levels(cells[MEAN_R2].tolist()), strict=True
    )
    for k, degree, score, level in found:
        _draw_cell(axes, across.index(k), up.index(degree), score, level, len(across))
    _mark(axes, across.index(cells[K][0]), up.index(cells[DEGREE][0]))
    axes.set_xticks(range(len(across)), [f"{one:g}" for one in across])
    axes.set_yticks(range(len(up)), [f"{one:g}" for one in up])
    axes.set(xlabel="features kept (k)", ylabel="degree")
    axes.set(xlim=(-0.55, len(across) - 0.45), ylim=(-0.55, len(up) - 0.45))
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _draw_cell(axes: Axes, x: int, y: int, score: float, level: int | None, columns: int) -> None:
    if level is not None:
        axes.add_patch(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=HEAT[level]))
    if columns <= _WRITTEN:
        colour = MUTED if level is None else ON_HEAT[level]
        axes.text(x, y, score_text(score), ha="center", va="center", color=colour)


def _mark(axes: Axes, x: int, y: int) -> None:
    axes.add_patch(
        Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor="none", edgecolor=INK, linewidth=2)
    )


def score_text(score: float) -> str:
    """An R2 in a few characters."""
    if math.isfinite(score) and score < _HOPELESS:
        mantissa, exponent = f"{-score:.0e}".split("e")
        return f"{MINUS}{mantissa}e{int(exponent)}"
    return decimal(score, 2 if score > _BAD else 0)


def _description(cells: pd.DataFrame) -> str:
    best = cells.iloc[0]
    return (
        f"{len(cells)} cells, the better the stronger coloured. The outlined one is the best: "
        f"{best[K]:g} features, degree {best[DEGREE]:g}, penalty {best[ALPHA]:g}, "
        f"mean R2 {decimal(float(best[MEAN_R2]))}."
    )
