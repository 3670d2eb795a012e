"""The price seen as changes: what a regression on the whole price history learns from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

YEAR = 12
LAGS = (1, 2, 3, 4, 6, 9, 12)
MEANS = (3, 6, 12, 24, 36)  # months of the moving averages that the price is held against
YEARS = 4  # past years whose change from this month to the target's is looked at
HARMONICS = (1, 2)


@dataclass(frozen=True)
class Design:
    """Rows to learn from.

    Attributes:
        features: One row an origin, in order of time.
        changes: Logarithm of the price ``horizon`` months later over that at the origin.
    """

    features: np.ndarray
    changes: np.ndarray


def months_before(horizon: int) -> int:
    """Months that a row needs before it."""
    return YEAR * (_nearest(horizon) + YEARS - 1)


def design(prices: pd.Series, horizon: int) -> Design:
    """See a price history as changes over a horizon.

    All features are differences of logarithms, known at their origin: the changes up to it, its
    distance to moving averages, and how the price went from that month to the target's in past
    years; besides the seasons of both months.

    Args:
        prices: CLP per litre, one a month without holes, the last one known.
        horizon: Months ahead, at least 1.
    """
    logs, month = _logs(prices)
    origins = np.arange(months_before(horizon), len(logs) - horizon)
    return Design(
        features=_features(logs, month, origins, horizon),
        changes=logs[origins + horizon] - logs[origins],
    )


def newest(prices: pd.Series, horizon: int) -> np.ndarray:
    """The features at the last known month, which the next forecast is made from.

    Args:
        prices: As for ``design``; more than ``months_before(horizon)`` of them.
        horizon: Months ahead, at least 1.
    """
    logs, month = _logs(prices)
    features: np.ndarray = _features(logs, month, np.array([len(logs) - 1]), horizon)[0]
    return features


def _logs(prices: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of the prices, and their months of the year."""
    return np.log(prices.to_numpy(dtype=float)), pd.PeriodIndex(prices.index).month.to_numpy()


def _features(logs: np.ndarray, month: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
    sums = np.concatenate([[0.0], np.cumsum(logs)])
    past = [logs[origins] - logs[origins - lag] for lag in LAGS]
    apart = [
        logs[origins] - (sums[origins + 1] - sums[origins + 1 - months]) / months
        for months in MEANS
    ]
    nearest = _nearest(horizon)
    years = [
        logs[origins + horizon - YEAR * year] - logs[origins - YEAR * year]
        for year in range(nearest, nearest + YEARS)
    ]
    means = [np.mean(years[:2], axis=0), np.mean(years, axis=0)]
    seasons = [
        wave(2 * np.pi * harmonic * (month[origins] + ahead) / YEAR)
        for ahead in (0, horizon)
        for harmonic in HARMONICS
        for wave in (np.sin, np.cos)
    ]
    return np.column_stack([*past, *apart, *years, *means, *seasons])


def _nearest(horizon: int) -> int:
    """How many years ago the target's month was last known for sure."""
    return -(-horizon // YEAR)
