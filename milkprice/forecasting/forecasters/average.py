"""The average of several forecasters: what is left of their errors where these differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from milkprice.forecasting.forecasters.forecaster import Forecaster
from milkprice.forecasting.history import History


@dataclass(frozen=True)
class Average:
    """The geometric mean of forecasts, each with the same weight.

    Attributes:
        members: Whose forecasts.
        name: What it is called in tables.
    """

    members: tuple[Forecaster, ...]
    name: str = "average"

    def forecast(self, history: History, horizons: Sequence[int]) -> dict[int, float]:
        """See ``Forecaster.forecast``."""
        all_forecasts = [member.forecast(history, horizons) for member in self.members]
        return {
            horizon: float(np.exp(np.mean([np.log(one[horizon]) for one in all_forecasts])))
            for horizon in horizons
        }
