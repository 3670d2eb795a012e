"""``milkprice clean`` and ``milkprice features``: from raw files to the table a model sees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milkprice import runtime
from milkprice.cli.options import (
    CacheOption,
    Clean,
    CleanOption,
    Features,
    FeaturesOption,
    Format,
    FormatOption,
    JsonOption,
    SourceOption,
)
from milkprice.cli.output import emit, print_table, progress
from milkprice.cli.screens import quarantine_payload, show_quarantine, show_refused

if TYPE_CHECKING:
    import pandas as pd


def clean(
    source: SourceOption = "sample",
    out: Annotated[Path, typer.Option(help="Folder for the tables.")] = Path("clean"),
    mode: CleanOption = Clean.repaired,
    table_format: FormatOption = Format.csv,
    cache: CacheOption = None,
    as_json: JsonOption = False,
) -> None:
    """Clean the three files: one row a month, and a report of every cell touched."""
    from milkprice.cleaning.monthly import current_month
    from milkprice.cleaning.tables import clean_all, write_tables
    from milkprice.sources.source import read_source

    with progress() as step:
        with step("reading the source"):
            raw = read_source(
                source, cache=cache or runtime.cache(), settings=runtime.store_settings()
            )
        with step("cleaning"):
            as_of = current_month(runtime.now())
            tables = clean_all(raw.files, mode=mode.value, as_of=as_of)
        with step("writing"):
            paths = write_tables(tables, out, suffix=f".{table_format.value}")
    emit(
        {
            "files": [str(path) for path in paths],
            "quarantine": quarantine_payload(tables.quarantine),
        },
        as_json=as_json,
        show=lambda: _show_tables(tables.quarantine, paths),
    )


def features(
    tables: Annotated[Path, typer.Option(help="Folder with the cleaned tables.")] = Path("clean"),
    out: Annotated[Path, typer.Option(help="The feature table, .csv or .parquet.")] = Path(
        "features.csv"
    ),
    feature_set: FeaturesOption = Features.lagged,
    table_format: FormatOption = Format.csv,
    as_json: JsonOption = False,
) -> None:
    """Build the table a model is trained on: one row a month, features, then the price."""
    from milkprice.cleaning.tables import read_tables
    from milkprice.features.sets import build_features
    from milkprice.features.table import write_features

    with progress() as step, step("building features"):
        prices, rainfall, macro = read_tables(tables, suffix=f".{table_format.value}")
        table = build_features(prices, rainfall, macro, features=feature_set.value)
        write_features(table, out)
    first, last = str(table.index[0]), str(table.index[-1])
    row = (str(out), len(table), len(table.columns) - 1, first, last)
    columns = ("file", "months", "features", "first", "last")
    emit(
        dict(zip(columns, row, strict=True)),
        as_json=as_json,
        show=lambda: print_table(f"Features: {feature_set.value}", columns, [row]),
    )


def _show_tables(report: pd.DataFrame, paths: list[Path]) -> None:
    show_refused(report)
    show_quarantine(report, paths[-1])
    print_table("Tables", ("file",), [(str(path),) for path in paths[:-1]])
