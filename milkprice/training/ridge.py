"""Ridge regressions of many shapes and penalties at once.

A shape with fewer monomials than training rows is solved over its monomials (the primal side: A.
E. Hoerl and R. W. Kennard, "Ridge regression", Technometrics 12, 1970), any other over its rows
(the dual side: C. Saunders, A. Gammerman and V. Vovk, "Ridge regression learning algorithm in
dual variables", ICML 1998). ``sklearn.linear_model.Ridge`` switches at the same place.

Each penalty is its own elimination. One eigendecomposition for all seven takes as long, and at
degree 7, where the eigenvalues span eleven powers of ten, its scores were fifty times further
from scikit-learn's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from milkprice.training.monomials import (
    FloatArray,
    Monomials,
    Shape,
    batches,
    monomial_grams,
    row_blocks,
)


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
