"""The row model: its hyperparameter search as a heat map, its features' contributions as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from milkprice.forecasting.document import Forecast
from milkprice.report.charts.svg import FORECAST, HEAT, HEAT_LEVELS, INK, MUTED, ON_HEAT, draw_svg
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


def search_chart(points: pd.DataFrame) -> Markup:
    """Draw the best mean R2 of each number of features and degree, and mark the best of all."""
    cells = best_cells(points)
    return draw_svg(
        lambda figure: _draw_search(figure, cells),
        name="search",
        title="Best mean R2 by number of features and degree",
        description=_search_description(cells),
        height=1.0 + 0.42 * cells[DEGREE].nunique(),
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


def _draw_search(figure: Figure, cells: pd.DataFrame) -> None:
    axes = figure.add_subplot()
    across, up = sorted(cells[K].unique().tolist()), sorted(cells[DEGREE].unique().tolist())
    levels = heat_levels(cells[MEAN_R2].tolist())
    for k, degree, score, level in zip(
        cells[K], cells[DEGREE], cells[MEAN_R2], levels, strict=True
    ):
        _draw_cell(axes, across.index(k), up.index(degree), score, level, len(across))
    _outline(axes, across.index(cells[K][0]), up.index(cells[DEGREE][0]))
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
    if columns <= _COLUMNS_WITH_TEXT:
        colour = MUTED if level is None else ON_HEAT[level]
        axes.text(x, y, score_text(score), ha="center", va="center", color=colour)


def _outline(axes: Axes, x: int, y: int) -> None:
    axes.add_patch(
        Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor="none", edgecolor=INK, linewidth=2)
    )


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
        lambda figure: _draw_contributions(figure, shown, texts, forecast.unit),
        name="contributions",
        title=f"Mean absolute contribution of features, {forecast.unit}",
        description=_contributions_description(shown, texts),
        height=0.7 + 0.26 * len(shown),
    )


def _draw_contributions(figure: Figure, shown: pd.Series, texts: Sequence[str], unit: str) -> None:
    axes = figure.add_subplot()
    places = range(len(shown))
    bars = axes.barh(places, shown.to_numpy(dtype=float), height=0.7, color=FORECAST)
    axes.bar_label(bars, texts, padding=4)
    axes.set_yticks(places, [shortened(str(name), LONGEST) for name in shown.index])
    axes.invert_yaxis()
    axes.set_xlabel(f"mean absolute contribution, {unit}")
    axes.margins(x=0.1, y=0.02)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.spines[:].set_visible(False)


def _contributions_description(shown: pd.Series, texts: Sequence[str]) -> str:
    bars = ", ".join(f"{name} {text}" for name, text in zip(shown.index, texts, strict=True))
    return f"{len(shown)} bars, the longest first: {bars}."
