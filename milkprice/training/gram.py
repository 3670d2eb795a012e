"""Inner products of expanded rows, without the expansion.

The inner product of the monomials of degree j of two rows x and z is the complete homogeneous
symmetric polynomial h_j of the products p_i = x_i z_i, and

    h_j(p_1 .. p_i) = h_j(p_1 .. p_{i-1}) + p_i h_{j-1}(p_1 .. p_i)

(I. G. Macdonald, Symmetric Functions and Hall Polynomials, 2nd ed. 1995, section I.2). Adding
features in the order of their rank passes every shape of a grid on the way.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from milkprice.training.arrays import FloatArray, row_blocks
from milkprice.training.monomials import Shape


def monomial_grams(left: FloatArray, right: FloatArray, shapes: Sequence[Shape]) -> FloatArray:
    """Compute the Gram matrix of all monomials of degree 1 and more, for each shape.

    Args:
        left: Ranked features, shape (rows, features).
        right: Ranked features, shape (columns, features).
        shapes: The shapes wanted; at least one.

    Returns:
        Inner products, shape (shapes, rows, columns).
    """
    grams = np.empty((len(shapes), len(left), len(right)))
    degree = max(shape.degree for shape in shapes)
    for block in row_blocks(len(left), cells_per_row=len(right) * (degree + 2)):
        _fill(grams[:, block], left[block], right, shapes)
    return grams


def _fill(grams: FloatArray, left: FloatArray, right: FloatArray, shapes: Sequence[Shape]) -> None:
    """Climb one feature at a time and write down each shape when it is reached."""
    degree = max(shape.degree for shape in shapes)
    sums = np.zeros((degree + 1, len(left), len(right)))
    sums[0] = 1.0
    for feature in range(max(shape.features for shape in shapes)):
        products = np.multiply.outer(left[:, feature], right[:, feature])
        for power in range(1, degree + 1):
            sums[power] += products * sums[power - 1]
        for place, shape in enumerate(shapes):
            if shape.features == feature + 1:
                np.sum(sums[1 : shape.degree + 1], axis=0, out=grams[place])
