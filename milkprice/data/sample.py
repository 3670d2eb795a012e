"""A synthetic sample in the format of the real files, its defects and true values known.

Activity drives the economy, season and activity the price; then the defects of the real files are
planted in known places.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from milkprice.data.formats import names
from milkprice.data.formats.cells import SPANISH, write_number
from milkprice.data.formats.series import Series, macro_series
from milkprice.data.tables import write_frame, write_months
from milkprice.errors import SettingError
from milkprice.files import write_bytes
from milkprice.settings import check_seed

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]
Booleans = NDArray[np.bool_]
Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]  # prices, rainfall, macro
Planted = list[tuple[str, str, str, str]]  # month, column, raw text, defect

MONTHS = 506  # of prices in the real file
LEAST_MONTHS = 48
SEED = 42
TRUTH = "truth"
PLANTED = "planted.csv"

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

COLUMNS = ["month", "column", "raw", "defect"]
GAP = 14  # months without a value on both sides of a cell that is foreign to its series
TEXT_CELLS = 16
STRAY_CELLS = 8
IMPOSSIBLE_CELLS = 4
REPEATED_MONTHS = 2


@dataclass(frozen=True)
class Sample:
    """Raw files and the truth about them.

    Attributes:
        files: The three raw files by name.
        truth: The true macro table, one row a month.
        planted: What was planted where: month, column, raw text, defect.
    """

    files: dict[str, bytes]
    truth: pd.DataFrame
    planted: pd.DataFrame


def generate(*, months: int = MONTHS, extra_series: int = 0, seed: int = SEED) -> Sample:
    """Generate the sample.

    Args:
        months: Months of prices, 48 or more, ending in 2021-02.
        extra_series: Macro series beyond the real file's 84.
        seed: The same seed gives the same bytes.
    """
    if months < LEAST_MONTHS:
        raise SettingError(option="months", value=months, expected=f"{LEAST_MONTHS} or more")
    if extra_series < 0:
        raise SettingError(option="extra series", value=extra_series, expected="0 or more")
    check_seed(seed, option="seed")
    random = np.random.default_rng(seed)
    series = [*macro_series().values(), *_extra(extra_series, random)]
    prices, rainfall, macro = simulate(months=months, series=series, random=random)
    rows, planted = write_macro(macro, random)
    files = {
        names.PRICES_FILE: _prices_file(prices),
        names.RAINFALL_FILE: _rainfall_file(rainfall, random),
        names.MACRO_FILE: _csv([[names.PERIOD, *macro.columns], *rows], end="\r\n"),
    }
    return Sample(files, macro, planted)


def generate_prices(*, months: int = MONTHS, seed: int) -> bytes:
    """Generate a prices file alone: one of many series."""
    prices, _, _ = simulate(months=months, series=[], random=np.random.default_rng(seed))
    return _prices_file(prices)


def write_sample(sample: Sample, folder: Path) -> None:
    """Write the raw files, and the truth about them into ``truth/``."""
    for name, data in sample.files.items():
        write_bytes(data, folder / name)
    write_months(sample.truth, folder / TRUTH / names.MACRO_FILE)
    write_frame(sample.planted, folder / TRUTH / PLANTED)


def _extra(count: int, random: np.random.Generator) -> list[Series]:
    """Unknown series: three digits before the point, as most real ones have."""
    first = str(LAST - 240)
    return [
        Series(f"Serie_extra_{place:05d}", "1", float(level), first)
        for place, level in enumerate(random.uniform(250.0, 400.0, count), start=1)
    ]


def _prices_file(prices: pd.DataFrame) -> bytes:
    dates = pd.PeriodIndex(prices.index)
    rows = [
        [str(year), SPANISH[month - 1], f"{price:g}"]
        for year, month, price in zip(dates.year, dates.month, prices[names.PRICE], strict=True)
    ]
    return _csv([[names.YEAR, names.MONTH, names.PRICE], *rows], end="\r\n")


def _rainfall_file(rainfall: pd.DataFrame, random: np.random.Generator) -> bytes:
    rows = [
        [f"{month}-01", *(f"{amount:.15g}" for amount in amounts)]
        for month, amounts in zip(rainfall.index.astype(str), rainfall.to_numpy(), strict=True)
    ]
    shuffled = [rows[place] for place in random.permutation(len(rows))]
    return _csv([[names.DATE, *rainfall.columns], *shuffled], end="\n") + b"\n"


def _csv(rows: Iterable[Iterable[str]], *, end: str) -> bytes:
    """Lines as the source ends them, the last one without an end."""
    return end.join(",".join(cells) for cells in rows).encode()


def simulate(*, months: int, series: list[Series], random: np.random.Generator) -> Tables:
    """Draw prices, rainfall and macro series, months x columns, before defects are planted."""
    index = pd.period_range(LAST - months - MACRO_LEAD + 1, LAST, freq="M", name="month")
    activity = _slow(random, len(index), scale=0.02)
    prices = _prices(index, activity, random)[MACRO_LEAD:]
    rainfall = _rainfall(index, random)[MACRO_LEAD:-RAIN_LAG]
    macro = pd.DataFrame(
        {one.name: _macro(one, index, activity, random) for one in series}, index=index
    )[:-MACRO_LAG]
    return prices, rainfall, macro


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


def write_macro(
    macro: pd.DataFrame, random: np.random.Generator
) -> tuple[list[list[str]], pd.DataFrame]:
    """Write the macro table with every defect of the real one.

    Returns:
        Rows of text in no order, the date first; and what was planted, one row a cell or a
        repeated month: month, column, raw text, defect.
    """
    text = _write_cells(macro)
    planted = _lost_points(macro, text)
    planted += _plant_foreign_cells(macro, text, random)
    rows = [
        [f"{month}-01 00:00:00 UTC", *cells]
        for month, cells in zip(macro.index.astype(str), text.tolist(), strict=True)
    ]
    repeated = random.choice(len(rows) - 1, REPEATED_MONTHS, replace=False)
    planted += [(str(macro.index[place]), "", "", "repeated month") for place in repeated]
    rows += [rows[place] for place in repeated]
    rows.append(_impossible_row(macro, planted, random))
    shuffled = [rows[place] for place in random.permutation(len(rows))]
    return shuffled, pd.DataFrame(planted, columns=COLUMNS)


def _write_cells(macro: pd.DataFrame) -> Texts:
    values = macro.to_numpy()
    text = np.full(values.shape, "", dtype=object)
    filled = ~np.isnan(values)
    text[filled] = [write_number(value) for value in values[filled].tolist()]
    return text


def _lost_points(macro: pd.DataFrame, text: Texts) -> Planted:
    """The cells whose text is not their value."""
    values, months = macro.to_numpy(), macro.index.astype(str)
    return [
        (months[row], str(macro.columns[column]), text[row, column], "lost decimal point")
        for row, column in np.argwhere(text != "").tolist()
        if text[row, column].count(".") > 1 or float(text[row, column]) != values[row, column]
    ]


def _plant_foreign_cells(macro: pd.DataFrame, text: Texts, random: np.random.Generator) -> Planted:
    """Text and stray numbers in rows of other decades, where the series does not exist."""
    planted: Planted = []
    defects = ["text"] * TEXT_CELLS + ["stray value"] * STRAY_CELLS
    for row, column in random.permutation(np.argwhere(_in_gap(text))).tolist():
        if not defects:
            break
        if not _in_gap(text[:, [column]])[row, 0]:  # beside one planted before
            continue
        defect = defects.pop()
        stray = write_number(float(random.integers(1, 10**9)) / 1e6)
        text[row, column] = "a" if defect == "text" else stray
        month, name = str(macro.index[row]), str(macro.columns[column])
        planted.append((month, name, text[row, column], defect))
    return planted


def _in_gap(text: Texts) -> Booleans:
    """Cells of a series that has values, with none in the months around them."""
    filled = text != ""
    window = pd.DataFrame(filled.astype(float)).rolling(2 * GAP + 1, center=True, min_periods=1)
    in_gap: Booleans = (window.max().to_numpy() == 0) & filled.any(axis=0)
    return in_gap


def _impossible_row(
    macro: pd.DataFrame, planted: Planted, random: np.random.Generator
) -> list[str]:
    """A row of the thirteenth month, a few of its cells filled."""
    year, columns = macro.index[-1].year, macro.shape[1]
    cells = [""] * columns
    chosen = random.choice(columns, min(IMPOSSIBLE_CELLS, columns), replace=False)
    for column in sorted(chosen.tolist()):
        cells[column] = write_number(float(random.integers(10**8, 10**9)) / 1e6)
        name = str(macro.columns[column])
        planted.append((f"{year}-13", name, cells[column], "impossible date"))
    return [f"{year}-13-01 00:00:00 UTC", *cells]
