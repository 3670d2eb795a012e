"""Cleaning: raw text to one row a month, with every refused or repaired cell in a report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from milkprice.data.cleaning.macro import clean_macro
from milkprice.data.cleaning.prices_and_rainfall import clean_prices, clean_rainfall
from milkprice.data.formats import names
from milkprice.data.settings import CleaningMode
from milkprice.data.tables import monthly, raw
from milkprice.data.tables.monthly import read_table, write_frame, write_table

PRICES, RAINFALL, MACRO, QUARANTINE = "prices", "rainfall", "macro", "quarantine"


@dataclass(frozen=True)
class CleanTables:
    """The monthly tables, and the report of every cell refused or repaired."""

    prices: pd.DataFrame
    rainfall: pd.DataFrame
    macro: pd.DataFrame
    quarantine: pd.DataFrame


def clean_all(files: dict[str, bytes], *, mode: CleaningMode, as_of: pd.Period) -> CleanTables:
    """Clean the three raw files.

    Args:
        files: Their bytes by file name.
        mode: How the central bank's numbers are read: ``repaired`` or ``notebook``.
        as_of: The current month; later ones are refused.

    Raises:
        TableError: What is wrong, with file, row and column.
    """
    prices = clean_prices(raw.read_raw(files[names.PRICES_FILE], raw.PRICES), as_of=as_of)
    rainfall = clean_rainfall(raw.read_raw(files[names.RAINFALL_FILE], raw.RAINFALL), as_of=as_of)
    text = raw.read_raw(files[names.MACRO_FILE], raw.MACRO)
    macro = clean_macro(text, as_of=as_of, mode=mode)
    return CleanTables(prices, rainfall, macro.table, macro.quarantine)


def write_tables(tables: CleanTables, folder: Path, *, suffix: str) -> list[Path]:
    """Check the tables and write them into a folder, with the quarantine report."""
    paths = [folder / f"{name}{suffix}" for name in (PRICES, RAINFALL, MACRO, QUARANTINE)]
    write_table(tables.prices, paths[0], monthly.PRICES)
    write_table(tables.rainfall, paths[1], monthly.RAINFALL)
    write_table(tables.macro, paths[2], monthly.MACRO)
    write_frame(tables.quarantine, paths[3])
    return paths


def read_tables(folder: Path, *, suffix: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Read prices, rainfall and macro from a folder and check them."""
    return (
        read_table(folder / f"{PRICES}{suffix}", monthly.PRICES),
        read_table(folder / f"{RAINFALL}{suffix}", monthly.RAINFALL),
        read_table(folder / f"{MACRO}{suffix}", monthly.MACRO),
    )
