"""The feature sets by name, and the table a model is trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from milkprice.errors import SettingError, TrainingError
from milkprice.features.contemporaneous import (
    MONTH_COLUMN,
    RETAIL_COLUMN,
    YEAR_COLUMN,
    contemporaneous,
)
from milkprice.features.lagged import LAG_1, LAG_12, MEAN_3, MONTH_COS, MONTH_SIN, lagged
from milkprice.logs import logged
from milkprice.quirks import names
from milkprice.quirks.series import catalogue

TARGET = names.PRICE
TARGET_UNIT = names.PRICE_UNIT

_Builder = Callable[[pd.DataFrame, pd.DataFrame, pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class FeatureSet:
    """A way to see a month.

    Attributes:
        name: The set's name in options and in a model's sidecar.
        build: Makes the columns from prices, rainfall and macro.
        milk: Whether columns derived from the milk price are among them.
    """

    name: str
    build: _Builder
    milk: bool


FEATURE_SETS = {
    one.name: one
    for one in (
        FeatureSet("lagged", lagged, milk=True),
        FeatureSet("lagged-no-milk", lagged, milk=False),
        FeatureSet("contemporaneous", contemporaneous, milk=True),
        FeatureSet("contemporaneous-no-milk", contemporaneous, milk=False),
    )
}


def feature_set(name: str) -> FeatureSet:
    """The feature set of this name."""
    if name not in FEATURE_SETS:
        raise SettingError(option="features", value=name, expected=", ".join(FEATURE_SETS))
    return FEATURE_SETS[name]


@logged
def build_features(
    prices: pd.DataFrame, rainfall: pd.DataFrame, macro: pd.DataFrame, *, features: str
) -> pd.DataFrame:
    """Build the table of a feature set.

    Args:
        prices: Cleaned prices, one row a month.
        rainfall: Cleaned rainfall.
        macro: Cleaned macro series.
        features: Name of the feature set.

    Returns:
        One row for each month with all features: the features in order, then the target
        ``Precio_leche`` (CLP per litre), NaN in months whose price is not known yet.

    Raises:
        TrainingError: No month has all features; with the months each table covers.
    """
    chosen = feature_set(features)
    table = chosen.build(prices, rainfall, macro)
    if not chosen.milk:
        table = table[[name for name in table.columns if not str(name).startswith(names.PRICE)]]
    table = table.dropna()
    if table.empty:
        spans = {"prices": prices, "rainfall": rainfall, "macro": macro.dropna(how="all")}
        raise TrainingError(
            f"No month has all features of {features}: "
            + ", ".join(f"{name} covers {_span(part)}" for name, part in spans.items())
            + "."
        )
    return table.join(prices[TARGET])


def unit_of(feature: str) -> str:
    """Unit of a feature's values; ``1`` for a pure number."""
    plain = {
        YEAR_COLUMN: "year",
        MONTH_COLUMN: "month",
        MONTH_SIN: "1",
        MONTH_COS: "1",
        RETAIL_COLUMN: catalogue()[names.RETAIL_SALES].unit,
        names.PRICE: names.PRICE_UNIT,
        **dict.fromkeys(names.REGIONS, names.RAIN_UNIT),
        **{name: series.unit for name, series in catalogue().items()},
    }
    base = feature
    for suffix in (LAG_12, LAG_1, MEAN_3):
        base = base.removesuffix(suffix)
    return plain[base]


def known_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The rows whose price is known: those that can be learnt from."""
    return table[table[TARGET].notna()]


def _span(table: pd.DataFrame) -> str:
    return f"{table.index.min()} to {table.index.max()}" if len(table) else "nothing"
