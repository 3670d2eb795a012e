"""Standings: every forecaster at every horizon, beside the best that anybody could say."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from milkprice.forecasting.accuracy import accuracies, compare
from milkprice.forecasting.backtest import ACTUAL, FORECAST, FORECASTER, HORIZON, TARGET
from milkprice.outlook import Comparison, Standing


def standings(
    results: pd.DataFrame, prices: pd.Series, *, baselines: Collection[str]
) -> list[Standing]:
    """Rank the forecasters of a backtest, the horizons in order, the smallest error first.

    Who took part in fewer months than the baselines comes after those who took part in all: its
    errors are of other months. It is compared on its own months, if they are enough for a test.

    Args:
        results: Of a backtest, with the baselines among the forecasters.
        prices: The price history.
        baselines: Names of the baselines.
    """
    found = accuracies(results, prices)
    ranked = []
    for horizon in sorted({horizon for _, horizon in found}):
        here = {name: one for (name, other), one in found.items() if other == horizon}
        base = min(baselines, key=lambda name: here[name].mae)
        errors = _errors(results[results[HORIZON] == horizon])
        for name in sorted(here, key=lambda name: (-here[name].months, here[name].mae)):
            against = None if name == base else _against(errors[[name, base]], horizon)
            ranked.append(Standing(name, horizon, here[name], base, against))
    return ranked


def _against(errors: pd.DataFrame, horizon: int) -> Comparison | None:
    """How one compares with another on the months of both."""
    both = errors.dropna()
    if len(both) <= horizon + 1:
        return None
    return compare(both.iloc[:, 0].to_numpy(), both.iloc[:, 1].to_numpy(), horizon=horizon)


def _errors(rows: pd.DataFrame) -> pd.DataFrame:
    """Errors by month and forecaster, in order of months."""
    errors = rows.assign(error=rows[FORECAST] - rows[ACTUAL])
    return errors.pivot_table(index=TARGET, columns=FORECASTER, values="error")
