"""Charts of the backtest: errors by horizon beside the baselines', and residuals by month."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from milkprice.forecasting.document import Forecast, PastForecast, month_number
from milkprice.report.charts.svg import BASELINES, FORECAST, INK, MUTED, draw_svg, mark_months
from milkprice.report.content import (
    backtest_by_horizon,
    decimal,
    months,
    named_forecasters,
    residual,
    shortened,
    signed,
)

LONGEST = 30  # characters of a name
_DASHES = ((0, (5, 2)), (0, (2, 2)), (0, (5, 2, 1, 2)))

_ABREAST = 2
_HALF = 0.4  # of a month: half a bar's width


@dataclass(frozen=True)
class Line:
    """A forecaster's mean absolute errors."""

    name: str
    horizons: tuple[int, ...]
    errors: tuple[float, ...]


def skill_chart(forecast: Forecast) -> Markup:
    """Draw the mean absolute error of each forecaster by horizon."""
    lines, named = _lines(forecast), named_forecasters(forecast)
    return draw_svg(
        lambda figure: _draw(figure, lines, named, forecast.unit),
        name="skill",
        title=f"Mean absolute error by months ahead, {forecast.unit}",
        description=_description(lines, named, forecast.decimals(2)),
        height=3.4,
    )


def _lines(forecast: Forecast) -> list[Line]:
    names = dict.fromkeys(row.forecaster for row in forecast.leaderboard)
    return [_line(forecast, name) for name in names]


def _line(forecast: Forecast, name: str) -> Line:
    rows = [row for row in forecast.leaderboard if row.forecaster == name]
    points = sorted((row.horizon, row.accuracy.mae) for row in rows)
    return Line(name, *zip(*points, strict=True))


def _draw(figure: Figure, lines: Sequence[Line], forecasters: Sequence[str], unit: str) -> None:
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
    axes.set_ylabel(f"mean absolute error, {unit}")


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
    """Move values up until neighbours are so far apart."""
    result = list(values)
    order = sorted(range(len(values)), key=lambda place: values[place])
    for below, above in pairwise(order):
        result[above] = max(result[above], result[below] + apart)
    return result


def _colour(place: int) -> str:
    if not place:
        return FORECAST
    return BASELINES[place - 1] if place <= len(BASELINES) else MUTED


def _description(lines: Sequence[Line], names: Sequence[str], places: int) -> str:
    texts = [
        f"{line.name}: {', '.join(decimal(one, places) for one in line.errors)} at "
        f"{', '.join(map(str, line.horizons))} months ahead"
        for line in lines
        if line.name in names
    ]
    others = len(lines) - len(texts)
    rest = f"; {others} other forecasters are drawn pale" if others else ""
    return f"One line a forecaster. {'; '.join(texts)}{rest}."


def residuals_chart(forecast: Forecast) -> Markup:
    """Draw forecast less price of each past month, for each horizon."""
    panels, places = backtest_by_horizon(forecast), forecast.decimals(2)
    return draw_svg(
        lambda figure: _draw_residuals(figure, panels, forecast.unit, places),
        name="residuals",
        title=f"Forecast less price by month, {forecast.unit}",
        description=_residuals_description(panels, places),
        height=0.5 + 1.7 * -(-len(panels) // _ABREAST),
    )


def _draw_residuals(
    figure: Figure, panels: dict[int, list[PastForecast]], unit: str, places: int
) -> None:
    columns = min(_ABREAST, len(panels))
    rows = -(-len(panels) // columns)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    numbers = [month_number(one.month) for panel in panels.values() for one in panel]
    for axes, (horizon, panel) in zip(grid, panels.items(), strict=False):
        _draw_panel(axes, horizon, panel, places)
        mark_months(axes, min(numbers), max(numbers))
    for axes in grid[len(panels) :]:
        axes.remove()
    figure.supylabel(f"forecast less price, {unit}", fontsize=9, color=MUTED)


def _draw_panel(axes: Axes, horizon: int, panel: Sequence[PastForecast], places: int) -> None:
    axes.set_title(f"{months(horizon)} ahead, {signed(_mean(panel), places)} on average")
    axes.fill(*_bars(panel), color=FORECAST, linewidth=0)
    axes.axhline(0, color=INK, linewidth=0.8)


def _bars(panel: Sequence[PastForecast]) -> tuple[list[float], list[float]]:
    """The outline of all bars in one go, along the zero line from one to the next."""
    across: list[float] = []
    up: list[float] = []
    for one in panel:
        at, high = month_number(one.month), residual(one)
        across += [at - _HALF, at - _HALF, at + _HALF, at + _HALF]
        up += [0.0, high, high, 0.0]
    return across, up


def _mean(panel: Sequence[PastForecast]) -> float:
    return fmean(map(residual, panel))


def _residuals_description(panels: dict[int, list[PastForecast]], places: int) -> str:
    texts = [
        f"{months(horizon)} ahead: {signed(_mean(panel), places)} on average, between "
        f"{signed(min(map(residual, panel)), places)} and "
        f"{signed(max(map(residual, panel)), places)}"
        for horizon, panel in panels.items()
    ]
    return f"Bars up where the forecast was too high. {'; '.join(texts)}."
