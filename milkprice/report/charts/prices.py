"""The price so far, its backtest forecasts, and the months to come."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from milkprice.forecasting.document import (
    Forecast,
    FutureForecast,
    Interval,
    PastForecast,
    month_number,
)
from milkprice.report.charts.svg import FORECAST, INK, MUTED, draw_svg, mark_months
from milkprice.report.content import RECENT, decimal, interval, recent_backtest

_OPACITY_80, _OPACITY_95, _OPACITY_BACKTEST = 0.34, 0.16, 0.22
_PRICE, _FORECAST = "price", "forecast"
_BACKTEST, _BACKTEST_80 = "backtest", "backtest, 80 % interval"
_INTERVAL_80, _INTERVAL_95 = "80 % interval", "95 % interval"
_LEGEND = (_PRICE, _FORECAST, _BACKTEST, _BACKTEST_80, _INTERVAL_80, _INTERVAL_95)


def prices_chart(forecast: Forecast) -> Markup:
    """Draw the last six years and the months ahead, with their intervals."""
    return draw_svg(
        lambda figure: _draw(figure, forecast),
        name="prices",
        title=f"{forecast.title} and its forecasts, {forecast.unit}",
        description=_description(forecast),
        height=4.0,
    )


def _draw(figure: Figure, forecast: Forecast) -> None:
    axes = figure.add_subplot()
    months = map(month_number, forecast.months())
    known = list(zip(months, forecast.prices, strict=True))[-RECENT:]
    _draw_backtest(axes, recent_backtest(forecast))
    _draw_future(axes, known[-1], forecast.future)
    axes.plot(*zip(*known, strict=True), color=INK, linewidth=1.8, label=_PRICE)
    _mark_origin(axes, forecast)
    axes.set_ylabel(forecast.unit)
    mark_months(axes, known[0][0], month_number(forecast.last))
    _legend(axes)


def _mark_origin(axes: Axes, forecast: Forecast) -> None:
    origin = month_number(forecast.origin)
    axes.axvline(origin, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.annotate(
        f"known to {forecast.origin}",
        (origin, 1),
        (-4, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="right",
        va="top",
        color=MUTED,
    )


def _legend(axes: Axes) -> None:
    """Above the drawing, in columns: the line on top, its interval or continuation below."""
    handles, labels = axes.get_legend_handles_labels()
    by_label = dict(zip(labels, handles, strict=True))
    shown = [label for label in _LEGEND if label in by_label]
    axes.legend(
        [by_label[label] for label in shown],
        shown,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
        borderaxespad=0.2,
    )


def _draw_backtest(axes: Axes, past: Sequence[PastForecast]) -> None:
    if not past:
        return
    at = [month_number(one.month) for one in past]
    _fill(axes, at, [one.interval_80 for one in past], _BACKTEST_80, _OPACITY_BACKTEST)
    axes.plot(
        at,
        [one.price for one in past],
        color=FORECAST,
        linewidth=1.1,
        linestyle=(0, (1, 1)),
        label=_BACKTEST,
    )


def _draw_future(axes: Axes, last: tuple[int, float], future: Sequence[FutureForecast]) -> None:
    """Fan out from the last known price."""
    month, price_there = last
    at = [month, *(month_number(one.month) for one in future)]
    point = Interval(price_there, price_there)
    _fill(axes, at, [point, *(one.interval_95 for one in future)], _INTERVAL_95, _OPACITY_95)
    _fill(axes, at, [point, *(one.interval_80 for one in future)], _INTERVAL_80, _OPACITY_80)
    axes.plot(
        at,
        [price_there, *(one.price for one in future)],
        color=FORECAST,
        linewidth=1.8,
        marker="o",
        markersize=3,
        markevery=slice(1, None),
        label=_FORECAST,
    )


def _fill(
    axes: Axes,
    at: Sequence[int],
    intervals: Sequence[Interval | None],
    label: str,
    opacity: float,
) -> None:
    """Draw a band; a gap where there is no interval."""
    low = [math.nan if one is None else one.low for one in intervals]
    high = [math.nan if one is None else one.high for one in intervals]
    axes.fill_between(at, low, high, color=FORECAST, alpha=opacity, linewidth=0, label=label)


def _description(forecast: Forecast) -> str:
    nearest, furthest, places = forecast.future[0], forecast.future[-1], forecast.decimals(1)
    last, first_price, last_price = (
        decimal(one, places) for one in (forecast.prices[-1], nearest.price, furthest.price)
    )
    return (
        f"A line of monthly prices that ends at {last} in {forecast.origin}. "
        f"After it forecasts of {first_price} for {nearest.month}, with an 80 % interval of "
        f"{interval(nearest.interval_80, places)}, to {last_price} for {furthest.month}, of "
        f"{interval(furthest.interval_80, places)}. Over the past, the forecasts of the backtest."
    )
