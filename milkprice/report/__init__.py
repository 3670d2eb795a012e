"""Report: a training run and its results, as a single page that needs no network and no script.

A reader sees first whether the model was promoted and why, then how well its forecasts did and what
they say of the months to come, then everything that led there. The parts:

    content      what is reported, the rows of its tables, numbers as a reader writes them
    templates    the page and its sections, HTML of Jinja2; style.css
    charts       its charts, inline SVG
"""

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
