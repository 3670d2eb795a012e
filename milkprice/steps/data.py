"""Steps from a source to checked monthly tables and a feature table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, cast

import pandas as pd

from milkprice import features as feature_sets
from milkprice import stages
from milkprice.data.checks import Finding, Findings, enforce, to_json
from milkprice.data.cleaning import quarantine
from milkprice.data.errors import SourceChangedError
from milkprice.data.formats import names
from milkprice.data.sources import fingerprint_source
from milkprice.data.tables import (
    MACRO_TABLE,
    PRICE_TABLE,
    RAINFALL_TABLE,
    current_month,
    write_frame,
    write_table,
)
from milkprice.files import write_bytes
from milkprice.registry.bundle import VerifyingKeys
from milkprice.registry.settings import StoreSettings
from milkprice.settings import CleaningMode, Delays, Gate
from milkprice.steps import (
    Metadata,
    file_metadata,
    frame_table,
    read_champion,
    read_clean,
    read_tables,
    table_metadata,
    write_hashes,
    write_text,
)


class Identity(NamedTuple):
    """What a run starts from: the cache key of its steps."""

    files: str
    month: str


def identify(source: str, *, cache: Path, settings: StoreSettings, now: datetime) -> Identity:
    """Hash the files that a source holds now."""
    files = fingerprint_source(source, cache=cache, settings=settings)
    return Identity(files, str(current_month(now)))


def ingest(
    source: str,
    files: str,
    outputs: Mapping[str, str],
    hashes_path: str,
    *,
    month: str = "",
    price: str = "",
    as_of: str,
    cache: Path,
    settings: StoreSettings,
) -> dict[str, Metadata]:
    """Copy the raw files of a source, unless they changed meanwhile; metadata by file name.

    Of one table its parts are written, and the table's own hash.
    """
    raw, hashes = stages.ingest(
        source, month=month or None, price=price or None, as_of=_month(as_of), cache=cache,
        store=settings,
    )  # fmt: skip
    if raw.fingerprint() != files:
        raise SourceChangedError(source=source, expected=files, actual=raw.fingerprint())
    for name, path in outputs.items():
        write_bytes(raw.files[name], Path(path))
    write_hashes(hashes, hashes_path)
    return {name: file_metadata(Path(path)) for name, path in outputs.items()}


def raw_outputs(prices_path: str, rainfall_path: str, macro_path: str) -> dict[str, str]:
    """Paths by the names of the raw files."""
    return dict(zip(names.RAW_FILES, (prices_path, rainfall_path, macro_path), strict=True))


def clean_prices(raw_path: str, table_path: str, *, as_of: str) -> Metadata:
    """Clean the milk prices; metadata of the table."""
    table = stages.clean_prices(Path(raw_path).read_bytes(), as_of=_month(as_of))
    write_table(table, Path(table_path), PRICE_TABLE)
    return table_metadata(table, Path(table_path))


def clean_rainfall(raw_path: str, table_path: str, *, as_of: str) -> Metadata:
    """Clean the rainfall; metadata of the table."""
    table = stages.clean_rainfall(Path(raw_path).read_bytes(), as_of=_month(as_of))
    write_table(table, Path(table_path), RAINFALL_TABLE)
    return table_metadata(table, Path(table_path))


def clean_macro(
    raw_path: str, table_path: str, report_path: str, summary_path: str, *, as_of: str, clean: str
) -> tuple[Metadata, Metadata]:
    """Clean the central bank's series; metadata of the table and of the quarantine report."""
    mode = cast("CleaningMode", clean)
    cleaned = stages.clean_macro(Path(raw_path).read_bytes(), as_of=_month(as_of), clean=mode)
    write_table(cleaned.table, Path(table_path), MACRO_TABLE)
    write_frame(cleaned.quarantine, Path(report_path))
    counts = frame_table(quarantine.summary(cleaned.quarantine))
    write_text(f"# Cells refused or repaired\n\n{counts}", summary_path)
    cells = {"cells": len(cleaned.quarantine), **file_metadata(Path(report_path))}
    return table_metadata(cleaned.table, Path(table_path)), cells


def build_features(
    prices_path: str, rainfall_path: str, macro_path: str, table_path: str, *, features: str
) -> Metadata:
    """Build the table of a feature set; its metadata."""
    tables = read_tables(prices_path, rainfall_path, macro_path)
    table = feature_sets.build_features(*tables, features=features)
    feature_sets.write_features(table, Path(table_path))
    return table_metadata(table, Path(table_path))


def check_source(
    tables: Mapping[str, str],
    findings_path: str,
    summary_path: str,
    *,
    models: Iterable[str],
    clean: str,
    delays: Delays,
    alias: str,
    gate: str,
    registry: str,
    settings: StoreSettings,
    keys: VerifyingKeys | None,
) -> None:
    """Check the cleaned tables by themselves and against each model's champion.

    Raises:
        DataCheckError: A finding stops the run; the findings are written.
    """
    cleaned, mode = read_clean(**tables), cast("CleaningMode", clean)
    findings = {
        name: stages.check_source(
            cleaned,
            read_champion(name, alias=alias, registry=registry, settings=settings, keys=keys),
            clean=mode,
            delays=delays,
            is_milk=stages.is_milk(name),
        )
        for name in models
    }
    write_bytes(to_json(findings), Path(findings_path))
    write_text(_summary(findings), summary_path)
    enforce(_distinct(findings), gate=cast("Gate", gate))


def _month(as_of: str) -> pd.Period:
    return pd.Period(as_of, freq="M")


def _distinct(findings: Mapping[str, Findings]) -> Findings:
    """The findings of all models, each once."""
    return tuple(dict.fromkeys(one for some in findings.values() for one in some))


def _summary(findings: Mapping[str, Findings]) -> str:
    lines = [_line(one, findings) for one in _distinct(findings)]
    return "# The source\n\n" + "".join(lines or ["- Nothing is wrong with it.\n"])


def _line(one: Finding, findings: Mapping[str, Findings]) -> str:
    """A finding, with its models where not all models have it."""
    models = [name for name, some in findings.items() if one in some]
    suffix = "" if len(models) == len(findings) else f" ({', '.join(models)})"
    return f"- {'Stop' if one.stop else 'Warning'}: {one.reason}{suffix}.\n"
