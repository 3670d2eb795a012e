"""One fold of a cross-validation: every point of the grid scored on the rows left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.preprocessing import StandardScaler

from milkprice.training.arrays import FloatArray
from milkprice.training.monomials import Shape
from milkprice.training.ranking import mutual_information, ranked_features
from milkprice.training.ridge import ridge_predictions


def fold_scores(
    train: tuple[FloatArray, FloatArray],
    test: tuple[FloatArray, FloatArray],
    *,
    shapes: Sequence[Shape],
    alphas: Sequence[float],
    seed: int | None,
) -> FloatArray:
    """Scale and rank once, then score every shape with every penalty.

    Args:
        train: Features, shape (rows, features), and target, shape (rows,), to learn from.
        test: The same of the rows left out.
        shapes: Features kept and degree of each model.
        alphas: Penalties, above 0.
        seed: Seed of the noise in the ranking.

    Returns:
        Coefficients of determination, shape (shapes, alphas).
    """
    scaler = StandardScaler().fit(train[0])
    scaled = scaler.transform(train[0])
    scores = mutual_information(scaled, train[1], seed=seed)
    best = ranked_features(scores)[: max(shape.features for shape in shapes)]
    predicted = ridge_predictions(
        scaled[:, best],
        train[1],
        scaler.transform(test[0])[:, best],
        shapes=shapes,
        alphas=alphas,
    )
    return determination(test[1], predicted)


def determination(y: FloatArray, predicted: FloatArray) -> FloatArray:
    """Compute R2 as ``sklearn.metrics.r2_score`` does, a constant target included.

    Args:
        y: Target, shape (rows,).
        predicted: Predictions, shape (..., rows, models).

    Returns:
        R2, shape (..., models); for a constant target 1 where it is met exactly, else 0.
    """
    missed: FloatArray = np.sum((predicted - y[:, None]) ** 2, axis=-2)
    spread = np.sum((y - y.mean()) ** 2)
    if spread == 0:
        return np.where(missed == 0, 1.0, 0.0)
    scores: FloatArray = 1 - missed / spread
    return scores
