"""What all charts share: a style that no user's settings change, and an axis of months.

A drawing function goes in, inline SVG comes out. Months are numbers since year 0; ticks are at
months that people name.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any

from markupsafe import Markup
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from milkprice.forecasting.document import month_text
from milkprice.report.charts.svg import GRID, INK, MUTED, inline_svg

Draw = Callable[[Figure], None]

WIDTH = 8.6  # inches, of 72 units each
SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "milkprice",  # equal input, equal identifiers
    "text.parse_math": False,  # a dollar in a name is a dollar
    "font.family": "DejaVu Sans",  # comes with the library, so that all machines measure alike
    "font.size": 9,
    "text.color": INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.xmargin": 0.02,
    "grid.color": GRID,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "ytick.major.size": 0,
    "lines.linewidth": 1.6,
    "lines.markeredgewidth": 0,
    "legend.frameon": False,
    "legend.fontsize": 9,
}

YEAR = 12
FEW, MANY = 2 * YEAR, 14 * YEAR  # months


def draw_svg(draw: Draw, *, name: str, title: str, description: str, height: float) -> Markup:
    """Draw a chart.

    Args:
        draw: Fills the figure.
        name: Its identifier, unique on the page.
        title: What it shows.
        description: The same in a sentence or two, for those who do not see it.
        height: Inches.
    """
    with style.context(["default", SETTINGS]), warnings.catch_warnings():
        # Such a character is written as text all the same, and the browser's fonts have it.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        draw(figure)
        svg = io.StringIO()
        figure.savefig(svg, format="svg", metadata={"Date": None})
    return inline_svg(svg.getvalue(), name=name, title=title, description=description)


def mark_months(axes: Axes, first: int, last: int) -> None:
    """Tick the horizontal axis: years, or some months of them where there are few.

    Args:
        axes: The axes.
        first: First month shown.
        last: Last one.
    """
    axes.set_xlim(first - 1, last + 1)
    step = _step(last - first + 1)
    ticks = [month for month in range(first, last + 1) if month % step == 0] or [first]
    axes.set_xticks(ticks, [_label(month, step) for month in ticks])
    if step >= YEAR:
        minor = [month for month in range(first, last + 1) if month % 3 == 0]
        axes.set_xticks(minor, minor=True)


def _step(months: int) -> int:
    if months <= YEAR // 2:
        return 1
    if months <= FEW:
        return 3
    return YEAR if months <= MANY else 5 * YEAR


def _label(month: int, step: int) -> str:
    text = month_text(month)
    return text[:4] if step >= YEAR else text
