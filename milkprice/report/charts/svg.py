"""Charts as inline SVG: drawn in one style, made part of a page, alone with their identifiers.

A drawing function goes in, inline SVG comes out. Charts are drawn in placeholder colours, by what
they stand for; on the page these are variables of its style, which have a value for light and one
for dark. Forecasts and baselines take after Okabe and Ito's palette, which people with any colour
vision tell apart, with enough contrast on either. No user's settings change the style. Months are
numbers since year 0; ticks are at months that people name.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from markupsafe import Markup
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from milkprice.forecasting.document import month_text

HEAT_LEVELS = 7  # of a heat map, the worst first
_NAMES = ("ink", "muted", "grid", "forecast", "baseline-1", "baseline-2")
_HEAT = tuple(f"heat-{level}" for level in range(HEAT_LEVELS))
_ON_HEAT = tuple(f"on-heat-{level}" for level in range(HEAT_LEVELS))
_PLACEHOLDERS = {
    name: f"#0a0b{place:02x}" for place, name in enumerate((*_NAMES, *_HEAT, *_ON_HEAT))
}
_VARIABLES = {colour: f"var(--{name})" for name, colour in _PLACEHOLDERS.items()}

INK, MUTED, GRID, FORECAST, *BASELINES = (_PLACEHOLDERS[name] for name in _NAMES)
HEAT = tuple(_PLACEHOLDERS[name] for name in _HEAT)
ON_HEAT = tuple(_PLACEHOLDERS[name] for name in _ON_HEAT)

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_FONT = re.compile(r"'DejaVu Sans'[^;]*")
_PAGE_FONT = "system-ui, sans-serif"
_NUMBER = re.compile(r"-?\d+\.\d+")
_REFERENCE = re.compile(r"#([A-Za-z][\w.-]*)")
_MEASURES = frozenset({"d", "x", "y", "width", "height", "points", "transform"})
_REFERRING = frozenset({"href", "clip-path"})

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
    "axes.formatter.useoffset": False,  # ticks are prices as they are, with no power apart
    "axes.formatter.limits": (-99, 99),
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
    """Draw a chart."""
    with style.context(["default", SETTINGS]), warnings.catch_warnings():
        # Such a character is written as text all the same, and the browser's fonts have it.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        draw(figure)
        svg = io.StringIO()
        figure.savefig(svg, format="svg", metadata={"Date": None})
    return inline_svg(svg.getvalue(), name=name, title=title, description=description)


def mark_months(axes: Axes, first: int, last: int) -> None:
    """Tick the horizontal axis: years, or some months of them where there are few."""
    axes.set_xlim(first - 1, last + 1)
    step = _step(last - first + 1)
    ticks = [month for month in range(first, last + 1) if month % step == 0] or [first]
    axes.set_xticks(ticks, [_tick_label(month, step) for month in ticks])
    if step >= YEAR:
        minor = [month for month in range(first, last + 1) if month % 3 == 0]
        axes.set_xticks(minor, minor=True)


def inline_svg(svg: str, *, name: str, title: str, description: str) -> Markup:
    """Rewrite an SVG document as an element of a page."""
    root = ElementTree.fromstring(svg)  # noqa: S314  written by the caller, not by others
    _prune(root)
    referred = {one for node in root.iter() for one in _references(node)}
    for node in root.iter():
        _rewrite(node, name, referred)
    _label(root, name, title, description)
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704  escaped by it


def _step(months: int) -> int:
    if months <= YEAR // 2:
        return 1
    if months <= FEW:
        return 3
    return YEAR if months <= MANY else 5 * YEAR


def _tick_label(month: int, step: int) -> str:
    text = month_text(month)
    return text[:4] if step >= YEAR else text


def _prune(root: Element) -> None:
    """Drop metadata, and styles that would be the whole page's."""
    for parent in list(root.iter()):
        for child in list(parent):
            if _local_name(child.tag) in {"metadata", "style"}:
                parent.remove(child)


def _references(node: Element) -> list[str]:
    return [
        identifier
        for name, value in node.attrib.items()
        if _local_name(name) in _REFERRING
        for identifier in _REFERENCE.findall(value)
    ]


def _rewrite(node: Element, prefix: str, referred: set[str]) -> None:
    node.tag = _local_name(node.tag)
    values = {_local_name(name): value for name, value in node.attrib.items()}
    if values.get("id") not in referred:
        values.pop("id", None)
    node.attrib.clear()
    node.attrib.update({name: _value(name, value, prefix) for name, value in values.items()})
    node.text, node.tail = (
        text if text and text.strip() else None for text in (node.text, node.tail)
    )


def _value(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return f"{prefix}-{value}"
    if name in _REFERRING:
        return _REFERENCE.sub(rf"#{prefix}-\1", value)
    if name == "style":
        return _COLOUR.sub(lambda one: _VARIABLES.get(one[0], one[0]), _FONT.sub(_PAGE_FONT, value))
    return " ".join(_NUMBER.sub(_round, value).split()) if name in _MEASURES else value


def _round(number: re.Match[str]) -> str:
    text = f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _label(root: Element, name: str, title: str, description: str) -> None:
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        node = Element(tag, {"id": f"{name}-{tag}"})
        node.text = text
        root.insert(place, node)
    view = root.attrib["viewBox"]
    root.attrib.clear()
    labels = f"{name}-title {name}-desc"
    root.attrib.update({"viewBox": view, "role": "img", "aria-labelledby": labels})


def _local_name(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]
