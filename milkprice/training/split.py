"""Rows learnt from and rows held out."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from sklearn.model_selection import train_test_split

from milkprice.errors import TrainingError
from milkprice.settings import SplitSettings

LEAST_TRAINING_ROWS = 12


@dataclass(frozen=True)
class Split:
    """Two parts of one feature table.

    Attributes:
        train: Rows to learn from.
        test: Rows held out.
    """

    train: pd.DataFrame
    test: pd.DataFrame


def split_rows(table: pd.DataFrame, settings: SplitSettings) -> Split:
    """Hold rows out.

    A ``time`` split holds out the newest months and leaves ``gap`` months between the parts.
    Without the gap the last month learnt from and the first one predicted would share their
    lagged figures and three-month means, and the score would owe something to that. A
    ``random`` split, the notebook's, predicts a month from learnt months on both sides of it:
    its score says how well months are filled in, not how well the next one is foreseen.

    Args:
        table: Feature table in order of months, the target known in every row.
        settings: Kind, share, gap and seed.

    Raises:
        TrainingError: Fewer than 12 rows would be left to learn from, or none held out.
    """
    if settings.kind == "random":
        parts = train_test_split(table, test_size=settings.test_share, random_state=settings.seed)
        split = Split(*parts)
    else:
        held_out = max(1, round(len(table) * settings.test_share))
        learnt = max(0, len(table) - held_out - settings.gap)
        split = Split(table.iloc[:learnt], table.iloc[len(table) - held_out :])
    if len(split.train) < LEAST_TRAINING_ROWS:
        raise TrainingError(
            f"Of {len(table)} months {len(split.test)} are held out and {len(split.train)} left "
            f"to learn from; {LEAST_TRAINING_ROWS} are needed. Take a source with more months, "
            "or a smaller test share or gap."
        )
    return split
