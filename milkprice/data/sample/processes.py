"""The processes behind the sample: activity drives the economy, season and activity the price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from milkprice.data.formats import names
from milkprice.data.formats.series import Series

Floats = NDArray[np.float64]

LAST = pd.Period("2021-02", freq="M")
RAIN_LAG = 10  # months by which rainfall ends before the price, as in the real files
MACRO_LAG = 3
MACRO_LEAD = 108  # months by which the macro file begins before the price
MEMORY = 0.97  # of the slow processes, a month
WIDEST_STEP = 0.6  # of a macro series' logarithm in a month: under half a power of ten
PRICE_LEVEL = 230.0  # CLP per litre
INFLATION = 0.08  # a year, the further back the smaller the price
WETTEST = 6  # June
SIGNIFICANT = 9  # digits of a number in the file
CENTS = {  # series quoted with few decimals, whose points were never lost
    "Precio_de_la_onza_troy_de_oro_dolaresoz": 2,
    "Precio_del_diesel_centavos_de_dolargalon": 2,
    "Precio_del_gas_natural_dolaresmillon_de_unidades_termicas_britanicas": 2,
    "Precio_del_petroleo_Brent_dolaresbarril": 2,
    "Precio_del_petroleo_WTI_dolaresbarril": 2,
    "Ventas_autos_nuevos": 0,
}


@dataclass(frozen=True)
class TrueTables:
    """The monthly tables before defects are planted."""

    prices: pd.DataFrame
    rainfall: pd.DataFrame
    macro: pd.DataFrame


def simulate(*, months: int, series: list[Series], random: np.random.Generator) -> TrueTables:
    """Draw monthly tables.

    Args:
        months: Months of prices, ending in `LAST`.
        series: The macro series; each begins in its first month at the earliest.
        random: Source of all random numbers.
    """
    index = pd.period_range(LAST - months - MACRO_LEAD + 1, LAST, freq="M", name="month")
    activity = _slow(random, len(index), scale=0.02)
    prices = _prices(index, activity, random)[MACRO_LEAD:]
    rainfall = _rainfall(index, random)[MACRO_LEAD:-RAIN_LAG]
    macro = pd.DataFrame(
        {one.name: _macro(one, index, activity, random) for one in series}, index=index
    )[:-MACRO_LAG]
    return TrueTables(prices, rainfall, macro)


def _slow(random: np.random.Generator, length: int, *, scale: float) -> Floats:
    """A mean-reverting walk with steps of about ``scale``."""
    walk = np.zeros(length)
    for month, shock in enumerate(random.normal(0.0, scale, length)):
        walk[month] = MEMORY * walk[month - 1] + shock if month else shock
    return walk


def _prices(index: pd.PeriodIndex, activity: Floats, random: np.random.Generator) -> pd.DataFrame:
    years_back = np.arange(len(index) - 1, -1, -1) / 12
    season = 0.06 * np.cos(2 * np.pi * (index.month.to_numpy() - 7) / 12)
    own = _slow(random, len(index), scale=0.012)
    growth = -INFLATION * np.minimum(years_back, 12) - 0.02 * np.maximum(years_back - 12, 0)
    price = PRICE_LEVEL * np.exp(growth / 3 + season + 0.5 * activity + own)
    return pd.DataFrame({names.PRICE: np.maximum(price.round(2), 0.01)}, index=index)


def _rainfall(index: pd.PeriodIndex, random: np.random.Generator) -> pd.DataFrame:
    wetness = 1.05 + np.cos(2 * np.pi * (index.month.to_numpy() - WETTEST) / 12)
    amounts = {}
    for place, region in enumerate(names.REGIONS):
        mean = 15.0 * (1 + place) * wetness
        rain = random.gamma(0.9, mean)
        amounts[region] = np.where(rain < 0.02 * mean, 0.0, rain)
    return pd.DataFrame(amounts, index=index)


def _macro(
    one: Series, index: pd.PeriodIndex, activity: Floats, random: np.random.Generator
) -> Floats:
    season = 0.08 * np.cos(2 * np.pi * (index.month.to_numpy() - random.integers(1, 13)) / 12)
    own = _slow(random, len(index), scale=0.02)
    logs = activity + season + own
    steps = np.clip(np.diff(logs, prepend=logs[0]), -WIDEST_STEP, WIDEST_STEP)
    values = one.level * np.exp(logs[0] + np.cumsum(steps))
    rounded = _rounded(values, CENTS.get(one.name))
    return np.where(index >= pd.Period(one.first, freq="M"), rounded, np.nan)


def _rounded(values: Floats, decimals: int | None) -> Floats:
    if decimals is not None:
        return np.round(values, decimals)
    return np.array([float(f"{value:.{SIGNIFICANT}g}") for value in values])
