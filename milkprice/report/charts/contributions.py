"""What the row model looks at, as bars."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from milkprice.report.charts.canvas import drawn
from milkprice.report.charts.palette import FORECAST
from milkprice.report.markup import Html
from milkprice.report.numbers import decimal, listed, shortened

SHOWN = 15
LONGEST = 40  # characters of a name


def contributions_chart(contributions: pd.Series) -> Html:
    """Draw the features that contribute, the largest first.

    Args:
        contributions: Mean absolute contribution of each, CLP per litre, largest first.
    """
    shown = largest(contributions)
    return drawn(
        lambda figure: _draw(figure, shown),
        name="contributions",
        title="Mean absolute contribution of features, CLP per litre",
        description=_description(shown),
        height=0.7 + 0.26 * len(shown),
    )


def largest(contributions: pd.Series) -> pd.Series:
    """Those that contribute at all, at most the first fifteen."""
    return contributions[contributions > 0].head(SHOWN)


def _draw(figure: Figure, shown: pd.Series) -> None:
    axes = figure.add_subplot()
    places = range(len(shown))
    bars = axes.barh(places, shown.to_numpy(dtype=float), height=0.7, color=FORECAST)
    axes.bar_label(bars, [decimal(one) for one in shown], padding=4)
    axes.set_yticks(places, [shortened(str(name), LONGEST) for name in shown.index])
    axes.invert_yaxis()
    axes.set_xlabel("mean absolute contribution, CLP per litre")
    axes.margins(x=0.1, y=0.02)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.spines[:].set_visible(False)


def _description(shown: pd.Series) -> str:
    said = [f"{name} {decimal(value)}" for name, value in shown.items()]
    return f"{len(shown)} bars, the longest first: {listed(said)}."
