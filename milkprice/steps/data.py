"""A source to checked monthly tables and a feature table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, cast

import pandas as pd

from milkprice.data import checks
from milkprice.data.checks import finding
from milkprice.data.checks.finding import Findings
from milkprice.data.cleaning import macro, prices_and_rainfall, quarantine
from milkprice.data.cleaning.quarantine import CleanTable
from milkprice.data.errors import SourceChangedError
from milkprice.data.formats import names
from milkprice.data.settings import CleaningMode, Delays
from milkprice.data.sources import identify_source, read_source
from milkprice.data.tables import monthly, raw
from milkprice.data.tables.monthly import (
    Definition,
    current_month,
    read_table,
    write_frame,
    write_table,
)
from milkprice.features import sets
from milkprice.features.sets import write_features
from milkprice.files import write_bytes
from milkprice.registry import RegistryReader
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from milkprice.settings import Gate
from milkprice.steps.files import (
    Facts,
    file_facts,
    markdown_table,
    read_clean,
    table_facts,
    write_hashes,
)
from milkprice.validation.promotion import champion_of
from milkprice.validation.reference import reference_of


class Identity(NamedTuple):
    """What a run is made from.

    Attributes:
        files: Hash of the raw files.
        month: The month that runs, ``YYYY-MM``.
    """

    files: str
    month: str


def identify(source: str, *, cache: Path, settings: StoreSettings, now: datetime) -> Identity:
    """Say what a source holds at this time."""
    held = identify_source(source, cache=cache, settings=settings)
    return Identity(held, str(current_month(now)))


def ingest(
    source: str,
    files: str,
    outputs: dict[str, str],
    hashes_path: str,
    *,
    cache: Path,
    settings: StoreSettings,
) -> dict[str, Facts]:
    """Bring the raw files.

    Args:
        source: ``sample``, ``challenge``, a folder, or an ``s3://bucket/prefix``.
        files: Their hash, as ``identify`` said it.
        outputs: Where each file goes, by file name.
        hashes_path: Where their hashes go, as JSON.
        cache: Folder for downloaded files.
        settings: Where S3 is and who asks.

    Returns:
        Facts of each file, by its name.

    Raises:
        SourceChangedError: The source holds other files by now.
    """
    raw = read_source(source, cache=cache, settings=settings)
    if raw.identity() != files:
        raise SourceChangedError(source=source, expected=files, found=raw.identity())
    for name, path in outputs.items():
        write_bytes(raw.files[name], Path(path))
    return write_hashes(outputs, hashes_path)


def raw_outputs(prices_path: str, rainfall_path: str, macro_path: str) -> dict[str, str]:
    """Where each raw file goes, by its name."""
    return dict(zip(names.RAW_FILES, (prices_path, rainfall_path, macro_path), strict=True))


def clean_prices(raw_path: str, table_path: str, *, as_of: str) -> Facts:
    """Clean the milk prices; facts of the table."""
    text = raw.read_raw(Path(raw_path).read_bytes(), raw.PRICES)
    return _write(
        prices_and_rainfall.clean_prices(text, as_of=_month(as_of)), table_path, monthly.PRICES
    )


def clean_rainfall(raw_path: str, table_path: str, *, as_of: str) -> Facts:
    """Clean the rainfall; facts of the table."""
    text = raw.read_raw(Path(raw_path).read_bytes(), raw.RAINFALL)
    return _write(
        prices_and_rainfall.clean_rainfall(text, as_of=_month(as_of)), table_path, monthly.RAINFALL
    )


def clean_macro(
    raw_path: str, table_path: str, report_path: str, summary_path: str, *, as_of: str, clean: str
) -> tuple[Facts, Facts]:
    """Clean the central bank's series; facts of the table and of the quarantine report."""
    text = raw.read_raw(Path(raw_path).read_bytes(), raw.MACRO)
    mode = cast("CleaningMode", clean)
    cleaned = macro.clean_macro(text, as_of=_month(as_of), mode=mode)
    facts = _write(cleaned, table_path, monthly.MACRO)
    write_frame(cleaned.quarantine, Path(report_path))
    counts = quarantine.summary(cleaned.quarantine)
    summary = f"# Cells refused or repaired\n\n{markdown_table(counts)}"
    write_bytes(summary.encode(), Path(summary_path))
    return facts, {"cells": len(cleaned.quarantine), **file_facts(Path(report_path))}


def _month(as_of: str) -> pd.Period:
    return pd.Period(as_of, freq="M")


def _write(cleaned: CleanTable, path: str, what: Definition) -> Facts:
    write_table(cleaned.table, Path(path), what)
    return table_facts(cleaned.table, Path(path))


def build_features(
    prices_path: str, rainfall_path: str, macro_path: str, table_path: str, *, features: str
) -> Facts:
    """Build the table of a feature set; its facts."""
    table = sets.build_features(
        read_table(Path(prices_path), monthly.PRICES),
        read_table(Path(rainfall_path), monthly.RAINFALL),
        read_table(Path(macro_path), monthly.MACRO),
        features=features,
    )
    write_features(table, Path(table_path))
    return table_facts(table, Path(table_path))


def check_source(
    tables: dict[str, str],
    found_path: str,
    summary_path: str,
    *,
    names: Iterable[str],
    clean: str,
    delays: Delays,
    alias: str,
    gate: str,
    registry: str,
    settings: StoreSettings,
) -> None:
    """Write what is wrong with a source beside what each model's champion knew.

    Args:
        tables: The cleaned tables and the quarantine report, by their names in ``CleanTables``.
        found_path: File for the faults, by model.
        summary_path: Markdown file for them.
        names: The models that are to learn from it.
        clean: How the central bank's numbers were read.
        delays: When each source is published.
        alias: Alias of the champions.
        gate: ``always`` lets anything pass.
        registry: Where models are published.
        settings: Where S3 is and who asks.

    Raises:
        DataCheckError: Nothing may be learnt from it.
    """
    came, reader = read_clean(**tables), RegistryReader(open_store(registry, settings))
    mode = cast("CleaningMode", clean)
    found = {
        name: checks.check_source(
            came, reference_of(champion_of(reader, name, alias)), clean=mode, delays=delays
        )
        for name in names
    }
    write_bytes(finding.to_json(found), Path(found_path))
    write_bytes(_summary(found).encode(), Path(summary_path))
    every = dict.fromkeys(one for some in found.values() for one in some)  # each once
    checks.enforce(tuple(every), gate=cast("Gate", gate))


def _summary(found: dict[str, Findings]) -> str:
    """What was found, each said once, with its model where not all of them have it."""
    every = dict.fromkeys(one for some in found.values() for one in some)
    lines = [_line(one, [name for name in found if one in found[name]], found) for one in every]
    return "# The source\n\n" + "".join(lines or ["- Nothing is wrong with it.\n"])


def _line(one: finding.Finding, models: list[str], found: dict[str, Findings]) -> str:
    of = "" if len(models) == len(found) else f" ({', '.join(models)})"
    return f"- {'Stop' if one.stop else 'Warning'}: {one.reason}{of}.\n"
