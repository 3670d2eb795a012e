"""Fold scores summed up under the names and by the rules of ``GridSearchCV``."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from milkprice.training.arrays import FloatArray
from milkprice.training.grid import Grid


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
