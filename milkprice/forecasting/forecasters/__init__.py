"""Forecasters behind one interface."""

from milkprice.errors import SettingError
from milkprice.forecasting.forecasters.average import Average
from milkprice.forecasting.forecasters.forecaster import Forecaster
from milkprice.forecasting.forecasters.naive import LastValue, SameMonthLastYear, SeasonalDrift
from milkprice.forecasting.forecasters.regression import (
    Regression,
    boosted_trees,
    elastic_net,
    ridge,
)

BASELINES: tuple[Forecaster, ...] = (LastValue(), SameMonthLastYear())
_MEMBERS: tuple[Forecaster, ...] = (
    SeasonalDrift(3),
    SeasonalDrift(5),
    SeasonalDrift(10),
    Regression("ridge, all months", ridge),
    Regression("ridge, 240 months", ridge, months=240),
)
CANDIDATES: tuple[Forecaster, ...] = (
    *_MEMBERS,
    Regression("elastic net", elastic_net),
    Regression("boosted trees", boosted_trees),
    Average(_MEMBERS),
)


def named(name: str) -> Forecaster:
    """The forecaster of this name."""
    known = {one.name: one for one in (*CANDIDATES, *BASELINES)}
    if name not in known:
        raise SettingError(option="by", value=name, expected="; ".join(known))
    return known[name]


__all__ = [
    "BASELINES",
    "CANDIDATES",
    "Average",
    "Forecaster",
    "LastValue",
    "Regression",
    "SameMonthLastYear",
    "SeasonalDrift",
    "boosted_trees",
    "elastic_net",
    "named",
    "ridge",
]
