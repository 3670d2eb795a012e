"""Monomials of ranked features: their expansion as of ``PolynomialFeatures``, and Gram matrices.

A Gram matrix of expanded rows is computed without the expansion. Both work in blocks, so that
memory stays bounded however many rows there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
Item = TypeVar("Item")

# Large enough for full speed in matrix products, small beside any training machine's memory.
BLOCK_BYTES = 32 * 2**20


def row_blocks(rows: int, *, cells_per_row: int) -> Iterator[slice]:
    """Yield slices that cover ``rows`` rows, each of at most ``BLOCK_BYTES`` (or one row)."""
    step = _items_per_block(cells_per_row)
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def batches(items: Sequence[Item], *, cells_per_item: int) -> Iterator[Sequence[Item]]:
    """Yield runs of items that together hold at most ``BLOCK_BYTES`` (or one item)."""
    step = _items_per_block(cells_per_item)
    for start in range(0, len(items), step):
        yield items[start : start + step]


def _items_per_block(cells: int) -> int:
    return max(1, BLOCK_BYTES // (8 * cells))


class Shape(NamedTuple):
    """How many of the best features are kept, and up to which degree they are multiplied."""

    features: int
    degree: int

    @property
    def monomials(self) -> int:
        """Number of columns after expansion, without the constant one."""
        return comb(self.features + self.degree, self.degree) - 1


class Monomials:
    """The columns that a set of shapes needs, each once."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self._features = [
            max(shape.features for shape in shapes if shape.degree >= degree)
            for degree in range(1, max(shape.degree for shape in shapes) + 1)
        ]
        counts = [
            _degree_width(kept, degree) for degree, kept in enumerate(self._features, start=1)
        ]
        self._starts = np.cumsum([0, 1, *counts])

    @property
    def width(self) -> int:
        """Number of columns of an expansion, the constant one included."""
        return int(self._starts[-1])

    def expand(self, X: FloatArray) -> FloatArray:
        """Expand ranked features.

        Args:
            X: Features in the order of their rank, shape (rows, features).

        Returns:
            Monomials, shape (rows, width); column 0 is constant.
        """
        expanded = np.ones((len(X), self.width))
        for feature in range(self._features[0]):
            for degree, kept in enumerate(self._features, start=1):
                if feature < kept:
                    self._add(expanded, X[:, feature, None], feature, degree)
        return expanded

    def columns(self, shape: Shape) -> npt.NDArray[np.intp]:
        """Find the columns of one shape, shape (shape.monomials,)."""
        runs = [
            self._starts[degree] + np.arange(_degree_width(shape.features, degree))
            for degree in range(1, shape.degree + 1)
        ]
        return np.concatenate(runs)

    def _add(self, expanded: FloatArray, x: FloatArray, feature: int, degree: int) -> None:
        width = _degree_width(feature + 1, degree - 1)
        source = self._starts[degree - 1]
        target = self._starts[degree] + _degree_width(feature, degree)
        lower = expanded[:, source : source + width]
        np.multiply(x, lower, out=expanded[:, target : target + width])


def _degree_width(features: int, degree: int) -> int:
    """Count the monomials of exactly one degree."""
    return comb(features + degree - 1, degree) if features else 0


def monomial_grams(left: FloatArray, right: FloatArray, shapes: Sequence[Shape]) -> FloatArray:
    """Compute the Gram matrix of all monomials of degree 1 and more, for each shape.

    Args:
        left: Ranked features, shape (rows, features).
        right: Ranked features, shape (columns, features).
        shapes: Features and degree of each matrix; at least one.

    Returns:
        Inner products, shape (shapes, rows, columns).
    """
    grams = np.empty((len(shapes), len(left), len(right)))
    degree = max(shape.degree for shape in shapes)
    for block in row_blocks(len(left), cells_per_row=len(right) * (degree + 2)):
        _fill(grams[:, block], left[block], right, shapes)
    return grams


def _fill(grams: FloatArray, left: FloatArray, right: FloatArray, shapes: Sequence[Shape]) -> None:
    """Add one feature at a time, and store each shape once all its features are in."""
    degree = max(shape.degree for shape in shapes)
    sums = np.zeros((degree + 1, len(left), len(right)))
    sums[0] = 1.0
    for feature in range(max(shape.features for shape in shapes)):
        products = np.multiply.outer(left[:, feature], right[:, feature])
        for power in range(1, degree + 1):
            sums[power] += products * sums[power - 1]
        for index, shape in enumerate(shapes):
            if shape.features == feature + 1:
                np.sum(sums[1 : shape.degree + 1], axis=0, out=grams[index])
