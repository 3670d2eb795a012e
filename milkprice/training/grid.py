"""The grid of a search, in the order of scikit-learn's ``ParameterGrid``, and its results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from milkprice.training.ridge import FloatArray, Shape

SEARCH_FILE = "search.csv"  # the results as a file of a bundle


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Every combination of three lists of hyperparameters."""

    k: Sequence[int]
    degree: Sequence[int]
    alpha: Sequence[float]

    def candidates(self) -> list[dict[str, Any]]:
        """List the points by the names ``GridSearchCV`` gives them."""
        # Imported where a grid is searched: a report reads the results without scikit-learn.
        from sklearn.model_selection import ParameterGrid

        lists = {"selector__k": self.k, "poly__degree": self.degree, "model__alpha": self.alpha}
        return list(ParameterGrid(lists))

    def shapes(self, features: int) -> list[Shape]:
        """List the distinct shapes that the grid has when there are so many features."""
        return sorted({Shape(min(k, features), d) for k in self.k for d in self.degree})

    def indices(self, features: int) -> tuple[list[int], list[int]]:
        """Find the index of each candidate in ``shapes(features)`` and in ``alpha``."""
        shapes = {shape: index for index, shape in enumerate(self.shapes(features))}
        alphas = {alpha: index for index, alpha in enumerate(self.alpha)}
        points = self.candidates()
        own = [Shape(min(p["selector__k"], features), p["poly__degree"]) for p in points]
        return [shapes[shape] for shape in own], [alphas[p["model__alpha"]] for p in points]


def search_results(grid: Grid, scores: FloatArray) -> dict[str, Any]:
    """Build a ``cv_results_`` under the names and by the rules of ``GridSearchCV``."""
    candidates = grid.candidates()
    means = scores.mean(axis=0)
    columns = {
        f"param_{name}": np.array([point[name] for point in candidates]) for name in candidates[0]
    }
    splits = {f"split{index}_test_score": fold for index, fold in enumerate(scores)}
    return {
        **columns,
        "params": candidates,
        **splits,
        "mean_test_score": means,
        "std_test_score": scores.std(axis=0),
        "rank_test_score": ranks(means),
    }


def results_table(results: Mapping[str, Any]) -> pd.DataFrame:
    """The results as a table, the best first.

    Columns: ``k``, ``degree``, ``alpha``, ``mean R2``, ``deviation`` over the folds, ``rank``.
    """
    table = pd.DataFrame(results["params"])
    table.columns = [str(column).split("__")[1] for column in table]
    table["mean R2"] = results["mean_test_score"]
    table["deviation"] = results["std_test_score"]
    table["rank"] = results["rank_test_score"]
    ordered = ["k", "degree", "alpha", "mean R2", "deviation", "rank"]
    return table.sort_values("rank", kind="stable", ignore_index=True)[ordered]


def ranks(scores: FloatArray) -> npt.NDArray[np.int32]:
    """Rank scores from 1 for the best; equals share the better rank, nan is worst."""
    losses = -np.nan_to_num(scores, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    better = np.searchsorted(np.sort(losses), losses)
    return (better + 1).astype(np.int32)
