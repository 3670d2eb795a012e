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
    """What a champion knew; None where there is none, or no feature table in its bundle.

    Raises:
        ModelFormatError: Its forecast cannot be decoded.
    """
    if champion is None or FEATURES not in champion.files:
        return None
    values = raw_values(feature_rows(champion))
    forecast = bundle_forecast(champion.files, where=champion.label)
    if forecast is None:
        return Reference(values, ends_of(values))
    others = values.drop(columns=names.PRICE, errors="ignore")
    series = pd.concat([_prices(forecast), others], axis=1)
    files = dict(zip(("prices", "rainfall", "macro"), names.RAW_FILES, strict=True))
    ends = {files[source]: pd.Period(month, "M") for source, month in forecast.known.items()}
    return Reference(series, ends)


def raw_values(features: pd.DataFrame) -> pd.DataFrame:
    """Raw values from a feature table, each put back to its own month.

    A value stands in several columns, one month and a year after its own, so that a table of 60
    months gives back 71.
    """
    series: dict[str, pd.Series] = {}
    for column in map(str, features.columns):
        if column in CALENDAR or column.endswith(MEAN_3):
            continue
        suffix, lag = next(one for one in LAGS.items() if column.endswith(one[0]))
        values = features[column].set_axis(pd.PeriodIndex(features.index) - lag)
        name = names.RETAIL_SALES if column == RETAIL_COLUMN else column.removesuffix(suffix)
        series[name] = series[name].combine_first(values) if name in series else values
    return pd.concat(series, axis=1).sort_index()


def _prices(forecast: Forecast) -> pd.Series:
    months = pd.PeriodIndex(list(forecast.months()), freq="M")
    return pd.Series(forecast.prices, months, name=names.PRICE)
