"""``milkprice data``: get the raw files.

``milkprice clean`` and ``milkprice features``: from raw files to the table a model sees.
"""

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
from milkprice.cli.tables import quarantine_payload, show_quarantine, show_refused
from milkprice.files import sha256

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(help="Get the raw files: the real ones, or a sample.", no_args_is_help=True)


@app.command()
def fetch(cache: CacheOption = None, as_json: JsonOption = False) -> None:
    """Download the three real files, pinned by commit, and check their SHA-256 sums."""
    from milkprice.data import sources

    folder = cache or runtime.cache_folder()
    with progress() as step, step("fetching the files"):
        files = sources.download_challenge(folder)
    _show_files({folder / name: data for name, data in files.items()}, as_json=as_json)


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("sample"),
    months: Annotated[int, typer.Option(help="Months of prices.")] = 506,
    extra_series: Annotated[int, typer.Option(help="Macro series beyond the real 84.")] = 0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 42,
    series: Annotated[
        int, typer.Option(help="Prices beside the one, each in a folder of its own.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Write a synthetic set with every defect planted, and the truth beside it."""
    from milkprice.data.sample import generate, generate_prices, write_sample
    from milkprice.data.sources import price_key
    from milkprice.files import write_bytes

    with progress() as step, step("making the sample"):
        made = generate(months=months, extra_series=extra_series, seed=seed)
        write_sample(made, out)
        files = {out / name: data for name, data in made.files.items()}
        for place in range(1, series + 1):
            path = out / price_key(f"{place:04d}")
            files[path] = generate_prices(months=months, seed=seed + place)
            write_bytes(files[path], path)
    _show_files(files, as_json=as_json)


def _show_files(files: dict[Path, bytes], *, as_json: bool) -> None:
    rows = [(str(path), len(data), sha256(data)) for path, data in files.items()]
    emit(
        [dict(zip(("file", "bytes", "sha256"), row, strict=True)) for row in rows],
        as_json=as_json,
        show=lambda: print_table("Raw files", ("file", "bytes", "SHA-256"), rows),
    )


def clean(
    source: SourceOption = "sample",
    out: Annotated[Path, typer.Option(help="Folder for the tables.")] = Path("clean"),
    mode: CleanOption = Clean.repaired,
    table_format: FormatOption = Format.csv,
    cache: CacheOption = None,
    as_json: JsonOption = False,
) -> None:
    """Clean the three files: one row a month, and a report of every cell touched."""
    from milkprice.data.cleaning import clean_all, write_tables
    from milkprice.data.sources import read_source
    from milkprice.data.tables.monthly import current_month

    with progress() as step:
        with step("reading the source"):
            raw = read_source(
                source, cache=cache or runtime.cache_folder(), settings=runtime.store_settings()
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
    from milkprice.data.cleaning import read_tables
    from milkprice.features.sets import build_features, write_features

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
