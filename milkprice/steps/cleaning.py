"""Raw files to monthly tables."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pandas as pd

from milkprice.cleaning import macro, prices, quarantine, rainfall
from milkprice.cleaning.quarantine import Cleaned
from milkprice.files import write_bytes
from milkprice.settings import CleaningMode
from milkprice.steps.facts import Facts, file_facts, markdown_table, table_facts
from milkprice.tables import definition, raw
from milkprice.tables.definition import Definition
from milkprice.tables.files import write_frame, write_table


def clean_prices(raw_path: str, table_path: str, *, as_of: str) -> Facts:
    """Clean the milk prices; facts of the table."""
    text = raw.read_raw(Path(raw_path).read_bytes(), raw.PRICES)
    return _write(prices.clean_prices(text, as_of=_month(as_of)), table_path, definition.PRICES)


def clean_rainfall(raw_path: str, table_path: str, *, as_of: str) -> Facts:
    """Clean the rainfall; facts of the table."""
    text = raw.read_raw(Path(raw_path).read_bytes(), raw.RAINFALL)
    return _write(
        rainfall.clean_rainfall(text, as_of=_month(as_of)), table_path, definition.RAINFALL
    )


def clean_macro(
    raw_path: str, table_path: str, report_path: str, summary_path: str, *, as_of: str, clean: str
) -> tuple[Facts, Facts]:
    """Clean the central bank's series; facts of the table and of the quarantine report."""
    text = raw.read_raw(Path(raw_path).read_bytes(), raw.MACRO)
    mode = cast("CleaningMode", clean)
    cleaned = macro.clean_macro(text, as_of=_month(as_of), mode=mode)
    facts = _write(cleaned, table_path, definition.MACRO)
    write_frame(cleaned.quarantine, Path(report_path))
    counts = quarantine.summary(cleaned.quarantine)
    summary = f"# Cells refused or repaired\n\n{markdown_table(counts)}"
    write_bytes(summary.encode(), Path(summary_path))
    return facts, {"cells": len(cleaned.quarantine), **file_facts(Path(report_path))}


def _month(as_of: str) -> pd.Period:
    return pd.Period(as_of, freq="M")


def _write(cleaned: Cleaned, path: str, what: Definition) -> Facts:
    write_table(cleaned.table, Path(path), what)
    return table_facts(cleaned.table, Path(path))
