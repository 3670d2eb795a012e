"""Forecasters behind one interface."""

from __future__ import annotations

from collections.abc import Sequence

from milkprice.data.settings import Delays
from milkprice.errors import SettingError
from milkprice.forecasting.forecasters.forecaster import Forecaster
from milkprice.forecasting.forecasters.naive import Naive, SeasonalNaive, SeasonalNaiveDrift
from milkprice.forecasting.forecasters.regression import (
    Regression,
    boosted_trees,
    elastic_net,
    ridge,
)
from milkprice.forecasting.forecasters.search import NotebookSearch
from milkprice.forecasting.forecasters.smoothing import ExponentialSmoothing

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
    """Those a model's forecasts are chosen from.

    Args:
        delays: When each source is published.
    """
    return (*_OF_PRICES, NotebookSearch(delays))


def select_forecasters(names: Sequence[str], delays: Delays) -> tuple[Forecaster, ...]:
    """The candidates of these names; all of them if none is named.

    Raises:
        SettingError: There is none of a name.
    """
    known = {one.name: one for one in candidates(delays)}
    for name in names:
        if name not in known:
            raise SettingError(option="forecasters", value=name, expected="; ".join(known))
    return tuple(known[name] for name in dict.fromkeys(names) or known)


__all__ = [
    "BASELINES",
    "ExponentialSmoothing",
    "Forecaster",
    "Naive",
    "NotebookSearch",
    "Regression",
    "SeasonalNaive",
    "SeasonalNaiveDrift",
    "boosted_trees",
    "candidates",
    "elastic_net",
    "ridge",
    "select_forecasters",
]
