"""Small charts of what was measured, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.document import FOLDER
from benchmarks.spread import Spread

COLOUR = "#2b6a99"


def bars(name: str, spreads: Mapping[str, Spread], *, title: str, unit: str) -> str:
    """Draw medians as bars with their ranges, on a logarithmic axis; the file."""
    figure, axes = _paper(height=0.6 + 0.32 * len(spreads))
    labels, medians = list(spreads), [one.median for one in spreads.values()]
    below = [one.median - one.least for one in spreads.values()]
    above = [one.most - one.median for one in spreads.values()]
    axes.barh(labels, medians, xerr=(below, above), color=COLOUR, capsize=2, log=True)
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    return _saved(figure, axes, name, title)


def lines(
    name: str,
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    title: str,
    across: str,
    up: str,
    straight: bool = False,
) -> str:
    """Draw curves; both axes are logarithmic, or only the upright one; the file."""
    figure, axes = _paper(height=3.2)
    for label, (sizes, amounts) in curves.items():
        axes.plot(sizes, amounts, marker="o", markersize=3, label=label)
    axes.set_yscale("log")
    axes.set_xscale("linear" if straight else "log")
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.legend(fontsize=7)
    return _saved(figure, axes, name, title)


def _paper(*, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, height), layout="constrained")
    return figure, figure.subplots()


def _saved(figure: Any, axes: Any, name: str, title: str) -> str:
    axes.set_title(title, fontsize=9)
    axes.tick_params(labelsize=7)
    axes.grid(visible=True, alpha=0.3)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path: Path = FOLDER / f"{name}.svg"
    figure.savefig(path)
    return str(path)
