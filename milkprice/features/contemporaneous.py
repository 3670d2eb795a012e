"""The features of the old systems: a month seen through the same month's rain and economy."""

from __future__ import annotations

import pandas as pd

from milkprice.quirks import names
from milkprice.quirks.series import activity_indices, national_accounts
from milkprice.tables.definition import MONTH

YEAR_COLUMN = "ano"
MONTH_COLUMN = "mes"
RETAIL_COLUMN = "num"


def contemporaneous(
    prices: pd.DataFrame,  # noqa: ARG001 - every feature set is asked in the same way
    rainfall: pd.DataFrame,
    macro: pd.DataFrame,
) -> pd.DataFrame:
    """The 48 columns of the old systems, in their order and under their names.

    Year, month, rain of eight regions (mm), product by sector, activity indices, retail sales
    as ``num``. All are of the month itself, so a month can only be predicted once its own
    figures are out; earlier work did so, and this set is kept for comparison with it.

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
