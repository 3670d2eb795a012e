"""What was searched, and what was found."""

from __future__ import annotations

import pandas as pd

from milkprice.report.charts.palette import LEVELS
from milkprice.report.charts.search import best_cells, search_chart
from milkprice.report.content import ALPHA, DEGREE, DEVIATION, MEAN_R2, RANK, K, ReportContent
from milkprice.report.markup import Html, element, figure, folded, section, table
from milkprice.report.numbers import count, decimal

SHOWN = 10


def search(content: ReportContent) -> Html:
    """The heat map of the grid and its best points."""
    points = content.points
    intro = (
        "The row model is a ridge regression on polynomials of a few features; "
        f"{count(len(points))} of them were tried by cross-validation. A mean R2 below 0 is worse "
        "than forecasting the average."
    )
    if points.empty:
        nothing = element("p", "Nothing was searched.", class_="note")
        return section("the-search", "The search", intro, nothing)
    title = "Best mean R2 by number of features and degree; the best is outlined"
    cells = best_cells(points)
    return section(
        "the-search",
        "The search",
        intro,
        figure(search_chart(points), title=title, key=_key()),
        folded("Best penalty (alpha) of each cell", _head(), _rows(cells)),
        table(_caption(min(SHOWN, len(points))), _head(), _rows(_best(points))),
    )


def _caption(shown: int) -> str:
    return "The best point" if shown == 1 else f"The best {shown} points"


def _best(points: pd.DataFrame) -> pd.DataFrame:
    return points.sort_values(RANK, kind="stable").head(SHOWN)


def _head() -> tuple[str, ...]:
    return (RANK, K, DEGREE, ALPHA, MEAN_R2, f"{DEVIATION} over folds")


def _rows(points: pd.DataFrame) -> list[tuple[str, ...]]:
    columns = (points[name] for name in (RANK, K, DEGREE, ALPHA, MEAN_R2, DEVIATION))
    return [
        (f"{rank:g}", f"{k:g}", f"{degree:g}", f"{alpha:g}", decimal(score, 3), decimal(spread, 3))
        for rank, k, degree, alpha, score, spread in zip(*columns, strict=True)
    ]


def _key() -> Html:
    swatches = (element("i", style=f"background: var(--heat-{level})") for level in range(LEVELS))
    return element("p", "worse ", *swatches, " better", class_="key")
