"""The price so far, its backtest forecasts, and the months to come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby

from markupsafe import Markup

from milkprice.forecasting.document import (
    Forecast,
    FutureForecast,
    Interval,
    PastForecast,
    month_number,
)
from milkprice.report.charts.svg import (
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
    round_ticks,
    stroke,
    text_width,
    write,
)
from milkprice.report.content import RECENT, decimal, interval, recent_backtest

_HEIGHT = 4.0 * INCH
_OPACITY_80, _OPACITY_95, _OPACITY_BACKTEST = 0.34, 0.16, 0.22
_LINE = 1.6 * FONT  # of the legend
_SAMPLE = 2 * FONT  # its pieces of lines and bands
_GAP = 4 * MARGIN  # between the columns of the legend
_TICKS = 8
_DASHES = "1.8 1.2"
_BAND = 0.35 * FONT
_CORNERS = ((0, -1), (1, -1), (1, 1), (0, 1))


def prices_chart(forecast: Forecast) -> Markup:
    """Draw the last six years and the months ahead, with their intervals."""
    return draw_svg(
        _shapes(forecast),
        name="prices",
        title=f"{forecast.title} and its forecasts, {forecast.unit}",
        description=_description(forecast),
        height=_HEIGHT,
    )


def _shapes(forecast: Forecast) -> Iterator[str]:
    months = map(month_number, forecast.months())
    known = list(zip(months, forecast.prices, strict=True))[-RECENT:]
    past = recent_backtest(forecast)
    first, last = known[0][0], month_number(forecast.last)
    low, high = limits(_values(known, past, forecast.future))
    ticks, labels = round_ticks(low, high, most=_TICKS)
    right = WIDTH - 2 * MARGIN - max(map(text_width, labels), default=0.0)
    panel = Panel(
        left=left_of(labels), right=right, top=(3 if past else 2) * _LINE + MARGIN,
        bottom=_HEIGHT - BELOW + FONT, x=(first - 1, last + 1), y=(low, high),
    )  # fmt: skip
    yield from panel.rows(ticks, labels=labels)
    yield from _labels_at_the_right(panel, ticks, labels)
    yield from _backtest_shapes(panel, past)
    yield from _future_shapes(panel, known[-1], forecast.future)
    yield stroke(line_path(panel.at(*one) for one in known), colour=INK, width=1.8)
    yield from _origin_shapes(panel, forecast.origin)
    at, names, minor = month_ticks(first, last)
    yield from panel.columns(at, labels=names, minor=minor)
    yield panel.name_rows(forecast.unit)
    yield from _legend(panel.right, rows=3 if past else 2)


def _labels_at_the_right(
    panel: Panel, ticks: Sequence[float], labels: Sequence[str]
) -> Iterator[str]:
    """The same labels beside the newest months, which is all that a phone shows at first."""
    for tick, label in zip(ticks, labels, strict=True):
        _, y = panel.at(panel.x[0], tick)
        yield write((panel.right + MARGIN, y), label, colour=MUTED)


def _values(
    known: Sequence[Point], past: Sequence[PastForecast], future: Sequence[FutureForecast]
) -> Iterator[float]:
    """All prices that are drawn."""
    yield from (price for _, price in known)
    yield from (one.price for one in past)
    yield from (one.price for one in future)
    for band in (
        *(one.interval_80 for one in past),
        *(one.interval_95 for one in future),
    ):
        if band:
            yield from (band.low, band.high)


def _origin_shapes(panel: Panel, origin: str) -> Iterator[str]:
    month = month_number(origin)
    yield stroke(panel.upright(month), colour=MUTED, dashes="1.6 1.6")
    x, _ = panel.at(month, panel.y[1])
    at = (x - MARGIN, panel.top + FONT / 2)
    yield write(at, f"known to {origin}", colour=MUTED, anchor="end")


def _legend(right: float, *, rows: int) -> Iterator[str]:
    """Above the newest months, which is all that a phone shows at first: lines, then intervals."""
    columns = [column[:rows] for column in _LEGEND]
    widths = [_SAMPLE + MARGIN + max(text_width(label) for label, _ in one) for one in columns]
    left = right - sum(widths) - _GAP * (len(columns) - 1)
    for column, width in zip(columns, widths, strict=True):
        for row, (label, sample) in enumerate(column):
            y = (row + 0.5) * _LINE
            yield from sample(left, y)
            yield write((left + _SAMPLE + MARGIN, y), label)
        left += width + _GAP


def _price_sample(left: float, y: float) -> Iterator[str]:
    yield stroke(line_path([(left, y), (left + _SAMPLE, y)]), colour=INK, width=1.8)


def _forecast_sample(left: float, y: float) -> Iterator[str]:
    yield stroke(line_path([(left, y), (left + _SAMPLE, y)]), colour=FORECAST, width=1.8)
    yield from dots([(left + _SAMPLE / 2, y)], fill=FORECAST, radius=1.5)


def _backtest_sample(left: float, y: float) -> Iterator[str]:
    path = line_path([(left, y), (left + _SAMPLE, y)])
    yield stroke(path, colour=FORECAST, width=1.1, dashes=_DASHES)


def _band_sample(opacity: float, left: float, y: float) -> Iterator[str]:
    corners = [(left + across * _SAMPLE, y + up * _BAND) for across, up in _CORNERS]
    yield area(corners, fill=FORECAST, opacity=opacity)


# The rows from the third on are of the backtest.
_LEGEND: tuple[tuple[tuple[str, Callable[[float, float], Iterator[str]]], ...], ...] = (
    (
        ("price", _price_sample),
        ("forecast", _forecast_sample),
        ("backtest", _backtest_sample),
    ),
    (
        ("80 % interval", partial(_band_sample, _OPACITY_80)),
        ("95 % interval", partial(_band_sample, _OPACITY_95)),
        ("backtest, 80 % interval", partial(_band_sample, _OPACITY_BACKTEST)),
    ),
)


def _backtest_shapes(panel: Panel, past: Sequence[PastForecast]) -> Iterator[str]:
    at = [month_number(one.month) for one in past]
    yield from _band(panel, at, [one.interval_80 for one in past], _OPACITY_BACKTEST)
    path = line_path(panel.points(at, (one.price for one in past)))
    yield stroke(path, colour=FORECAST, width=1.1, dashes=_DASHES)


def _future_shapes(
    panel: Panel, last: tuple[int, float], future: Sequence[FutureForecast]
) -> Iterator[str]:
    """Fan out from the last known price."""
    month, price_there = last
    at = [month, *(month_number(one.month) for one in future)]
    point = Interval(price_there, price_there)
    yield from _band(panel, at, [point, *(one.interval_95 for one in future)], _OPACITY_95)
    yield from _band(panel, at, [point, *(one.interval_80 for one in future)], _OPACITY_80)
    points = panel.points(at, [price_there, *(one.price for one in future)])
    yield stroke(line_path(points), colour=FORECAST, width=1.8)
    yield from dots(points[1:], fill=FORECAST, radius=1.5)


def _band(
    panel: Panel, at: Sequence[int], intervals: Sequence[Interval | None], opacity: float
) -> Iterator[str]:
    """Draw a band; a gap where there is no interval."""
    pairs = zip(at, intervals, strict=True)
    for is_known, part in groupby(pairs, key=lambda pair: pair[1] is not None):
        known = [(month, one) for month, one in part if one is not None]
        if is_known:
            lower = [panel.at(month, one.low) for month, one in known]
            upper = [panel.at(month, one.high) for month, one in reversed(known)]
            yield area([*lower, *upper], fill=FORECAST, opacity=opacity)


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
