"""The lost decimal point: digits are right, the power of ten is not.

Numbers of three or more decimals went through a program that took the point for a grouping
mark: ``99.8310201`` came out as ``998.310.201``, trailing zeros gone, leading zeros gone, a dot
every three digits counted from the right. Numbers of up to two decimals were left alone, so
``1593.6`` is intact. What a cell can be follows from how it is written (`parse_cells`); which of
these it is follows from its neighbours in time (`restore`): the powers of ten that make the
series continuous, found as a shortest path over months (Viterbi 1967).

Arrays are months x series. The work is linear in both.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Texts = NDArray[np.object_]

WIDTH = 32  # characters of a cell that are read; the longest number has 26
DIGITS = 18  # an int64 holds that many without loss; the source has at most 10
GROUP = 3  # digits between two grouping dots, and the fewest decimals that were lost
POWERS = 14  # decimals considered, 0 to 13
AS_WRITTEN = 1e-9  # cost of not reading an ambiguous cell as it is written: it breaks ties
BLOCK = 128  # series worked on at a time, so that memory does not grow with their number


@dataclass(frozen=True)
class Cells:
    """Cells taken apart: signed digits, and what the writing says about the point.

    Attributes:
        digits: All digits as one signed integer; 0 where there is no number.
        decimals: Digits behind the point as the cell is written; of a grouped cell, those
            behind its first dot.
        empty: No text.
        valid: The text is a number in one of the source's ways of writing.
        lost: The point is lost for certain: two or more grouping dots.
        ambiguous: Lost or intact, both are written alike: ``93.621``, ``738``.
    """

    digits: Integers
    decimals: Integers
    empty: Booleans
    valid: Booleans
    lost: Booleans
    ambiguous: Booleans

    @property
    def intact(self) -> Booleans:
        """The point is certainly where it stands."""
        return self.valid & ~self.lost & ~self.ambiguous

    def without(self, refused: Booleans) -> Cells:
        """The same with some cells emptied."""
        parts = {
            field.name: np.where(refused, 0, getattr(self, field.name)) for field in fields(self)
        }
        typed = {name: part.astype(getattr(self, name).dtype) for name, part in parts.items()}
        return Cells(**{**typed, "empty": self.empty | refused})

    def all_intact(self) -> Cells:
        """The same where no point was lost."""
        no = np.zeros_like(self.lost)
        return replace(self, lost=no, ambiguous=no)

    def columns(self, block: slice) -> Cells:
        """The same for some of the series."""
        return Cells(*(getattr(self, field.name)[:, block] for field in fields(self)))


def parse_cells(text: Texts) -> Cells:
    """Take cells apart, all at once."""
    filled = text != ""
    flat = _read_filled(text[filled])

    def spread(values: NDArray[np.generic]) -> NDArray[np.generic]:
        out = np.zeros(text.shape, dtype=values.dtype)
        out[filled] = values
        return out

    digits, decimals, valid, lost, ambiguous = (spread(values) for values in flat)
    return Cells(digits, decimals, ~filled, valid, lost, ambiguous)  # type: ignore[arg-type]


def restore(cells: Cells, levels: Floats) -> Integers:
    """Find each cell's number of decimals so that every series is continuous.

    The sum of ``|log10|`` steps between successive months with a value is minimised by a
    shortest path; intact cells have one reading and hold the path in place. A series
    with no intact cell is then right up to one power of ten for all of it, which its level
    settles.

    Args:
        cells: Months x series, in time order.
        levels: A typical value of each series, good to half a power of ten; NaN where nothing
            is known, then what stands before the first dot is a whole part for most cells.

    Returns:
        Decimals, months x series: a cell's value is ``digits / 10**decimals``.
    """
    decimals: Integers = cells.decimals.copy()
    for start in range(0, cells.digits.shape[1], BLOCK):
        block = slice(start, start + BLOCK)
        decimals[:, block] = _restore_block(cells.columns(block), levels[block])
    return decimals


def to_values(digits: Integers, decimals: Integers) -> Floats:
    """Put the point back: ``digits / 10**decimals``, correctly rounded below 2**53."""
    power = 10.0 ** np.abs(decimals)
    return np.where(decimals >= 0, digits / power, digits * power)


def _read_filled(text: Texts) -> tuple[NDArray[np.generic], ...]:
    letters = text.astype(f"U{WIDTH}").view(np.uint32).reshape(-1, WIDTH)
    digit = (letters >= ord("0")) & (letters <= ord("9"))
    dot = letters == ord(".")
    minus = letters[:, 0] == ord("-")
    dots, count, length = dot.sum(axis=1), digit.sum(axis=1), (letters != 0).sum(axis=1)
    digits, leading, trailing, threes = _scan(letters, digit, dot)

    plain = (length == count + dots + minus) & (leading > 0) & (count <= DIGITS)
    grouped = (dots > 0) & threes & (leading <= GROUP)
    valid = plain & (grouped | (dots == 0) | ((dots == 1) & (trailing > 0)))
    lost = valid & grouped & (dots > 1)
    short = (dots == 0) & (count <= GROUP)
    ambiguous = valid & ~lost & (grouped | short) & (digits != 0)
    decimals = np.where(grouped, GROUP * dots, np.where(dots == 1, trailing, 0))
    return np.where(minus, -digits, digits), decimals, valid, lost, ambiguous


def _scan(
    letters: NDArray[np.uint32], digit: Booleans, dot: Booleans
) -> tuple[Integers, Integers, Integers, Booleans]:
    """Read left to right: the digits, how many lead, how many trail, whether groups are threes."""
    digits, leading, since_dot = np.zeros((3, len(letters)), dtype=np.int64)
    threes, dotted = np.ones(len(letters), dtype=bool), np.zeros(len(letters), dtype=bool)
    for place in range(WIDTH):
        is_digit, is_dot = digit[:, place], dot[:, place]
        number = letters[:, place].astype(np.int64) - ord("0")
        digits = np.where(is_digit, 10 * digits + number, digits)
        threes &= ~(is_dot & dotted & (since_dot != GROUP))
        dotted |= is_dot
        leading += is_digit & ~dotted
        since_dot = np.where(is_dot, 0, since_dot + (is_digit & dotted))
    return digits, leading, since_dot, threes & (since_dot == GROUP)


def _restore_block(cells: Cells, levels: Floats) -> Integers:
    on_path = cells.valid & (cells.digits != 0)
    logs = np.log10(np.abs(cells.digits), where=on_path, out=np.zeros(cells.digits.shape))
    decimals = np.where(on_path, _shortest_path(logs, _costs(cells), on_path), cells.decimals)
    return np.where(on_path, decimals - _shift(cells, logs, decimals, levels), decimals)


def _costs(cells: Cells) -> Floats:
    """Cost of each reading, months x series x powers; infinite where it cannot be."""
    powers = np.arange(POWERS)
    as_written = powers == cells.decimals[..., np.newaxis]
    movable = (cells.lost | cells.ambiguous)[..., np.newaxis] & (powers >= GROUP)
    return np.where(as_written, 0.0, np.where(movable, AS_WRITTEN, np.inf))


def _shortest_path(logs: Floats, costs: Floats, on_path: Booleans) -> Integers:
    """The cheapest power of each cell through time, one path per series."""
    months, series = logs.shape
    powers = np.arange(POWERS)
    total = np.zeros((series, POWERS))
    last = np.where(on_path.any(axis=0), logs[on_path.argmax(axis=0), np.arange(series)], 0.0)
    origin = np.zeros((months, series, POWERS), dtype=np.int8)
    origin[:] = powers
    for month in range(months):
        here = np.flatnonzero(on_path[month])
        step = (logs[month, here] - last[here])[:, np.newaxis, np.newaxis]
        reach = total[here, np.newaxis, :] + np.abs(step - powers[:, np.newaxis] + powers)
        best = reach.argmin(axis=2)
        total[here] = np.take_along_axis(reach, best[..., np.newaxis], axis=2)[..., 0]
        total[here] += costs[month, here]
        origin[month, here] = best
        last[here] = logs[month, here]
    return _walk_back(origin, total.argmin(axis=1))


def _walk_back(origin: NDArray[np.int8], power: Integers) -> Integers:
    chosen = np.empty(origin.shape[:2], dtype=np.int64)
    for month in range(len(origin) - 1, -1, -1):
        chosen[month] = power
        power = np.take_along_axis(origin[month], power[:, np.newaxis], axis=1)[:, 0].astype(int)
    return chosen


def _shift(cells: Cells, logs: Floats, decimals: Integers, levels: Floats) -> Integers:
    """Powers of ten by which whole series without an intact cell miss their level."""
    movable = cells.lost | cells.ambiguous
    floating = ~(cells.intact & (cells.digits != 0)).any(axis=0) & movable.any(axis=0)
    floating &= cells.lost.any(axis=0) | ~np.isnan(levels)
    shift = np.zeros(len(levels), dtype=np.int64)
    if floating.any():
        height = _median(logs - decimals, movable)[floating]
        first_group = _median(logs - cells.decimals, movable)[floating]
        known = np.log10(levels[floating])
        shift[floating] = np.rint(np.where(np.isnan(known), first_group, known) - height)
    return shift


def _median(values: Floats, where: Booleans) -> Floats:
    """Median of each column's marked values, all columns at once; NaN where none is marked."""
    counts = where.sum(axis=0)
    ordered = np.sort(np.where(where, values, np.inf), axis=0)
    columns = np.arange(values.shape[1])
    low, high = ordered[(counts - 1) // 2, columns], ordered[counts // 2, columns]
    return np.where(counts > 0, (low + high) / 2, np.nan)
