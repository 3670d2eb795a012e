"""Exponential smoothing: level, damped trend and season, each drawn along by the newest price."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milkprice.forecasting.errors import HistoryTooShortError
from milkprice.forecasting.history import History

YEAR = 12
LEAST = 4 * YEAR  # months; its first level, trend and season are averages over years


@dataclass(frozen=True)
class ExponentialSmoothing:
    """Additive on logarithms, so that growth and season are shares of the price.

    Hyndman, Koehler, Ord and Snyder, Forecasting with Exponential Smoothing (2008), as statsmodels
    has it; the first states are reckoned from the first years and not searched for.

    Attributes:
        name: What it is called in tables.
    """

    name: str = "exponential smoothing"

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        # Here and not above: a second, which only those who forecast need to wait.
        from statsmodels.tools.sm_exceptions import ConvergenceWarning
        from statsmodels.tsa.exponential_smoothing.ets import ETSModel

        if len(history.prices) < LEAST:
            raise HistoryTooShortError(
                forecaster=self.name,
                needed=f"{LEAST} months of prices",
                found=f"{len(history.prices)}",
            )
        logs = np.log(history.prices.to_numpy(dtype=float))
        model = ETSModel(
            logs,
            error="add",
            trend="add",
            damped_trend=True,
            seasonal="add",
            seasonal_periods=YEAR,
            initialization_method="heuristic",
        )
        with warnings.catch_warnings():
            # Near the best is good enough; how good, the backtest says.
            warnings.simplefilter("ignore", ConvergenceWarning)
            made = np.exp(model.fit(disp=False).forecast(max(horizons)))
        return {horizon: float(made[horizon - 1]) for horizon in horizons}
