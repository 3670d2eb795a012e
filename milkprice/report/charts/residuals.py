"""Residuals of the backtest, month by month, one panel a horizon."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from milkprice.data.formats import names
from milkprice.forecasting.document import Forecast, PastForecast, month_number
from milkprice.report.charts.canvas import draw_svg, mark_months
from milkprice.report.charts.svg import FORECAST, INK, MUTED
from milkprice.report.formatting import months, signed
from milkprice.report.tables import backtest_by_horizon, residual

_ABREAST = 2
_HALF = 0.4  # of a month: half a bar's width


def residuals_chart(forecast: Forecast) -> Markup:
    """Draw forecast less price of each past month, for each horizon."""
    panels = backtest_by_horizon(forecast)
    return draw_svg(
        lambda figure: _draw(figure, panels),
        name="residuals",
        title=f"Forecast less price by month, {names.PRICE_UNIT}",
        description=_description(panels),
        height=0.5 + 1.7 * -(-len(panels) // _ABREAST),
    )


def _draw(figure: Figure, panels: dict[int, list[PastForecast]]) -> None:
    columns = min(_ABREAST, len(panels))
    rows = -(-len(panels) // columns)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    numbers = [month_number(one.month) for panel in panels.values() for one in panel]
    for axes, (horizon, panel) in zip(grid, panels.items(), strict=False):
        _draw_panel(axes, horizon, panel)
        mark_months(axes, min(numbers), max(numbers))
    for axes in grid[len(panels) :]:
        axes.remove()
    figure.supylabel(f"forecast less price, {names.PRICE_UNIT}", fontsize=9, color=MUTED)


def _draw_panel(axes: Axes, horizon: int, panel: Sequence[PastForecast]) -> None:
    axes.set_title(f"{months(horizon)} ahead, {signed(_mean(panel))} on average")
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


def _description(panels: dict[int, list[PastForecast]]) -> str:
    texts = [
        f"{months(horizon)} ahead: {signed(_mean(panel))} on average, between "
        f"{signed(min(map(residual, panel)))} and {signed(max(map(residual, panel)))}"
        for horizon, panel in panels.items()
    ]
    return f"Bars up where the forecast was too high. {'; '.join(texts)}."
