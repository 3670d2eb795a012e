"""A synthetic sample in the format of the real files, its defects and true values known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from milkprice.data.formats import names
from milkprice.data.formats.cells import SPANISH
from milkprice.data.formats.series import Series, macro_series
from milkprice.data.sample.defects import write_macro
from milkprice.data.sample.processes import LAST, simulate
from milkprice.data.tables.monthly import write_frame, write_months
from milkprice.errors import SettingError
from milkprice.files import write_bytes

MONTHS = 506  # of prices in the real file
LEAST_MONTHS = 48
SEED = 42
TRUTH = "truth"
PLANTED = "planted.csv"


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
    random = np.random.default_rng(seed)
    series = [*macro_series().values(), *_extra(extra_series, random)]
    true = simulate(months=months, series=series, random=random)
    rows, planted = write_macro(true.macro, random)
    files = {
        names.PRICES_FILE: _prices(true.prices),
        names.RAINFALL_FILE: _rainfall(true.rainfall, random),
        names.MACRO_FILE: _csv([[names.PERIOD, *true.macro.columns], *rows], end="\r\n"),
    }
    return Sample(files, true.macro, planted)


def generate_prices(*, months: int = MONTHS, seed: int) -> bytes:
    """Generate a prices file alone: one of many series."""
    true = simulate(months=months, series=[], random=np.random.default_rng(seed))
    return _prices(true.prices)


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


def _prices(prices: pd.DataFrame) -> bytes:
    dates = pd.PeriodIndex(prices.index)
    rows = [
        [str(year), SPANISH[month - 1], f"{price:g}"]
        for year, month, price in zip(dates.year, dates.month, prices[names.PRICE], strict=True)
    ]
    return _csv([[names.YEAR, names.MONTH, names.PRICE], *rows], end="\r\n")


def _rainfall(rainfall: pd.DataFrame, random: np.random.Generator) -> bytes:
    rows = [
        [f"{month}-01", *(f"{amount:.15g}" for amount in amounts)]
        for month, amounts in zip(rainfall.index.astype(str), rainfall.to_numpy(), strict=True)
    ]
    shuffled = [rows[place] for place in random.permutation(len(rows))]
    return _csv([[names.DATE, *rainfall.columns], *shuffled], end="\n") + b"\n"


def _csv(rows: Iterable[Iterable[str]], *, end: str) -> bytes:
    """Lines as the source ends them, the last one without an end."""
    return end.join(",".join(cells) for cells in rows).encode()
