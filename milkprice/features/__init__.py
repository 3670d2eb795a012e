"""Feature sets by name: their columns, and the feature table a model is trained on.

A column describes a month by earlier months, or by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from milkprice.data.errors import CellError, ColumnsError, FeatureError
from milkprice.data.formats import names
from milkprice.data.formats.series import (
    activity_indices,
    macro_series,
    model_series,
    national_accounts,
)
from milkprice.data.tables import MONTH, read_months, write_months
from milkprice.errors import SettingError
from milkprice.logs import log_step, logger

Floats = npt.NDArray[np.float64]

TARGET = names.PRICE
YEAR_COLUMN = "ano"
MONTH_COLUMN = "mes"
RETAIL_COLUMN = "num"
MONTH_SIN = "month_sin"
MONTH_COS = "month_cos"
LAG_1 = "_lag_1"
MEAN_3 = "_mean_3"
LAG_12 = "_lag_12"
SUFFIXES = (LAG_1, MEAN_3, LAG_12)  # of columns that describe a month by earlier ones
SHORTEST = 3  # columns that an error names
CALENDAR = frozenset({YEAR_COLUMN, MONTH_COLUMN, MONTH_SIN, MONTH_COS})


def lagged(prices: pd.DataFrame, rainfall: pd.DataFrame, macro: pd.DataFrame) -> pd.DataFrame:
    """Values of earlier months, and the month's place in the year.

    Value of the month before, mean of the three months before, value of the same month last
    year, of the price, the rain of each region and each series of product, activity and retail
    sales, or each regressor of a tidy table; the month as sine and cosine, so that December and
    January are neighbours. A row of month *t* uses nothing of *t* or later.

    Returns:
        One row for every month from the first to the month after the last with any value.
    """
    values = _side_by_side(prices, rainfall, macro)
    parts = [lag_1(values), mean_3(values), lag_12(values)]
    seasons = [month_sin(values), month_cos(values)]
    table = np.column_stack([*(part.to_numpy() for part in parts), *seasons])
    columns = [*(name for part in parts for name in part), *(one.name for one in seasons)]
    return pd.DataFrame(table, values.index, columns)


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
    return _columns(values, _later(values.to_numpy(dtype=float), 1), LAG_1)


def mean_3(values: pd.DataFrame) -> pd.DataFrame:
    """Mean of the three months before; missing where one of them is."""
    first, second, third = (_later(values.to_numpy(dtype=float), months) for months in (1, 2, 3))
    return _columns(values, (first + second + third) / 3, MEAN_3)


def lag_12(values: pd.DataFrame) -> pd.DataFrame:
    """Value of the same month last year."""
    return _columns(values, _later(values.to_numpy(dtype=float), 12), LAG_12)


def month_sin(values: pd.DataFrame) -> pd.Series:
    """Sine of the month's place in the year."""
    return pd.Series(np.sin(_angle(values)), index=values.index, name=MONTH_SIN)


def month_cos(values: pd.DataFrame) -> pd.Series:
    """Cosine of the month's place in the year."""
    return pd.Series(np.cos(_angle(values)), index=values.index, name=MONTH_COS)


def used_series(rainfall: pd.DataFrame, macro: pd.DataFrame) -> list[str]:
    """The series that models use: all of them where a tidy table brings its own, without rain."""
    columns = list(macro.columns)
    if not rainfall.shape[1]:
        return columns
    if names.RETAIL_SALES not in columns:
        raise ColumnsError(file="macro", missing=[names.RETAIL_SALES])
    return model_series(columns)


def _side_by_side(
    prices: pd.DataFrame, rainfall: pd.DataFrame, macro: pd.DataFrame
) -> pd.DataFrame:
    """All values by month, without holes, so that counting rows is counting months."""
    parts = [prices, rainfall, macro[used_series(rainfall, macro)]]
    places = [part.index.astype("int64").to_numpy() for part in parts]
    known = np.concatenate(places)
    columns = [name for part in parts for name in part]
    values = np.full((known.max() + 2 - known.min(), len(columns)), np.nan)
    end = 0
    for part, place in zip(parts, places, strict=True):
        end += part.shape[1]
        values[place - known.min(), end - part.shape[1] : end] = part
    first = pd.Period(ordinal=int(known.min()), freq="M")
    months = pd.period_range(first, periods=len(values), freq="M", name=MONTH)
    return pd.DataFrame(values, months, columns)


def _later(values: Floats, months: int) -> Floats:
    """Each row so many rows later; missing where there is none."""
    later = np.full_like(values, np.nan)
    later[months:] = values[:-months]
    return later


def _columns(values: pd.DataFrame, features: Floats, suffix: str) -> pd.DataFrame:
    """Features of each column, by its name and a suffix."""
    return pd.DataFrame(features, values.index, [f"{name}{suffix}" for name in values.columns])


