"""Report: a training run and its results, as a single page that needs no network and no script.

A reader sees first whether the model was promoted and why, then how well its forecasts did and what
they say of the months to come, then everything that led there. The parts:

    content      what is reported
    page         the templates, filled in
    templates    the page and its sections, HTML of Jinja2; style.css
    tables       the rows of its tables
    charts       its charts, inline SVG; nothing else imports matplotlib
    formatting   numbers as a reader writes them
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milkprice.report.content import ReportContent

__all__ = ["render_report"]


def render_report(content: ReportContent) -> str:
    """Write the page of a training run.

    Args:
        content: What the run gave.

    Returns:
        HTML without scripts or references, so that it shows in a sandboxed frame; equal content
        gives equal text.
    """
    from milkprice.report.page import render

    return render(content)
