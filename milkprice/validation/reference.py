"""What the champion knew of the raw series, read back from its bundle."""

from __future__ import annotations

import pandas as pd

from milkprice.data.checks.snapshot import Reference, ends_of
from milkprice.data.formats import names
from milkprice.features.columns import (
    LAG_1,
    LAG_12,
    MEAN_3,
    MONTH_COLUMN,
    MONTH_COS,
    MONTH_SIN,
    RETAIL_COLUMN,
    YEAR_COLUMN,
)
from milkprice.forecasting.codec import bundle_forecast
from milkprice.forecasting.document import Forecast
from milkprice.registry.bundle import Bundle
from milkprice.validation.candidate import FEATURES, feature_rows

LAGS = {LAG_12: 12, LAG_1: 1, "": 0}  # a suffix, and how many months before its row it looks
CALENDAR = frozenset({YEAR_COLUMN, MONTH_COLUMN, MONTH_SIN, MONTH_COS})


def reference_of(champion: Bundle | None) -> Reference | None:
    """What a champion knew; None where there is none, or it brings no feature table.

    Raises:
        ModelFormatError: Its forecast cannot be understood.
    """
    if champion is None or FEATURES not in champion.files:
        return None
    values = raw_values(feature_rows(champion))
    made = bundle_forecast(champion.files, where=champion.label)
    if made is None:
        return Reference(values, ends_of(values))
    others = values.drop(columns=names.PRICE, errors="ignore")
    whole = pd.concat([_prices(made), others], axis=1)
    files = dict(zip(("prices", "rainfall", "macro"), names.RAW_FILES, strict=True))
    ends = {files[source]: pd.Period(month, "M") for source, month in made.known.items()}
    return Reference(whole, ends)


def raw_values(features: pd.DataFrame) -> pd.DataFrame:
    """Raw values from a feature table, each put back to its own month.

    A value stands in several columns, one month and a year after its own, so that a table of 60
    months recalls 71.
    """
    found: dict[str, pd.Series] = {}
    for column in map(str, features.columns):
        if column in CALENDAR or column.endswith(MEAN_3):
            continue
        suffix, lag = next(one for one in LAGS.items() if column.endswith(one[0]))
        values = features[column].set_axis(pd.PeriodIndex(features.index) - lag)
        name = names.RETAIL_SALES if column == RETAIL_COLUMN else column.removesuffix(suffix)
        found[name] = found[name].combine_first(values) if name in found else values
    return pd.concat(found, axis=1).sort_index()


def _prices(made: Forecast) -> pd.Series:
    months = pd.PeriodIndex(list(made.months()), freq="M")
    return pd.Series(made.prices, months, name=names.PRICE)
