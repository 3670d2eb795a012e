"""Forecasters behind one interface: the baselines, and the candidates for a model's ensemble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from milkprice.errors import SettingError
from milkprice.forecasting.forecasters.classical import (
    ExponentialSmoothing,
    Naive,
    SeasonalNaive,
    SeasonalNaiveDrift,
)
from milkprice.forecasting.forecasters.linear import elastic_net, ridge
from milkprice.forecasting.forecasters.regression import Regression
from milkprice.forecasting.forecasters.search import NotebookSearch
from milkprice.forecasting.forecasters.trees import boosted_trees
from milkprice.forecasting.history import History
from milkprice.logs import logger
from milkprice.settings import Delays


class Forecaster(Protocol):
    """Learns from a history and forecasts the months after it."""

    @property
    def name(self) -> str:
        """Its name in tables."""

    def forecast(self, history: History, horizons: Sequence[int]) -> Mapping[int, float]:
        """Forecast the months so many months after the last known price.

        Args:
            history: What is known.
            horizons: How many months ahead, each at least 1.

        Returns:
            A price, CLP per litre, for each horizon for which the history is long enough.

        Raises:
            HistoryTooShortError: It is too short for all of them.
        """


BASELINES: tuple[Forecaster, ...] = (Naive(), SeasonalNaive())
_OF_PRICES: tuple[Forecaster, ...] = (
    SeasonalNaiveDrift(3),
    SeasonalNaiveDrift(5),
    SeasonalNaiveDrift(10),
    ExponentialSmoothing(),
    Regression("ridge, all months", ridge, refit=12),
    Regression("ridge, 240 months", ridge, months=240, refit=12),
    Regression("elastic net", elastic_net, refit=12),
    Regression("boosted trees", boosted_trees, refit=12),
)


def candidates(delays: Delays) -> tuple[Forecaster, ...]:
    """The forecasters that a model's ensemble is selected from."""
    return (*_OF_PRICES, NotebookSearch(delays))


def select_forecasters(
    names: Sequence[str], delays: Delays, *, regressors: bool = True
) -> tuple[Forecaster, ...]:
    """The candidates of these names; all of them if there are no names.

    Those that learn from more than prices are left out where there are no regressors.
    """
    known = {one.name: one for one in candidates(delays)}
    for name in names:
        if name not in known:
            raise SettingError(option="forecasters", value=name, expected="; ".join(known))
    if not regressors:
        known = {one.name: one for one in _OF_PRICES}
        needing = [name for name in names if name not in known]
        if needing:
            expected = f"{'; '.join(known)}: the source has no regressors"
            raise SettingError(option="forecasters", value=needing[0], expected=expected)
        if not names:
            logger.warning("%s is left out, as the source has no regressors", NotebookSearch.name)
    return tuple(known[name] for name in dict.fromkeys(names) or known)
