"""The columns of the feature sets: a month described by earlier months, or by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd

from milkprice.data.formats import names
from milkprice.data.formats.series import activity_indices, model_series, national_accounts
from milkprice.data.tables.monthly import MONTH

YEAR_COLUMN = "ano"
MONTH_COLUMN = "mes"
RETAIL_COLUMN = "num"
MONTH_SIN = "month_sin"
MONTH_COS = "month_cos"
LAG_1 = "_lag_1"
MEAN_3 = "_mean_3"
LAG_12 = "_lag_12"


def lagged(prices: pd.DataFrame, rainfall: pd.DataFrame, macro: pd.DataFrame) -> pd.DataFrame:
    """Values of earlier months, and the month's place in the year.

    Value of the month before, mean of the three months before, value of the same month last
    year, of the price, the rain of each region and each series of product, activity and retail
    sales; the month as sine and cosine, so that December and January are neighbours. A row of
    month *t* uses nothing of *t* or later.

    Returns:
        One row for every month from the first to the month after the last with any value.
    """
    values = _side_by_side(prices, rainfall, macro)
    parts = [lag_1(values), mean_3(values), lag_12(values), month_sin(values), month_cos(values)]
    return pd.concat(parts, axis=1)


def contemporaneous(
    prices: pd.DataFrame,  # noqa: ARG001 - every feature set is built from the same tables
    rainfall: pd.DataFrame,
    macro: pd.DataFrame,
) -> pd.DataFrame:
    """The 48 columns of earlier work, in their order and under their names.

    Year, month, rain of eight regions (mm), product by sector, activity indices, retail sales
    as ``num``. All are of the month itself, so a month can only be predicted once its own
    figures are published. The set is kept for comparison with that work.

    Returns:
        One row for each month that rainfall and macro share.
    """
    series = [*national_accounts(macro.columns), *activity_indices(macro.columns)]
    retail = macro[[names.RETAIL_SALES]].set_axis([RETAIL_COLUMN], axis=1)
    values = pd.concat([rainfall, macro[series], retail], axis=1, join="inner")
    months = pd.PeriodIndex(values.index, name=MONTH)
    values.insert(0, YEAR_COLUMN, months.year)
    values.insert(1, MONTH_COLUMN, months.month)
    return values.astype("float64")


def lag_1(values: pd.DataFrame) -> pd.DataFrame:
    """Value of the month before."""
    return values.shift(1).add_suffix(LAG_1)


def mean_3(values: pd.DataFrame) -> pd.DataFrame:
    """Mean of the three months before; missing where one of them is."""
    return values.shift(1).rolling(3).mean().add_suffix(MEAN_3)


def lag_12(values: pd.DataFrame) -> pd.DataFrame:
    """Value of the same month last year."""
    return values.shift(12).add_suffix(LAG_12)


def month_sin(values: pd.DataFrame) -> pd.Series:
    """Sine of the month's place in the year."""
    return pd.Series(np.sin(_angle(values)), index=values.index, name=MONTH_SIN)


def month_cos(values: pd.DataFrame) -> pd.Series:
    """Cosine of the month's place in the year."""
    return pd.Series(np.cos(_angle(values)), index=values.index, name=MONTH_COS)


def _side_by_side(
    prices: pd.DataFrame, rainfall: pd.DataFrame, macro: pd.DataFrame
) -> pd.DataFrame:
    """All values by month, without holes, so that counting rows is counting months."""
    parts = [prices, rainfall, macro[model_series(list(macro.columns))]]
    values = pd.concat(parts, axis=1)
    months = pd.period_range(values.index.min(), values.index.max() + 1, freq="M", name=MONTH)
    return values.reindex(months)


def _angle(values: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return 2 * np.pi * (pd.PeriodIndex(values.index).month.to_numpy() - 1) / 12
