"""The price so far, what would have been forecast of it, and the months to come."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from milkprice.forecasting.document import (
    Forecast,
    FutureForecast,
    Interval,
    PastForecast,
    month_number,
)
from milkprice.report.charts.canvas import drawn, mark_months
from milkprice.report.charts.palette import FORECAST, INK, MUTED
from milkprice.report.markup import Html
from milkprice.report.numbers import interval, price

SHOWN = 72  # months of the past
_NARROW, _WIDE, _PAST = 0.34, 0.16, 0.22  # opacities
_PRICE, _AHEAD = "price", "months ahead"
_PAST_FORECAST, _PAST_LIKELY = "forecast of past months", "its 80 % interval"
_AHEAD_LIKELY, _AHEAD_WIDE = "80 % interval", "95 % interval"
_LEGEND = (_PRICE, _AHEAD, _PAST_FORECAST, _PAST_LIKELY, _AHEAD_LIKELY, _AHEAD_WIDE)


def prices_chart(forecast: Forecast) -> Html:
    """Draw the last six years and the months ahead, with their intervals."""
    return drawn(
        lambda figure: _draw(figure, forecast),
        name="prices",
        title="Milk price and its forecasts, CLP per litre",
        description=_description(forecast),
        height=4.0,
    )


def shown_past(forecast: Forecast) -> tuple[PastForecast, ...]:
    """The past forecasts that are drawn: the nearest horizon, as far back as prices are shown."""
    horizon = min((one.horizon for one in forecast.past), default=1)
    first = month_number(forecast.origin) - SHOWN
    return tuple(
        one for one in forecast.past if one.horizon == horizon and month_number(one.month) > first
    )


def _draw(figure: Figure, forecast: Forecast) -> None:
    axes = figure.add_subplot()
    known = list(zip(map(month_number, forecast.months()), forecast.prices, strict=True))[-SHOWN:]
    past = shown_past(forecast)
    _draw_past(axes, past)
    _draw_ahead(axes, known[-1], forecast.future)
    axes.plot(*zip(*known, strict=True), color=INK, linewidth=1.8, label=_PRICE)
    _mark_origin(axes, forecast)
    axes.set_ylabel("CLP per litre")
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
    shown = [one for one in _LEGEND if one in by_label]
    axes.legend(
        [by_label[one] for one in shown],
        shown,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
        borderaxespad=0.2,
    )


def _draw_past(axes: Axes, past: Sequence[PastForecast]) -> None:
    if not past:
        return
    at = [month_number(one.month) for one in past]
    low, high = _ends([one.interval_80 for one in past])
    axes.fill_between(at, low, high, color=FORECAST, alpha=_PAST, linewidth=0, label=_PAST_LIKELY)
    axes.plot(
        at,
        [one.price for one in past],
        color=FORECAST,
        linewidth=1.1,
        linestyle=(0, (1, 1)),
        label=_PAST_FORECAST,
    )


def _draw_ahead(axes: Axes, last: tuple[int, float], ahead: Sequence[FutureForecast]) -> None:
    """Fan out from the last known price."""
    at = [last[0], *(month_number(one.month) for one in ahead)]
    none = Interval(last[1], last[1])
    for name, alpha, found in (
        (_AHEAD_WIDE, _WIDE, [one.interval_95 for one in ahead]),
        (_AHEAD_LIKELY, _NARROW, [one.interval_80 for one in ahead]),
    ):
        low, high = _ends([none, *found])
        axes.fill_between(at, low, high, color=FORECAST, alpha=alpha, linewidth=0, label=name)
    axes.plot(
        at,
        [last[1], *(one.price for one in ahead)],
        color=FORECAST,
        linewidth=1.8,
        marker="o",
        markersize=3,
        markevery=slice(1, None),
        label=_AHEAD,
    )


def _ends(intervals: Sequence[Interval | None]) -> tuple[list[float], list[float]]:
    """Lower and upper ends; a gap where there is no interval."""
    ends = [(math.nan, math.nan) if one is None else (one.low, one.high) for one in intervals]
    return [low for low, _ in ends], [high for _, high in ends]


def _description(forecast: Forecast) -> str:
    next_, furthest = forecast.future[0], forecast.future[-1]
    return (
        f"A line of monthly prices that ends at {price(forecast.prices[-1])} in {forecast.origin}. "
        f"After it forecasts of {price(next_.price)} for {next_.month}, with an 80 % interval of "
        f"{interval(next_.interval_80)}, to {price(furthest.price)} for {furthest.month}, of "
        f"{interval(furthest.interval_80)}. Over the past, forecasts as they would have been made."
    )
