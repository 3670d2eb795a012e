"""Feature sets by name, and the feature table a model is trained on: built, written, read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from milkprice.data.errors import CellError, ColumnsError
from milkprice.data.formats import names
from milkprice.data.formats.series import macro_series
from milkprice.data.tables.monthly import read_months, write_months
from milkprice.errors import SettingError
from milkprice.features.columns import (
    LAG_1,
    LAG_12,
    MEAN_3,
    MONTH_COLUMN,
    MONTH_COS,
    MONTH_SIN,
    RETAIL_COLUMN,
    YEAR_COLUMN,
    contemporaneous,
    lagged,
)
from milkprice.features.errors import FeatureError
from milkprice.logs import log_step

TARGET = names.PRICE
TARGET_UNIT = names.PRICE_UNIT

_Builder = Callable[[pd.DataFrame, pd.DataFrame, pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class FeatureSet:
    """A set of features.

    Attributes:
        build: Builds the columns from prices, rainfall and macro.
        milk: Whether columns derived from the milk price are among them.
    """

    build: _Builder
    milk: bool


# Names are those of the option and of a model's sidecar.
FEATURE_SETS = {
    "lagged": FeatureSet(lagged, milk=True),
    "lagged-no-milk": FeatureSet(lagged, milk=False),
    "contemporaneous": FeatureSet(contemporaneous, milk=True),
    "contemporaneous-no-milk": FeatureSet(contemporaneous, milk=False),
}


@log_step
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
        ``Precio_leche`` (CLP per litre), NaN in months whose price is not published yet.

    Raises:
        SettingError: There is no feature set of this name.
        FeatureError: No month has all features; with the months each table covers.
    """
    if features not in FEATURE_SETS:
        raise SettingError(option="features", value=features, expected=", ".join(FEATURE_SETS))
    feature_set = FEATURE_SETS[features]
    table = feature_set.build(prices, rainfall, macro)
    if not feature_set.milk:
        table = table[[name for name in table.columns if not str(name).startswith(names.PRICE)]]
    table = table.dropna()
    if table.empty:
        tables = {"prices": prices, "rainfall": rainfall, "macro": macro.dropna(how="all")}
        spans = {name: _span(table) for name, table in tables.items()}
        raise FeatureError(features=features, spans=spans)
    return table.join(prices[TARGET])


def unit_of(feature: str) -> str:
    """Unit of a feature's values; ``1`` for a pure number."""
    plain = {
        YEAR_COLUMN: "year",
        MONTH_COLUMN: "month",
        MONTH_SIN: "1",
        MONTH_COS: "1",
        RETAIL_COLUMN: macro_series()[names.RETAIL_SALES].unit,
        names.PRICE: names.PRICE_UNIT,
        **dict.fromkeys(names.REGIONS, names.RAIN_UNIT),
        **{name: series.unit for name, series in macro_series().items()},
    }
    suffixes = (LAG_12, LAG_1, MEAN_3)
    suffix = next((one for one in suffixes if feature.endswith(one)), "")
    return plain[feature.removesuffix(suffix)]


def labelled_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The rows whose price is known: those a model can be trained on."""
    return table[table[TARGET].notna()]


def write_features(table: pd.DataFrame, path: Path) -> None:
    """Check a feature table and write it."""
    write_months(_check(table, file=str(path)), path)


def read_features(path: Path) -> pd.DataFrame:
    """Read a feature table and check it.

    Raises:
        TableError: It is not there, lacks the target, or a feature has no number.
    """
    return _check(read_months(path), file=str(path))


def _span(table: pd.DataFrame) -> str:
    return f"{table.index.min()} to {table.index.max()}" if len(table) else "nothing"


def _check(table: pd.DataFrame, *, file: str) -> pd.DataFrame:
    """Return the table if every feature of every month is a number; only targets may be missing.

    Raises:
        ColumnsError: The target is missing.
        CellError: The first cell that is not a number, with its row and column.
    """
    if TARGET not in table:
        raise ColumnsError(file=file, missing=[TARGET])
    numbers = table.apply(pd.to_numeric, errors="coerce")
    wrong = ~np.isfinite(numbers.to_numpy(dtype=np.float64))
    wrong &= ~(table.isna() & (table.columns == TARGET)).to_numpy()
    if wrong.any():
        row, column = (int(place) for place in np.argwhere(wrong)[0])
        raise CellError(
            file=file,
            row=row + 2,
            column=str(table.columns[column]),
            value=table.iloc[row, column],
            expected="a number",
        )
    return table
