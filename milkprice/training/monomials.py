"""All products of powers of some features, as ``PolynomialFeatures`` makes them.

The monomials of degree j over features 1..i are those over 1..i-1 and, times feature i, those of
degree j-1 over 1..i. Written out in this order, the columns of every smaller shape are leading
runs of a larger one's, so that one expansion serves a whole grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from milkprice.training.arrays import FloatArray


class Shape(NamedTuple):
    """How many of the best features are kept, and up to which degree they are multiplied."""

    features: int
    degree: int

    @property
    def monomials(self) -> int:
        """Number of columns after expansion, without the constant one."""
        return comb(self.features + self.degree, self.degree) - 1


class Monomials:
    """The columns that a set of shapes needs, each once.

    Args:
        shapes: The shapes to serve; at least one.
    """

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self._reach = [
            max(shape.features for shape in shapes if shape.degree >= degree)
            for degree in range(1, max(shape.degree for shape in shapes) + 1)
        ]
        widths = [_degree_width(reach, degree) for degree, reach in enumerate(self._reach, start=1)]
        self._starts = np.cumsum([0, 1, *widths])

    @property
    def width(self) -> int:
        """Number of columns of an expansion, the constant one included."""
        return int(self._starts[-1])

    def expand(self, X: FloatArray) -> FloatArray:
        """Multiply out ranked features.

        Args:
            X: Features in the order of their rank, shape (rows, features).

        Returns:
            Monomials, shape (rows, width); column 0 is constant.
        """
        expanded = np.ones((len(X), self.width))
        for feature in range(self._reach[0]):
            for degree, reach in enumerate(self._reach, start=1):
                if feature < reach:
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
        goal = self._starts[degree] + _degree_width(feature, degree)
        lower = expanded[:, source : source + width]
        np.multiply(x, lower, out=expanded[:, goal : goal + width])


def _degree_width(features: int, degree: int) -> int:
    """Count the monomials of exactly one degree."""
    return comb(features + degree - 1, degree) if features else 0
