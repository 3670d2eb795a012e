"""Errors by horizon: our forecaster, the baselines, and the others pale behind them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from milkprice.forecasting.document import Forecast
from milkprice.report.charts.canvas import drawn
from milkprice.report.charts.palette import BASELINES, FORECAST, MUTED
from milkprice.report.markup import Html
from milkprice.report.numbers import decimal, listed, shortened

LONGEST = 30  # characters of a name
_DASHES = ((0, (5, 2)), (0, (2, 2)), (0, (5, 2, 1, 2)))


@dataclass(frozen=True)
class Line:
    """A forecaster's mean absolute errors.

    Attributes:
        name: Whose.
        horizons: Months ahead.
        errors: CLP per litre.
    """

    name: str
    horizons: tuple[int, ...]
    errors: tuple[float, ...]


def skill_chart(forecast: Forecast) -> Html:
    """Draw the mean absolute error of each forecaster by horizon."""
    lines = _lines(forecast)
    return drawn(
        lambda figure: _draw(figure, forecast, lines),
        name="skill",
        title="Mean absolute error by months ahead, CLP per litre",
        description=_description(lines, _named(forecast)),
        height=3.4,
    )


def _lines(forecast: Forecast) -> list[Line]:
    names = dict.fromkeys(one.forecaster for one in forecast.leaderboard)
    return [Line(name, *zip(*sorted(_errors(forecast, name)), strict=True)) for name in names]


def _errors(forecast: Forecast, name: str) -> Iterable[tuple[int, float]]:
    return (
        (one.horizon, one.accuracy.mae) for one in forecast.leaderboard if one.forecaster == name
    )


def _named(forecast: Forecast) -> list[str]:
    """Who is named in the chart: ours first, then the baselines."""
    return [forecast.forecaster, *forecast.future[0].baselines]


def _draw(figure: Figure, forecast: Forecast, lines: Sequence[Line]) -> None:
    axes = figure.add_subplot()
    named = _named(forecast)
    for line in lines:
        if line.name not in named:
            axes.plot(line.horizons, line.errors, color=MUTED, alpha=0.4, linewidth=1.2, zorder=1)
    for line in lines:
        if line.name in named:
            _draw_named(axes, line, named.index(line.name))
    top = max((one for line in lines for one in line.errors if math.isfinite(one)), default=1.0)
    axes.set_ylim(0, 1.08 * top or 1.0)
    _name_lines(axes, [one for one in lines if one.name in named], named, top)
    horizons = sorted({horizon for line in lines for horizon in line.horizons})
    axes.set_xticks(horizons, [str(one) for one in horizons])
    axes.set_xlabel("months ahead")
    axes.set_ylabel("mean absolute error, CLP per litre")


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


def _name_lines(axes: Axes, lines: Sequence[Line], named: Sequence[str], top: float) -> None:
    """Write each name at the end of its line, moved apart where they would overlap."""
    ended = [one for one in lines if math.isfinite(one.errors[-1])]
    places = spread([one.errors[-1] for one in ended], apart=0.07 * top)
    for line, place in zip(ended, places, strict=True):
        axes.annotate(
            shortened(line.name, LONGEST),
            (line.horizons[-1], place),
            (10, 0),
            textcoords="offset points",
            va="center",
            color=_colour(named.index(line.name)),
            fontweight="bold" if line.name == named[0] else "normal",
        )


def spread(values: Sequence[float], *, apart: float) -> list[float]:
    """Move values up until neighbours are so far apart.

    Args:
        values: In any order.
        apart: The least distance.

    Returns:
        One a value, in their order.
    """
    moved = list(values)
    order = sorted(range(len(values)), key=lambda place: values[place])
    for below, above in pairwise(order):
        moved[above] = max(moved[above], moved[below] + apart)
    return moved


def _colour(place: int) -> str:
    if not place:
        return FORECAST
    return BASELINES[place - 1] if place <= len(BASELINES) else MUTED


def _description(lines: Sequence[Line], named: Sequence[str]) -> str:
    said = [
        f"{one.name}: {listed([decimal(error) for error in one.errors])} at "
        f"{listed(one.horizons)} months ahead"
        for one in lines
        if one.name in named
    ]
    others = len(lines) - len(said)
    rest = f"; {others} other forecasters are drawn pale" if others else ""
    return f"One line a forecaster. {'; '.join(said)}{rest}."
