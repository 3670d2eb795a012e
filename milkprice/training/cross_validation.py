"""One fold of a cross-validation: every point of the grid scored on the rows left out.

Fold scores summed up under the names and by the rules of ``GridSearchCV``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.preprocessing import StandardScaler

from milkprice.training.grid import Grid
from milkprice.training.monomials import FloatArray, Shape
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
    return r2_scores(test[1], predicted)


def r2_scores(y: FloatArray, predicted: FloatArray) -> FloatArray:
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


SEARCH = "search.csv"  # the table of points, as a file of a bundle


def search_results(grid: Grid, scores: FloatArray) -> dict[str, Any]:
    """Build a ``cv_results_``.

    Args:
        grid: The points searched.
        scores: R2 of each point in each fold, shape (folds, candidates).

    Returns:
        One entry a candidate under each name.
    """
    candidates = grid.candidates()
    means = scores.mean(axis=0)
    columns = {
        f"param_{name}": np.array([point[name] for point in candidates]) for name in candidates[0]
    }
    splits = {f"split{place}_test_score": fold for place, fold in enumerate(scores)}
    return {
        **columns,
        "params": candidates,
        **splits,
        "mean_test_score": means,
        "std_test_score": scores.std(axis=0),
        "rank_test_score": ranks(means),
    }


def points(results: Mapping[str, Any]) -> pd.DataFrame:
    """The grid as a table, the best first.

    Columns: ``k``, ``degree``, ``alpha``, ``mean R2``, ``deviation`` over the folds, ``rank``.

    Args:
        results: A ``cv_results_``.
    """
    table = pd.DataFrame(results["params"])
    table.columns = [str(column).split("__")[1] for column in table]
    table["mean R2"] = results["mean_test_score"]
    table["deviation"] = results["std_test_score"]
    table["rank"] = results["rank_test_score"]
    ordered = ["k", "degree", "alpha", "mean R2", "deviation", "rank"]
    return table.sort_values("rank", kind="stable", ignore_index=True)[ordered]


def ranks(scores: FloatArray) -> npt.NDArray[np.int32]:
    """Rank scores from 1 for the best; equals share the better rank, nan is worst.

    Args:
        scores: One score a candidate, shape (candidates,).

    Returns:
        Ranks, shape (candidates,).
    """
    losses = -np.nan_to_num(scores, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    better = np.searchsorted(np.sort(losses), losses)
    return (better + 1).astype(np.int32)
