"""Charts as inline SVG: shapes, panels with their ticks, and the element of the page around them.

A chart is a few shapes, written as text at once. Lengths are units of the view box, of which the
page makes pixels; colours are variables of the page's style, which have a value for light and one
for dark. Forecasts and baselines take after Okabe and Ito's palette, which people with any colour
vision tell apart, with enough contrast on either. How wide a text is depends on the reader's fonts:
it is estimated, rather too wide. Months are numbers since year 0; ticks are at months that people
name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from unicodedata import east_asian_width

from markupsafe import Markup, escape

from milkprice.forecasting.document import month_text
from milkprice.report.content import MINUS, decimal

HEAT_LEVELS = 7  # of a heat map, the worst first
INK, MUTED, GRID = "var(--ink)", "var(--muted)", "var(--grid)"
FORECAST, *BASELINES = "var(--forecast)", "var(--baseline-1)", "var(--baseline-2)"
HEAT = tuple(f"var(--heat-{level})" for level in range(HEAT_LEVELS))
ON_HEAT = tuple(f"var(--on-heat-{level})" for level in range(HEAT_LEVELS))

WIDTH = 620.0
INCH = 72.0
FONT = 9.0
MARGIN = 4.0  # around the drawing, and between a text and what it belongs to
BELOW = 2 * FONT + 3 * MARGIN  # of a panel: tick labels and a name of the axis
_THIN = 0.8
_TICK, _MINOR_TICK = 3.5, 2.0
_EM, _WIDE_EM = 0.6, 1.1  # of a letter
_MIDDLE = 0.35 * FONT  # from the middle of a line of text down to its baseline
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_HAIR = 1e-9  # by which a tick may miss its range
_PLAIN = range(-6, 9)  # powers of ten between which numbers are written without one

Point = tuple[float, float]

YEAR = 12
FEW, MANY = 2 * YEAR, 14 * YEAR  # months


def draw_svg(
    shapes: Iterable[str], *, name: str, title: str, description: str, height: float
) -> Markup:
    """Write shapes as an element of a page, as wide as the page and so many units high."""
    labels = "".join(
        f'<{tag} id="{name}-{tag}">{escape(label)}</{tag}>'
        for tag, label in (("title", title), ("desc", description))
    )
    return Markup(  # noqa: S704  each shape escapes its text
        f'<svg viewBox="0 0 {number(WIDTH)} {number(height)}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" '
        f'style="font: {number(FONT)}px system-ui, sans-serif">{labels}{"".join(shapes)}</svg>'
    )


def number(value: float) -> str:
    """A length in as few digits as it needs."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def text_width(text: str) -> float:
    """About how wide a text is."""
    return FONT * sum(_WIDE_EM if east_asian_width(one) in "WF" else _EM for one in text)


def write(
    at: Point,
    text: str,
    *,
    colour: str = INK,
    anchor: str = "start",
    bold: bool = False,
    turned: bool = False,
) -> str:
    """A text; its anchor, ``start``, ``middle`` or ``end``, at half its height.

    Args:
        at: Where.
        text: What.
        colour: Of its letters.
        anchor: Which of its parts is there.
        bold: Whether its letters are.
        turned: Whether it reads from below upwards.
    """
    x, y = at
    place = f'x="{number(x)}" y="{number(y + _MIDDLE)}"'
    if turned:
        place = f'transform="translate({number(x + _MIDDLE)} {number(y)}) rotate(-90)"'
    weight = "; font-weight: bold" if bold else ""
    style = f"fill: {colour}; text-anchor: {anchor}{weight}"
    return f'<text {place} style="{style}">{escape(text)}</text>'


def rectangle(
    left: float, top: float, width: float, height: float, *, fill: str = "none", edge: str = "none"
) -> str:
    """A rectangle, filled or outlined."""
    return (
        f'<rect x="{number(left)}" y="{number(top)}" width="{number(width)}" '
        f'height="{number(height)}" style="fill: {fill}; stroke: {edge}; stroke-width: 2"/>'
    )


def stroke(path: str, *, colour: str, width: float = _THIN, dashes: str = "none") -> str:
    """A path as a line; dashes are the lengths of lines and gaps in turn."""
    style = f"fill: none; stroke: {colour}; stroke-width: {width:g}; stroke-dasharray: {dashes}"
    return f'<path d="{path}" style="{style}"/>'


def line_path(points: Iterable[Point]) -> str:
    """The path along points, in one line each stretch of those that are finite."""
    return "".join(f"M{' '.join(map(_pair, part))}" for part in _stretches(points))


def area(points: Iterable[Point], *, fill: str, opacity: float = 1.0) -> str:
    """The area within points."""
    style = f"fill: {fill}; fill-opacity: {opacity:g}"
    return f'<path d="M{" ".join(map(_pair, points))}Z" style="{style}"/>'


def dots(points: Iterable[Point], *, fill: str, radius: float) -> Iterator[str]:
    """A dot at each point that is finite."""
    for part in _stretches(points):
        for x, y in part:
            yield (
                f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" '
                f'style="fill: {fill}"/>'
            )


def _pair(point: Point) -> str:
    return f"{number(point[0])},{number(point[1])}"


