"""Charts of the backtest: errors by horizon beside the baselines', and residuals by month."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from markupsafe import Markup

from milkprice.forecasting.document import Forecast, PastForecast, month_number
from milkprice.report.charts.svg import (
    BASELINES,
    BELOW,
    FONT,
    FORECAST,
    INCH,
    INK,
    MARGIN,
    MUTED,
    WIDTH,
    Panel,
    Point,
    area,
    dots,
    draw_svg,
    left_of,
    limits,
    line_path,
    month_ticks,
    name_rows,
    round_ticks,
    stroke,
    text_width,
    write,
)
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
_DASHES = ("8 3.2", "3.2 3.2", "8 3.2 1.6 3.2")
_HEIGHT = 3.4 * INCH
_TICKS = 8

_ABREAST = 2
_HALF = 0.4  # of a month: half a bar's width
_PANEL, _TITLE = 1.7 * INCH, 1.8 * FONT
_PANEL_TICKS = 6


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
        _shapes(lines, named, forecast.unit),
        name="skill",
        title=f"Mean absolute error by months ahead, {forecast.unit}",
        description=_description(lines, named, forecast.decimals(2)),
        height=_HEIGHT,
    )


def _lines(forecast: Forecast) -> list[Line]:
    names = dict.fromkeys(row.forecaster for row in forecast.leaderboard)
    return [_line(forecast, name) for name in names]


def _line(forecast: Forecast, name: str) -> Line:
    rows = [row for row in forecast.leaderboard if row.forecaster == name]
    points = sorted((row.horizon, row.accuracy.mae) for row in rows)
    return Line(name, *zip(*points, strict=True))


def _shapes(lines: Sequence[Line], forecasters: Sequence[str], unit: str) -> Iterator[str]:
    named = [line for line in lines if line.name in forecasters]
    horizons = sorted({horizon for line in lines for horizon in line.horizons})
    panel, ticks, labels = _skill_panel(lines, named, horizons)
    yield from panel.rows(ticks, labels=labels)
    yield from panel.columns(horizons, labels=list(map(str, horizons)))
    for line in lines:
        if line not in named:
            path = line_path(panel.points(line.horizons, line.errors))
            yield f'<g style="opacity: 0.4">{stroke(path, colour=MUTED, width=1.2)}</g>'
    for line in sorted(named, key=lambda one: -forecasters.index(one.name)):
        yield from _named_shapes(panel, line, forecasters.index(line.name))
    yield from _name_lines(panel, named, forecasters)
    yield panel.name_columns("months ahead")
    yield panel.name_rows(f"mean absolute error, {unit}")


def _skill_panel(
    lines: Sequence[Line], named: Sequence[Line], horizons: Sequence[int]
) -> tuple[Panel, list[float], list[str]]:
    """The panel with room for the names of lines, and the ticks at its left."""
    top = max((one for line in lines for one in line.errors if math.isfinite(one)), default=1.0)
    high = 1.08 * top or 1.0
    ticks, labels = round_ticks(0, high, most=_TICKS)
    names = max((text_width(shortened(line.name, LONGEST)) for line in named), default=0.0)
    across = limits(horizons, margin=0.02)
    return (
        Panel(left=left_of(labels), right=WIDTH - names - 4 * MARGIN, top=FONT,
              bottom=_HEIGHT - BELOW, x=across, y=(0.0, high)),
        ticks,
        labels,
    )  # fmt: skip


def _named_shapes(panel: Panel, line: Line, place: int) -> Iterator[str]:
    points = panel.points(line.horizons, line.errors)
    yield stroke(
        line_path(points),
        colour=_colour(place),
        width=1.6 if place else 2.4,
        dashes=_DASHES[(place - 1) % len(_DASHES)] if place else "none",
    )
    yield from dots(points, fill=_colour(place), radius=2 if place else 2.5)


def _name_lines(panel: Panel, lines: Sequence[Line], forecasters: Sequence[str]) -> Iterator[str]:
    """Write each name at the end of its line, moved apart where they would overlap."""
    finite = [line for line in lines if math.isfinite(line.errors[-1])]
    heights = spread([line.errors[-1] for line in finite], apart=0.065 * panel.y[1])
    for line, height in zip(finite, heights, strict=True):
        _, y = panel.at(line.horizons[-1], height)
        place = forecasters.index(line.name)
        at = (panel.right + 2 * MARGIN, y)
        name = shortened(line.name, LONGEST)
        yield write(at, name, colour=_colour(place), bold=not place)


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
        _residual_shapes(panels, forecast.unit, places),
        name="residuals",
        title=f"Forecast less price by month, {forecast.unit}",
        description=_residuals_description(panels, places),
        height=_rows(panels) * _PANEL + BELOW,
    )


def _rows(panels: dict[int, list[PastForecast]]) -> int:
    return -(-len(panels) // _ABREAST)


def _residual_shapes(
    panels: dict[int, list[PastForecast]], unit: str, places: int
) -> Iterator[str]:
    low, high = limits([0.0, *(residual(one) for panel in panels.values() for one in panel)])
    ticks, labels = round_ticks(low, high, most=_PANEL_TICKS)
    months_of_all = [month_number(one.month) for panel in panels.values() for one in panel]
    first, last = min(months_of_all), max(months_of_all)
    at, names, minor = month_ticks(first, last)
    left = left_of(labels)
    columns = min(_ABREAST, len(panels))
    width = (WIDTH - left) / columns
    for place, (horizon, months_there) in enumerate(panels.items()):
        row, column = divmod(place, columns)
        panel = Panel(
            left=left + column * width, right=left + (column + 1) * width - 2 * MARGIN,
            top=row * _PANEL + _TITLE, bottom=(row + 1) * _PANEL - MARGIN,
            x=(first - 1, last + 1), y=(low, high),
        )  # fmt: skip
        yield from panel.rows(ticks, labels=() if column else labels)
        yield from panel.columns(at, minor=minor)
        yield from _panel_shapes(panel, horizon, months_there, places)
        if place + columns >= len(panels):  # none below
            yield from panel.below(at, names)
    yield name_rows(f"forecast less price, {unit}", _rows(panels) * _PANEL / 2)


def _panel_shapes(
    panel: Panel, horizon: int, past: Sequence[PastForecast], places: int
) -> Iterator[str]:
    title = f"{months(horizon)} ahead, {signed(_mean(past), places)} on average"
    yield write((panel.left, panel.top - _TITLE / 2), title)
    yield area((panel.at(*one) for one in _bars(past)), fill=FORECAST)
    yield stroke(panel.level(0), colour=INK)


def _bars(past: Sequence[PastForecast]) -> Iterator[Point]:
    """The outline of all bars in one go, along the zero line from one to the next."""
    for one in past:
        at, high = month_number(one.month), residual(one)
        yield from ((at - _HALF, 0.0), (at - _HALF, high), (at + _HALF, high), (at + _HALF, 0.0))


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
