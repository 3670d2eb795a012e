"""Charts of a report, as SVG beside it."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from benchmarks.report import FOLDER
from benchmarks.statistics import Rounds

COLOUR = "#2b6a99"


def bars(name: str, measurements: Mapping[str, Rounds], *, title: str, unit: str) -> None:
    """Draw medians as bars with their ranges, on a logarithmic axis."""
    figure = Figure(figsize=(6.4, 0.6 + 0.32 * len(measurements)), layout="constrained")
    axes = figure.subplots()
    for label, values in measurements.items():
        median = statistics.median(values)
        error = [[median - min(values)], [max(values) - median]]
        axes.barh(label, median, xerr=error, color=COLOUR, capsize=2, log=True)
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    _save(figure, axes, name, title)


def lines(
    name: str,
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    title: str,
    x: str,
    y: str,
    x_scale: str = "log",
) -> None:
    """Draw curves over a logarithmic y axis."""
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axes = figure.subplots()
    for label, (sizes, values) in curves.items():
        axes.plot(sizes, values, marker="o", markersize=3, label=label)
    axes.set(xscale=x_scale, yscale="log", xlabel=x, ylabel=y)
    axes.legend(fontsize=7)
    _save(figure, axes, name, title)


def _save(figure: Figure, axes: Any, name: str, title: str) -> None:
    axes.set_title(title, fontsize=9)
    axes.tick_params(labelsize=7)
    axes.grid(visible=True, alpha=0.3)
    FOLDER.mkdir(parents=True, exist_ok=True)
    figure.savefig(FOLDER / f"{name}.svg")
    print("written:", FOLDER / f"{name}.svg")