def _stretches(points: Iterable[Point]) -> Iterator[list[Point]]:
    for is_finite, part in groupby(points, key=lambda one: math.isfinite(one[1])):
        if is_finite:
            yield list(part)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A rectangle of a chart, and the numbers from its left to its right and from below upwards.

    Attributes:
        left: Its left edge; the others likewise.
        x: The first and the last number across.
        y: The lowest and the highest one.
    """

    left: float
    right: float
    top: float
    bottom: float
    x: Point
    y: Point

    def at(self, x: float, y: float) -> Point:
        """The point of two numbers."""
        across, up = _share(x, self.x), _share(y, self.y)
        return (
            self.left + (self.right - self.left) * across,
            self.bottom - (self.bottom - self.top) * up,
        )

    def points(self, xs: Iterable[float], ys: Iterable[float]) -> list[Point]:
        """The points of numbers."""
        return [self.at(x, y) for x, y in zip(xs, ys, strict=True)]

    def level(self, y: float) -> str:
        """The path of a level line."""
        return f"M{_pair((self.left, self.at(self.x[0], y)[1]))}H{number(self.right)}"

    def upright(self, x: float) -> str:
        """The path of an upright line."""
        return f"M{_pair((self.at(x, self.y[0])[0], self.top))}V{number(self.bottom)}"

    def rows(self, ticks: Sequence[float], *, labels: Sequence[str] = ()) -> Iterator[str]:
        """Lines of the grid, labelled at the left."""
        yield stroke("".join(map(self.level, ticks)), colour=GRID)
        for tick, label in zip(ticks, labels, strict=False):
            at = (self.left - MARGIN, self.at(self.x[0], tick)[1])
            yield write(at, label, colour=MUTED, anchor="end")

    def columns(
        self, ticks: Sequence[float], *, labels: Sequence[str] = (), minor: Sequence[float] = ()
    ) -> Iterator[str]:
        """The lower edge with its ticks, labelled below."""
        yield stroke(self.level(self.y[0]), colour=GRID)
        path = "".join(self._tick(one, _TICK) for one in ticks)
        yield stroke(path + "".join(self._tick(one, _MINOR_TICK) for one in minor), colour=MUTED)
        yield from self.below(ticks, labels)

    def below(self, ticks: Sequence[float], labels: Sequence[str]) -> Iterator[str]:
        """Labels below the panel."""
        for tick, label in zip(ticks, labels, strict=False):
            at = (self.at(tick, self.y[0])[0], self.bottom + 2 * MARGIN + _MIDDLE)
            yield write(at, label, colour=MUTED, anchor="middle")

    def name_columns(self, text: str) -> str:
        """What the numbers across are, below their labels."""
        at = ((self.left + self.right) / 2, self.bottom + BELOW - _MIDDLE - MARGIN / 2)
        return write(at, text, colour=MUTED, anchor="middle")

    def name_rows(self, text: str) -> str:
        """What the numbers upwards are, at the edge of the chart."""
        return name_rows(text, (self.top + self.bottom) / 2)

    def _tick(self, x: float, length: float) -> str:
        return f"M{_pair(self.at(x, self.y[0]))}v{number(length)}"


def name_rows(text: str, middle: float) -> str:
    """What the numbers upwards are, at the left edge of the chart."""
    return write((FONT / 2, middle), text, colour=MUTED, anchor="middle", turned=True)


def _share(value: float, ends: Point) -> float:
    return (value - ends[0]) / (ends[1] - ends[0])


def left_of(labels: Sequence[str]) -> float:
    """The room that labels and the name of their axis need."""
    return 2 * FONT + MARGIN + max(map(text_width, labels), default=0.0)


def limits(values: Iterable[float], *, margin: float = 0.05) -> Point:
    """The ends of an axis of values: a share of their range beyond them, never of no length."""
    known = [one for one in values if math.isfinite(one)] or [0.0, 1.0]
    low, high = min(known), max(known)
    beyond = margin * (high - low) or 0.05 * abs(low) or 1.0
    return low - beyond, high + beyond


def round_ticks(low: float, high: float, *, most: int) -> tuple[list[float], list[str]]:
    """Round numbers between two ends, about so many at most, and how they are written."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(one * power for one in _STEPS if one * power * most >= (1 - _HAIR) * (high - low))
    first, last = math.ceil(low / step - _HAIR), math.floor(high / step + _HAIR)
    values = [place * step for place in range(first, last + 1)]
    return values, [_tick_text(one, step, max(abs(low), abs(high))) for one in values]


def _tick_text(value: float, step: float, most: float) -> str:
    if {_power(step), _power(most)} <= set(_PLAIN):
        places = next(places for places in range(9) if _is_whole(step * 10**places))
        return decimal(value, places)
    return f"{value:g}".replace("-", MINUS)


def _power(value: float) -> int:
    return math.floor(math.log10(value))


def _is_whole(value: float) -> bool:
    return abs(value - round(value)) < _HAIR * max(value, 1) and round(value) > 0


def month_ticks(first: int, last: int) -> tuple[list[int], list[str], list[int]]:
    """Months to tick: years, or some months of them where there are few.

    Returns:
        The months, how they are written, and months of smaller ticks.
    """
    step = _step(last - first + 1)
    ticks = [month for month in range(first, last + 1) if month % step == 0] or [first]
    minor = [month for month in range(first, last + 1) if month % 3 == 0] if step >= YEAR else []
    return ticks, [_month_label(month, step) for month in ticks], minor


def _step(months: int) -> int:
    if months <= YEAR // 2:
        return 1
    if months <= FEW:
        return 3
    return YEAR if months <= MANY else 5 * YEAR


def _month_label(month: int, step: int) -> str:
    text = month_text(month)
    return text[:4] if step >= YEAR else text
