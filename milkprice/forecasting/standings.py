"""Standings: every forecaster at every horizon, beside the best that anybody could say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from milkprice.forecasting.accuracy import Accuracy, Comparison, accuracies, compare
from milkprice.forecasting.backtest import ACTUAL, FORECAST, FORECASTER, HORIZON, TARGET


@dataclass(frozen=True)
class Standing:
    """A forecaster at one horizon.

    Attributes:
        forecaster: Its name.
        horizon: Months ahead.
        accuracy: Its errors.
        baseline: The baseline with the smallest mean absolute error at this horizon.
        against: How it compares with that one; None for the baseline itself.
    """

    forecaster: str
    horizon: int
    accuracy: Accuracy
    baseline: str
    against: Comparison | None


def standings(
    results: pd.DataFrame, prices: pd.Series, *, baselines: Collection[str]
) -> list[Standing]:
    """Rank the forecasters of a backtest, the horizons in order, the smallest error first.

    Args:
        results: Of a backtest, with the baselines among the forecasters.
        prices: The price history.
        baselines: Names of the baselines.
    """
    found = accuracies(results, prices)
    ranked = []
    for horizon in sorted({horizon for _, horizon in found}):
        here = {name: one for (name, other), one in found.items() if other == horizon}
        best = min(baselines, key=lambda name: here[name].mae)
        errors = _errors(results[results[HORIZON] == horizon])
        for name in sorted(here, key=lambda name: here[name].mae):
            against = (
                None
                if name == best
                else compare(errors[name].to_numpy(), errors[best].to_numpy(), horizon=horizon)
            )
            ranked.append(Standing(name, horizon, here[name], best, against))
    return ranked


def _errors(rows: pd.DataFrame) -> pd.DataFrame:
    """Errors by month and forecaster, in order of months."""
    errors = rows.assign(error=rows[FORECAST] - rows[ACTUAL])
    return errors.pivot_table(index=TARGET, columns=FORECASTER, values="error")
