"""Ridge regressions of many shapes and penalties at once.

A shape with fewer monomials than training rows is solved over its monomials (the primal side: A.
E. Hoerl and R. W. Kennard, "Ridge regression", Technometrics 12, 1970), any other over its rows
(the dual side: C. Saunders, A. Gammerman and V. Vovk, "Ridge regression learning algorithm in
dual variables", ICML 1998). ``sklearn.linear_model.Ridge`` switches at the same place.

Each penalty is its own elimination. One eigendecomposition for all seven takes as long, and at
degree 7, where the eigenvalues span eleven powers of ten, its scores were fifty times further
from scikit-learn's.

Monomials stand as of ``PolynomialFeatures``. A Gram matrix of expanded rows is computed without the
expansion. Both work in blocks, so that memory stays bounded however many rows there are.
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


def ridge_predictions(
    train: FloatArray,
    y: FloatArray,
    test: FloatArray,
    *,
    shapes: Sequence[Shape],
    alphas: Sequence[float],
) -> FloatArray:
    """Fit every shape with every penalty, intercept included, and predict.

    Args:
        train: Scaled features in the order of their rank, shape (rows, features).
        y: Target of the training rows, shape (rows,).
        test: Rows to predict, same columns, shape (test rows, features).
        shapes: Features kept and degree of each model.
        alphas: Penalties, above 0.

    Returns:
        Predictions, shape (shapes, test rows, alphas).
    """
    predicted = np.empty((len(shapes), len(test), len(alphas)))
    primal = [index for index, shape in enumerate(shapes) if shape.monomials < len(train)]
    dual = [index for index, shape in enumerate(shapes) if shape.monomials >= len(train)]
    for indices, predict in ((primal, _primal_predictions), (dual, _dual_predictions)):
        if indices:
            own = [shapes[index] for index in indices]
            predicted[indices] = predict(train, y - y.mean(), test, own, alphas)
    predicted += y.mean()
    return predicted


def ridge_solutions(
    matrices: FloatArray, vector: FloatArray, alphas: Sequence[float]
) -> FloatArray:
    """Solve ``(M + alpha I) w = v`` for every matrix and every penalty.

    Args:
        matrices: Square matrices, shape (..., n, n).
        vector: The right side they share, shape (n,).
        alphas: Penalties.

    Returns:
        Solutions, shape (..., n, alphas).
    """
    solutions = np.empty((*matrices.shape[:-1], len(alphas)))
    for index, alpha in enumerate(alphas):
        shifted = matrices.copy()
        np.einsum("...ii->...i", shifted)[...] += alpha
        solutions[..., index] = np.linalg.solve(shifted, vector[:, None])[..., 0]
    return solutions


def _dual_predictions(
    train: FloatArray,
    y: FloatArray,
    test: FloatArray,
    shapes: Sequence[Shape],
    alphas: Sequence[float],
) -> FloatArray:
    rows = np.vstack([train, test])
    parts = []
    for batch in batches(shapes, cells_per_item=len(rows) * len(train)):
        grams = monomial_grams(rows, train, batch)
        _centre(grams, len(train))
        solutions = ridge_solutions(grams[:, : len(train)], y, alphas)
        parts.append(grams[:, len(train) :] @ solutions)
    return np.concatenate(parts)


def _centre(grams: FloatArray, train_rows: int) -> None:
    """Make inner products of rows into those of rows less the mean training row, in place.

    This takes the intercept out; B. Schölkopf, A. Smola and K.-R. Müller, "Nonlinear component
    analysis as a kernel eigenvalue problem", Neural Computation 10 (1998), appendix A.
    """
    grams -= grams.mean(axis=-1, keepdims=True)
    grams -= grams[:, :train_rows].mean(axis=1, keepdims=True)


def _primal_predictions(
    train: FloatArray,
    y: FloatArray,
    test: FloatArray,
    shapes: Sequence[Shape],
    alphas: Sequence[float],
) -> FloatArray:
    monomials = Monomials(shapes)
    means = _means(monomials, train)
    squares, cross = _moments(monomials, train, y, means)
    weights = np.zeros((monomials.width, len(shapes), len(alphas)))
    for index, shape in enumerate(shapes):
        own = monomials.columns(shape)
        weights[own, index] = ridge_solutions(squares[np.ix_(own, own)], cross[own], alphas)
    predicted = np.empty((len(test), len(shapes) * len(alphas)))
    for block in row_blocks(len(test), cells_per_row=monomials.width):
        centred = monomials.expand(test[block]) - means
        predicted[block] = centred @ weights.reshape(monomials.width, -1)
    return np.moveaxis(predicted.reshape(len(test), len(shapes), len(alphas)), 0, 1)


def _means(monomials: Monomials, X: FloatArray) -> FloatArray:
    blocks = row_blocks(len(X), cells_per_row=monomials.width)
    sums = [monomials.expand(X[block]).sum(axis=0) for block in blocks]
    means: FloatArray = np.sum(sums, axis=0) / len(X)
    return means


def _moments(
    monomials: Monomials, X: FloatArray, y: FloatArray, means: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Sum up the centred ``X'X`` and ``X'y`` of the monomials, block by block."""
    squares = np.zeros((monomials.width, monomials.width))
    cross = np.zeros(monomials.width)
    for block in row_blocks(len(X), cells_per_row=monomials.width):
        centred = monomials.expand(X[block]) - means
        squares += centred.T @ centred
        cross += centred.T @ y[block]
    return squares, cross
