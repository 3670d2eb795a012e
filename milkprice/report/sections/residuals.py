"""When forecasts erred, and which way."""

from __future__ import annotations

from milkprice.forecasting.document import Forecast
from milkprice.report.charts.residuals import by_horizon, error, residuals_chart
from milkprice.report.content import ReportContent
from milkprice.report.markup import Html, Words, element, figure, folded, section
from milkprice.report.numbers import MISSING, months, signed


def residuals(content: ReportContent) -> Html:
    """The chart of errors by month, one panel a horizon."""
    forecast = content.forecast
    intro = (
        "Bars above the line are months whose price was forecast too high, bars below it too low. "
        "Bars of one sign that follow each other are a move of the price that was noticed late."
    )
    if not forecast.past:
        nothing = element("p", "No past months were forecast.", class_="note")
        return section("residuals-over-time", "Residuals over time", intro, nothing)
    chart = figure(residuals_chart(forecast), title="Forecast less price by month, CLP per litre")
    return section("residuals-over-time", "Residuals over time", intro, chart, _table(forecast))


def _table(forecast: Forecast) -> Html:
    panels = by_horizon(forecast)
    errors = {
        horizon: {one.month: signed(error(one), 1) for one in panel}
        for horizon, panel in panels.items()
    }
    every = sorted({one.month for one in forecast.past}, reverse=True)
    rows = ((month, *(found.get(month, MISSING) for found in errors.values())) for month in every)
    head = (Words("month"), *(f"{months(horizon)} ahead" for horizon in panels))
    return folded("Forecast less price by month and horizon, CLP per litre", head, rows)
