"""Training: the search over the notebook's model, on one feature table."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.model_selection import KFold, TimeSeriesSplit

from milkprice.errors import TrainingError
from milkprice.features.sets import TARGET
from milkprice.settings import SearchSettings, SplitKind
from milkprice.training.search import PolynomialRidgeSearch


def train(
    table: pd.DataFrame, settings: SearchSettings, *, kind: SplitKind, gap: int
) -> PolynomialRidgeSearch:
    """Search the grid on a feature table and refit the winner on all of it.

    Args:
        table: Rows to learn from, features then target.
        settings: Grid, folds, seed.
        kind: ``random`` scores on thirds of the rows as they come, as the notebook did;
            ``time`` only on rows after those learnt from.
        gap: Months left out before each scored part of a ``time`` fold.

    Returns:
        The fitted search; its ``best_estimator_`` is the model.

    Raises:
        TrainingError: The rows do not fill the folds.
    """
    search = PolynomialRidgeSearch(
        k=settings.k,
        degree=settings.degree,
        alpha=settings.alpha,
        cv=folds(settings.folds, kind=kind, gap=gap),
        seed=settings.seed,
    )
    try:
        return search.fit(table.drop(columns=TARGET), table[TARGET])
    except ValueError as error:
        raise TrainingError(
            f"{len(table)} months cannot be searched in {settings.folds} folds: {error}"
        ) from error


def folds(count: int, *, kind: SplitKind, gap: int) -> Any:
    """The cross-validation of a kind of split: thirds as they come, or always forward in time."""
    return KFold(count) if kind == "random" else TimeSeriesSplit(count, gap=gap)
