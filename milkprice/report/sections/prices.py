"""The price, and the months to come."""

from __future__ import annotations

from collections.abc import Iterator

from milkprice.forecasting.document import Forecast, FutureForecast
from milkprice.report.charts.prices import prices_chart, shown_past
from milkprice.report.content import ReportContent
from milkprice.report.markup import Html, Words, element, figure, folded, section, table
from milkprice.report.numbers import interval, listed, months, price, signed


def prices(content: ReportContent) -> Html:
    """The chart of prices and forecasts, and the table of the months ahead."""
    forecast = content.forecast
    intro = (
        f"The line to {forecast.origin} is the price that farmers got, the one with dots goes on "
        "from it. If errors stay what they were, four of five prices lie in the inner band and "
        "nineteen of twenty in the outer one."
    )
    return section(
        "price-and-forecasts",
        "Price and forecasts",
        intro,
        figure(prices_chart(forecast), title="Milk price and its forecasts, CLP per litre"),
        _past_table(forecast),
        _ahead_table(forecast),
        element(
            "p", "Each forecast is the mean of those with the best record so many months ahead:"
        ),
        element("ul", *_members(forecast.future), class_="note"),
    )


def _ahead_table(forecast: Forecast) -> Html:
    baselines = list(forecast.future[0].baselines)
    head = (Words("month"), "forecast", "80 % interval", "95 % interval", *baselines)
    rows = (
        (
            one.month,
            price(one.price),
            interval(one.interval_80),
            interval(one.interval_95),
            *(price(one.baselines.get(name)) for name in baselines),
        )
        for one in forecast.future
    )
    return table(f"Months ahead by {forecast.forecaster}, CLP per litre", head, rows)


def _past_table(forecast: Forecast) -> Html:
    past = {one.month: one for one in shown_past(forecast)}
    if not past:
        return element("p", "No past months were forecast.", class_="note")
    rows = (
        (
            one.month,
            price(one.actual),
            price(one.price),
            interval(one.interval_80),
            signed(one.price - one.actual, 1),
        )
        for one in reversed(past.values())
    )
    ahead = months(next(iter(past.values())).horizon)
    head = (Words("month"), "price", "forecast", "80 % interval", "forecast less price")
    return folded(f"Past prices as forecast {ahead} before, CLP per litre", head, rows)


def _members(ahead: tuple[FutureForecast, ...]) -> Iterator[Html]:
    """Whose mean the forecasts are, months with equal members together."""
    for members in dict.fromkeys(one.members for one in ahead):
        horizons = [one.horizon for one in ahead if one.members == members]
        name = f"{listed(_spans(horizons))} month{'' if horizons == [1] else 's'} ahead"
        yield element("li", f"{name}: {'; '.join(members)}")


def _spans(horizons: list[int]) -> list[str]:
    """Numbers, neighbours as from and to."""
    starts = [one for one in horizons if one - 1 not in horizons]
    ends = [one for one in horizons if one + 1 not in horizons]
    return [
        str(start) if start == end else f"{start} to {end}"
        for start, end in zip(starts, ends, strict=True)
    ]
