"""What the champion knew of the raw series, read back from its bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from milkprice.bundle import Bundle
from milkprice.candidate.assembly import FEATURES, feature_rows, outlook_of
from milkprice.features.contemporaneous import MONTH_COLUMN, RETAIL_COLUMN, YEAR_COLUMN
from milkprice.features.lagged import LAG_1, LAG_12, MEAN_3, MONTH_COS, MONTH_SIN
from milkprice.outlook import OUTLOOK, Outlook
from milkprice.quirks import names

LAGS = {LAG_12: 12, LAG_1: 1, "": 0}  # a suffix, and how many months before its row it looks
CALENDAR = frozenset({YEAR_COLUMN, MONTH_COLUMN, MONTH_SIN, MONTH_COS})


@dataclass(frozen=True)
class Memory:
    """What a champion knew.

    Attributes:
        series: Raw values, months x series; NaN where it knew none, or kept none.
        ends: The last month it knew of each raw file.
    """

    series: pd.DataFrame
    ends: Mapping[str, pd.Period]

    def without(self, file: str) -> Memory:
        """The same but for one raw file."""
        others = [name for name in self.series.columns if file_of(str(name)) != file]
        ends = {name: end for name, end in self.ends.items() if name != file}
        return Memory(self.series[others], ends)


def memory_of(champion: Bundle | None) -> Memory | None:
    """What a champion knew; None where there is none, or it brings no feature table.

    Raises:
        ModelFormatError: Its outlook cannot be understood.
    """
    if champion is None or FEATURES not in champion.files:
        return None
    values = recalled(feature_rows(champion))
    if OUTLOOK not in champion.files:
        return Memory(values, ends_of(values))
    made = outlook_of(champion)
    others = values.drop(columns=names.PRICE, errors="ignore")
    whole = pd.concat([_prices(made), others], axis=1)
    files = dict(zip(("prices", "rainfall", "macro"), names.RAW_FILES, strict=True))
    ends = {files[source]: pd.Period(month, "M") for source, month in made.known.items()}
    return Memory(whole, ends)


def recalled(features: pd.DataFrame) -> pd.DataFrame:
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


def file_of(series: str) -> str:
    """The raw file that a series stands in."""
    if series == names.PRICE:
        return names.PRICES_FILE
    return names.RAINFALL_FILE if series in names.REGIONS else names.MACRO_FILE


def by_file(values: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Raw values parted by the file they stand in; a file without any is left out."""
    files = [file_of(str(name)) for name in values.columns]
    parts = {file: values.loc[:, [one == file for one in files]] for file in names.RAW_FILES}
    return {file: part for file, part in parts.items() if not part.empty}


def ends_of(values: pd.DataFrame) -> dict[str, pd.Period]:
    """The last month of each raw file with a value."""
    filled = {file: part.dropna(how="all").index for file, part in by_file(values).items()}
    return {file: months.max() for file, months in filled.items() if len(months)}


def _prices(made: Outlook) -> pd.Series:
    months = pd.PeriodIndex(list(made.months()), freq="M")
    return pd.Series(made.prices, months, name=names.PRICE)
