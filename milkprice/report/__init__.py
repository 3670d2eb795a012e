"""Report: what a training run found, as a single page that needs no network and no script.

A reader sees first whether the model was promoted and why, then how well its forecasts did and what
they say of the months to come, then everything that led there. The parts:

    findings   what is reported
    page       the order of the sections
    sections   what each says, one a module
    charts     what is drawn, one a module; nothing else imports matplotlib
    markup, tables, wording   HTML, its tables and the numbers in them
"""

from __future__ import annotations

from milkprice.report.content import ReportContent

__all__ = ["ReportContent", "render_report"]


def render_report(content: ReportContent) -> str:
    """Write the page of a training run.

    Args:
        content: What it found.

    Returns:
        HTML without scripts or references, so that it shows in a sandboxed frame; equal findings
        give equal text.
    """
    from milkprice.report.page import page

    return page(content)