def _angle(values: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return 2 * np.pi * (pd.PeriodIndex(values.index).month.to_numpy() - 1) / 12


_Builder = Callable[[pd.DataFrame, pd.DataFrame, pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class FeatureSet:
    """A set of features."""

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

    Returns:
        One row for each month with all features: the features in order, then the target
        ``Precio_leche`` (CLP per litre) or the price of a tidy table, NaN in months whose price is
        not published yet.

    Raises:
        SettingError: There is no feature set of this name, the tables have none of its features, or
            the price has the name of one.
        FeatureError: No month has all features; with the months each table covers.
    """
    if features not in FEATURE_SETS:
        raise SettingError(option="features", value=features, expected=", ".join(FEATURE_SETS))
    feature_set = FEATURE_SETS[features]
    _check_columns(prices, rainfall, macro, features=features)
    table = feature_set.build(prices, rainfall, macro)
    if not feature_set.milk:
        own = {f"{prices.columns[0]}{suffix}" for suffix in SUFFIXES}
        table = table[[name for name in table.columns if name not in own]]
    table = table.dropna()
    if table.empty:
        raise FeatureError(features=features, spans=_spans(prices, rainfall, macro))
    return table.join(prices)


def _check_columns(
    prices: pd.DataFrame, rainfall: pd.DataFrame, macro: pd.DataFrame, *, features: str
) -> None:
    """Raise where one table lacks what a feature set is made of; log where it is a price alone."""
    price, is_table = str(prices.columns[0]), not rainfall.shape[1]
    if price in CALENDAR or price.endswith(SUFFIXES):
        expected = "a column that is not called as a feature; rename it"
        raise SettingError(option="price", value=price, expected=expected)
    expected = ""
    if is_table and FEATURE_SETS[features].build is contemporaneous:
        expected = "lagged or lagged-no-milk; one table has no columns of earlier work"
    elif is_table and not macro.shape[1]:
        if not FEATURE_SETS[features].milk:
            expected = f"lagged; the table has no numeric columns beside {price}"
        logger.warning(
            "no numeric columns beside %s: the row model predicts from its own past", price
        )
    if expected:
        raise SettingError(option="features", value=features, expected=expected)


def unit_of(feature: str) -> str:
    """Unit of a feature's values; ``1`` for a pure number, its own name if it is not ours."""
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
    suffix = next((one for one in SUFFIXES if feature.endswith(one)), "")
    name = feature.removesuffix(suffix)
    return plain.get(name, name)


def target_of(table: pd.DataFrame) -> str:
    """The column of a feature table that is to be predicted: the price, else its last one."""
    return TARGET if TARGET in table else str(table.columns[-1])


def labelled_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The rows whose price is known: those a model can be trained on."""
    return table[table[target_of(table)].notna()]


def write_features(table: pd.DataFrame, path: Path) -> None:
    """Check a feature table and write it."""
    write_months(_check(table, file=str(path)), path)


def read_features(path: Path) -> pd.DataFrame:
    """Read a feature table and check it."""
    return _check(read_months(path), file=str(path))


def _spans(prices: pd.DataFrame, rainfall: pd.DataFrame, macro: pd.DataFrame) -> dict[str, str]:
    """The months of each table; of a tidy one those of its shortest columns."""
    if rainfall.shape[1]:
        return {"prices": _span(prices), "rainfall": _span(rainfall), "macro": _span(macro)}
    shortest = macro.count().sort_values(kind="stable").index[:SHORTEST]
    return {str(name): _span(macro[[name]]) for name in shortest} | {
        str(name): _span(prices[[name]]) for name in prices
    }


def _span(table: pd.DataFrame) -> str:
    known = table.dropna(how="all")
    return f"{known.index.min()} to {known.index.max()}" if len(known) else "nothing"


def _is_tidy(columns: Sequence[str]) -> bool:
    """Whether the last column can only be the price of a tidy table: all others are features."""
    features = [name for name in columns if name.endswith(SUFFIXES)]
    others = [name for name in columns if name not in features and name not in CALENDAR]
    return bool(features) and others == list(columns[-1:])


def _check(table: pd.DataFrame, *, file: str) -> pd.DataFrame:
    """Return the table if every feature of every month is a number; only targets may be missing."""
    if TARGET not in table and not _is_tidy([str(name) for name in table]):
        raise ColumnsError(file=file, missing=[TARGET])
    target = target_of(table)
    numbers = table.apply(pd.to_numeric, errors="coerce")
    wrong = ~np.isfinite(numbers.to_numpy(dtype=np.float64))
    wrong &= ~(table.isna() & (table.columns == target)).to_numpy()
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
