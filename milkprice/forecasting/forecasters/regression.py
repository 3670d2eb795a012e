"""Regressions on changes of the price, one for each horizon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import ElasticNetCV, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from milkprice.errors import TrainingError
from milkprice.forecasting.changes import design, months_before
from milkprice.forecasting.history import History

ALPHAS = np.logspace(-1, 3, 9)
LEAST = 24  # rows; fewer say nothing of a year


def ridge() -> Any:
    """Ridge regression; its penalty by leave-one-out on the rows it learns from."""
    return make_pipeline(StandardScaler(), RidgeCV(alphas=ALPHAS))


def elastic_net() -> Any:
    """Elastic net; its penalty by cross-validation on the rows it learns from."""
    return make_pipeline(
        StandardScaler(), ElasticNetCV(l1_ratio=0.5, alphas=20, cv=5, tol=1e-3, max_iter=20_000)
    )


def boosted_trees() -> Any:
    """Gradient-boosted trees, small and many: months are few.

    Not the histogram kind: its threads wait for each other longer than so few rows take.
    """
    return GradientBoostingRegressor(
        n_estimators=100,
        learning_rate=0.05,
        max_depth=3,
        min_samples_leaf=10,
        subsample=0.5,
        max_features=0.4,
        random_state=0,
    )


@dataclass(frozen=True)
class Regression:
    """A regression on changes, learnt anew for each horizon.

    Attributes:
        name: What it is called in tables.
        estimator: Makes the regression.
        months: How much of the past it learns from; None for all of it.
    """

    name: str
    estimator: Callable[[], Any]
    months: int | None = None

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        return {horizon: self._ahead(history, horizon) for horizon in horizons}

    def _ahead(self, history: History, horizon: int) -> float:
        data = design(history.prices, horizon)
        rows = slice(-self.months if self.months else None, None)
        features, changes = data.features[rows], data.changes[rows]
        if len(changes) < LEAST:
            needed = months_before(horizon) + horizon + LEAST
            raise TrainingError(
                f"{self.name} needs {needed} months of prices for {horizon} months ahead, "
                f"there are {len(history.prices)}."
            )
        model = self.estimator().fit(features, changes)
        return float(data.price * np.exp(model.predict(data.now[None, :])[0]))
