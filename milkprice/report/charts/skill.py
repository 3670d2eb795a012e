"""Errors by horizon: the model's forecaster, the baselines, and the others pale behind them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from milkprice.data.formats import names
from milkprice.forecasting.document import Forecast
from milkprice.report.charts.canvas import draw_svg
from milkprice.report.charts.svg import BASELINES, FORECAST, MUTED
from milkprice.report.formatting import decimal, shortened
from milkprice.report.tables import named_forecasters

LONGEST = 30  # characters of a name
_DASHES = ((0, (5, 2)), (0, (2, 2)), (0, (5, 2, 1, 2)))


@dataclass(frozen=True)
class Line:
    """A forecaster's mean absolute errors.

    Attributes:
        name: The forecaster.
        horizons: Months ahead.
        errors: CLP per litre.
    """

    name: str
    horizons: tuple[int, ...]
    errors: tuple[float, ...]


def skill_chart(forecast: Forecast) -> Markup:
    """Draw the mean absolute error of each forecaster by horizon."""
    lines, named = _lines(forecast), named_forecasters(forecast)
    return draw_svg(
        lambda figure: _draw(figure, lines, named),
        name="skill",
        title=f"Mean absolute error by months ahead, {names.PRICE_UNIT}",
        description=_description(lines, named),
        height=3.4,
    )


def _lines(forecast: Forecast) -> list[Line]:
    names = dict.fromkeys(row.forecaster for row in forecast.leaderboard)
    return [_line(forecast, name) for name in names]


def _line(forecast: Forecast, name: str) -> Line:
    rows = [row for row in forecast.leaderboard if row.forecaster == name]
    points = sorted((row.horizon, row.accuracy.mae) for row in rows)
    return Line(name, *zip(*points, strict=True))


def _draw(figure: Figure, lines: Sequence[Line], forecasters: Sequence[str]) -> None:
    axes = figure.add_subplot()
    named = [line for line in lines if line.name in forecasters]
    for line in lines:
        if line.name not in forecasters:
            axes.plot(line.horizons, line.errors, color=MUTED, alpha=0.4, linewidth=1.2, zorder=1)
    for line in named:
        _draw_named(axes, line, forecasters.index(line.name))
    top = max((one for line in lines for one in line.errors if math.isfinite(one)), default=1.0)
    axes.set_ylim(0, 1.08 * top or 1.0)
    _label_lines(axes, named, forecasters, top)
    horizons = sorted({horizon for line in lines for horizon in line.horizons})
    axes.set_xticks(horizons, [str(one) for one in horizons])
    axes.set_xlabel("months ahead")
    axes.set_ylabel(f"mean absolute error, {names.PRICE_UNIT}")


def _draw_named(axes: Axes, line: Line, place: int) -> None:
    axes.plot(
        line.horizons,
        line.errors,
        color=_colour(place),
        linewidth=1.6 if place else 2.4,
        linestyle=_DASHES[(place - 1) % len(_DASHES)] if place else "-",
        marker="o",
        markersize=4 if place else 5,
        zorder=2 if place else 3,
    )


def _label_lines(axes: Axes, lines: Sequence[Line], forecasters: Sequence[str], top: float) -> None:
    """Write each name at the end of its line, moved apart where they would overlap."""
    finite = [line for line in lines if math.isfinite(line.errors[-1])]
    heights = spread([line.errors[-1] for line in finite], apart=0.07 * top)
    for line, height in zip(finite, heights, strict=True):
        axes.annotate(
            shortened(line.name, LONGEST),
            (line.horizons[-1], height),
            (10, 0),
            textcoords="offset points",
            va="center",
            color=_colour(forecasters.index(line.name)),
            fontweight="bold" if line.name == forecasters[0] else "normal",
        )


def spread(values: Sequence[float], *, apart: float) -> list[float]:
    """Move values up until neighbours are so far apart.

    Args:
        values: In any order.
        apart: The least distance.

    Returns:
        One a value, in their order.
    """
    result = list(values)
    order = sorted(range(len(values)), key=lambda place: values[place])
    for below, above in pairwise(order):
        result[above] = max(result[above], result[below] + apart)
    return result


def _colour(place: int) -> str:
    if not place:
        return FORECAST
    return BASELINES[place - 1] if place <= len(BASELINES) else MUTED


def _description(lines: Sequence[Line], names: Sequence[str]) -> str:
    texts = [
        f"{line.name}: {', '.join(map(decimal, line.errors))} at "
        f"{', '.join(map(str, line.horizons))} months ahead"
        for line in lines
        if line.name in names
    ]
    others = len(lines) - len(texts)
    rest = f"; {others} other forecasters are drawn pale" if others else ""
    return f"One line a forecaster. {'; '.join(texts)}{rest}."
