"""The canvas: a drawing function in, inline SVG out, whatever the user's own settings say."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any

from matplotlib import style
from matplotlib.figure import Figure

from milkprice.report.charts.inline import inline
from milkprice.report.charts.palette import GRID, INK, MUTED
from milkprice.report.markup import Html

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


def drawn(draw: Draw, *, name: str, title: str, description: str, height: float) -> Html:
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
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    return inline(written.getvalue(), name=name, title=title, description=description)
