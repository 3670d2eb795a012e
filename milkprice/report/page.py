"""The page: templates, filled in with the content, its charts and the rows of its tables."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from milkprice.data.formats import names
from milkprice.report.charts.accuracy import residuals_chart, skill_chart
from milkprice.report.charts.prices import prices_chart
from milkprice.report.charts.row_model import contributions_chart, search_chart
from milkprice.report.charts.svg import HEAT_LEVELS
from milkprice.report.content import FILTERS, TABLES, ReportContent
from milkprice.validation.drift import sentences

CHARTS = (prices_chart, skill_chart, residuals_chart, search_chart, contributions_chart)


def render(content: ReportContent, *, template: str = "report.html") -> str:
    """Fill in a template: HTML without scripts or references, equal for equal content.

    Args:
        content: Its fields are the template's variables.
        template: The page, or one of its ``sections``.
    """
    return environment().get_template(template).render(vars(content))


@cache
def environment() -> Environment:
    """The templates' environment: whatever is not markup already is escaped."""
    environment = Environment(
        loader=PackageLoader("milkprice.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals.update({function.__name__: function for function in (*CHARTS, *TABLES)})
    environment.globals.update(drift_sentences=sentences, heat_levels=HEAT_LEVELS, names=names)
    return environment
