"""Fold scores summed up under the names and by the rules of ``GridSearchCV``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from milkprice.training.arrays import FloatArray
from milkprice.training.grid import Grid

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
