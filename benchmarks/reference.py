"""The notebook's search as scikit-learn runs it, the yardstick for ours."""

from __future__ import annotations

from functools import partial
from typing import Any

from sklearn.feature_selection import SelectKBest, mutual_info_regression
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from milkprice.training.settings import NOTEBOOK_ALPHA, NOTEBOOK_DEGREE, NOTEBOOK_K


def grid_search(
    *,
    k: Any = NOTEBOOK_K,
    degree: Any = NOTEBOOK_DEGREE,
    alpha: Any = NOTEBOOK_ALPHA,
    cv: Any = 3,
    seed: int | None = 42,
) -> GridSearchCV:
    """Build the search; ``seed=None`` is the notebook's own, whose ranking is drawn anew."""
    model = Pipeline(
        [
            ("scale", StandardScaler()),
            ("selector", SelectKBest(partial(mutual_info_regression, random_state=seed))),
            ("poly", PolynomialFeatures()),
            ("model", Ridge()),
        ]
    )
    grid = {"selector__k": k, "poly__degree": degree, "model__alpha": alpha}
    return GridSearchCV(model, grid, cv=cv, scoring="r2")
