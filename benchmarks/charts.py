"""Charts of a report, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import FOLDER
from benchmarks.statistics import Summary

COLOUR = "#2b6a99"


def bars(name: str, values: Mapping[str, Summary], *, title: str, unit: str) -> str:
    """Draw medians as bars with their ranges, on a logarithmic axis; returns the file."""
    figure, axes = _subplots(height=0.6 + 0.32 * len(values))
    labels, medians = list(values), [one.median for one in values.values()]
    below = [one.median - one.minimum for one in values.values()]
    above = [one.maximum - one.median for one in values.values()]
    axes.barh(labels, medians, xerr=(below, above), color=COLOUR, capsize=2, log=True)
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    return _save(figure, axes, name, title)


def lines(
    name: str,
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    title: str,
    x: str,
    y: str,
    linear_x: bool = False,
) -> str:
    """Draw curves over a logarithmic y axis; returns the file."""
    figure, axes = _subplots(height=3.2)
    for label, (sizes, values) in curves.items():
        axes.plot(sizes, values, marker="o", markersize=3, label=label)
    axes.set_yscale("log")
    axes.set_xscale("linear" if linear_x else "log")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.legend(fontsize=7)
    return _save(figure, axes, name, title)


def _subplots(*, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, height), layout="constrained")
    return figure, figure.subplots()


def _save(figure: Any, axes: Any, name: str, title: str) -> str:
    axes.set_title(title, fontsize=9)
    axes.tick_params(labelsize=7)
    axes.grid(visible=True, alpha=0.3)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path: Path = FOLDER / f"{name}.svg"
    figure.savefig(path)
    return str(path)
