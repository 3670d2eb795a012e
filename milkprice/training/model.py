"""Training: rows are held out, and the grid is searched on the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, TimeSeriesSplit, train_test_split

from milkprice.features import target_of
from milkprice.training.errors import TrainingError
from milkprice.training.search import PolynomialRidgeSearch
from milkprice.training.settings import SearchSettings, SplitKind, SplitSettings

LEAST_TRAINING_ROWS = 12


@dataclass(frozen=True)
class Split:
    """Two parts of one feature table."""

    train: pd.DataFrame
    test: pd.DataFrame


def split_rows(table: pd.DataFrame, settings: SplitSettings) -> Split:
    """Hold rows out.

    A ``time`` split holds out the newest months and leaves ``gap`` months between the parts.
    Without the gap the last training month and the first held-out one would share lagged values
    and three-month means, which would leak into the score. A ``random`` split, the notebook's,
    predicts a month from training months on both sides of it: its score says how well months are
    interpolated, not how well the next one is forecast.

    Raises:
        TrainingError: Fewer than 12 training rows would be left.
    """
    if settings.kind == "random":
        parts = train_test_split(table, test_size=settings.test_share, random_state=settings.seed)
        split = Split(*parts)
    else:
        held_out = max(1, round(len(table) * settings.test_share))
        training = max(0, len(table) - held_out - settings.gap)
        split = Split(table.iloc[:training], table.iloc[len(table) - held_out :])
    if len(split.train) < LEAST_TRAINING_ROWS:
        raise TrainingError(
            f"Of {len(table)} months {len(split.test)} are held out and {len(split.train)} left "
            f"to learn from; {LEAST_TRAINING_ROWS} are needed. Take a source with more months, "
            "or a smaller test share or gap."
        )
    return split


def train(
    table: pd.DataFrame, settings: SearchSettings, *, kind: SplitKind, gap: int
) -> PolynomialRidgeSearch:
    """Search the grid on a feature table and refit the winner on all of it.

    Args:
        table: Training rows, features then target.
        settings: Grid, folds, seed.
        kind: ``random`` scores on thirds of the rows as they come, as the notebook did;
            ``time`` only on rows after the training rows.
        gap: Months left out before each scored part of a ``time`` fold.

    Returns:
        The fitted search; its ``best_estimator_`` is the model.

    Raises:
        TrainingError: The price is the same in all rows, or they do not fill the folds.
    """
    target = target_of(table)
    prices = table[target]
    if prices.min() == prices.max():
        raise TrainingError(
            f"{target} is {prices.iloc[0]:g} in all {len(table)} months to learn from "
            f"({table.index.min()} to {table.index.max()}), so that a row model can learn nothing. "
            "Take a smaller test share, so that a change is among them; forecasts without a row "
            "model need none: milkprice forecast."
        )
    return fit_search(table.drop(columns=target), prices, settings, kind=kind, gap=gap)


def fit_search(
    X: Any, y: Any, settings: SearchSettings, *, kind: SplitKind, gap: int
) -> PolynomialRidgeSearch:
    """Search the grid on features and prices, a table or arrays.

    Raises:
        TrainingError: They do not fill the folds, or are too large to be told apart.
    """
    search = PolynomialRidgeSearch(
        k=settings.k,
        degree=settings.degree,
        alpha=settings.alpha,
        cv=folds(settings.folds, kind=kind, gap=gap),
        seed=settings.seed,
    )
    try:
        return search.fit(X, y)
    except ValueError as error:
        singular = isinstance(error, np.linalg.LinAlgError)
        reason = "values of a feature are too large to be told apart." if singular else error
        raise TrainingError(
            f"{len(X)} months cannot be searched in {settings.folds} folds: {reason}"
        ) from error


def folds(count: int, *, kind: SplitKind, gap: int) -> Any:
    """The cross-validation of a kind of split: thirds as they come, or always forward in time."""
    return KFold(count) if kind == "random" else TimeSeriesSplit(count, gap=gap)
