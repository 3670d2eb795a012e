"""The price so far, what would have been forecast of it, and the months to come."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from milkprice.forecasting.document import Ahead, Interval, Outlook, Past
from milkprice.forecasting.document.outlook import number
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


def prices_chart(outlook: Outlook) -> Html:
    """Draw the last six years and the months ahead, with their intervals."""
    return drawn(
        lambda figure: _draw(figure, outlook),
        name="prices",
        title="Milk price and its forecasts, CLP per litre",
        description=_description(outlook),
        height=4.0,
    )


def shown_past(outlook: Outlook) -> tuple[Past, ...]:
    """The past forecasts that are drawn: the nearest horizon, as far back as prices are shown."""
    horizon = min((one.horizon for one in outlook.past), default=1)
    first = number(outlook.origin) - SHOWN
    return tuple(
        one for one in outlook.past if one.horizon == horizon and number(one.month) > first
    )


def _draw(figure: Figure, outlook: Outlook) -> None:
    axes = figure.add_subplot()
    known = list(zip(map(number, outlook.months()), outlook.prices, strict=True))[-SHOWN:]
    past = shown_past(outlook)
    _draw_past(axes, past)
    _draw_ahead(axes, known[-1], outlook.ahead)
    axes.plot(*zip(*known, strict=True), color=INK, linewidth=1.8, label=_PRICE)
    _mark_origin(axes, outlook)
    axes.set_ylabel("CLP per litre")
    mark_months(axes, known[0][0], number(outlook.last))
    _legend(axes)


def _mark_origin(axes: Axes, outlook: Outlook) -> None:
    origin = number(outlook.origin)
    axes.axvline(origin, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.annotate(
        f"known to {outlook.origin}",
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


def _draw_past(axes: Axes, past: Sequence[Past]) -> None:
    if not past:
        return
    at = [number(one.month) for one in past]
    low, high = _ends([one.likely for one in past])
    axes.fill_between(at, low, high, color=FORECAST, alpha=_PAST, linewidth=0, label=_PAST_LIKELY)
    axes.plot(
        at,
        [one.price for one in past],
        color=FORECAST,
        linewidth=1.1,
        linestyle=(0, (1, 1)),
        label=_PAST_FORECAST,
    )


def _draw_ahead(axes: Axes, last: tuple[int, float], ahead: Sequence[Ahead]) -> None:
    """Fan out from the last known price."""
    at = [last[0], *(number(one.month) for one in ahead)]
    none = Interval(last[1], last[1])
    for name, alpha, found in (
        (_AHEAD_WIDE, _WIDE, [one.wide for one in ahead]),
        (_AHEAD_LIKELY, _NARROW, [one.likely for one in ahead]),
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


def _description(outlook: Outlook) -> str:
    next_, furthest = outlook.ahead[0], outlook.ahead[-1]
    return (
        f"A line of monthly prices that ends at {price(outlook.prices[-1])} in {outlook.origin}. "
        f"After it forecasts of {price(next_.price)} for {next_.month}, with an 80 % interval of "
        f"{interval(next_.likely)}, to {price(furthest.price)} for {furthest.month}, of "
        f"{interval(furthest.likely)}. Over the past, forecasts as they would have been made."
    )
