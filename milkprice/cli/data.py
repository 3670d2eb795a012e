"""``milkprice data``, ``clean``, ``features`` and ``drift``: from raw files to a feature table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milkprice import runtime
from milkprice.cli import options
from milkprice.cli.output import emit, print_line, print_table, progress
from milkprice.cli.tables import quarantine_payload, show_quarantine, show_rejected_cells
from milkprice.files import sha256
from milkprice.settings import CleaningMode

if TYPE_CHECKING:
    import pandas as pd

    from milkprice.data.cleaning import CleanTables
    from milkprice.validation.drift import Drift

MAX_ROWS = 10

app = typer.Typer(help="Download the raw files, or write a sample.", no_args_is_help=True)


@app.command()
def fetch(cache: options.Cache = None, as_json: options.Json = False) -> None:
    """Download the three real files.

    They are pinned to a commit and verified by SHA-256.
    """
    from milkprice.data import sources

    folder = cache or runtime.cache_folder()
    with progress() as step, step("downloading"):
        files = sources.download_challenge(folder, settings=runtime.store_settings())
    _show_files({folder / name: data for name, data in files.items()}, as_json=as_json)


@app.command()
def sample(
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("sample"),
    months: Annotated[int, typer.Option(help="Months of prices.")] = 506,
    extra_series: Annotated[int, typer.Option(help="Macro series in addition to the real 84.")] = 0,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 42,
    series: Annotated[
        int, typer.Option(help="Additional prices, each in a folder of its own.", min=0)
    ] = 0,
    as_json: options.Json = False,
) -> None:
    """Write synthetic raw files.

    They have every known defect; the true values are beside them.
    """
    from milkprice.data.sample import generate, generate_prices, write_sample
    from milkprice.data.sources import price_key
    from milkprice.files import write_bytes

    with progress() as step, step("generating"):
        generated = generate(months=months, extra_series=extra_series, seed=seed)
        write_sample(generated, out)
        files = {out / name: data for name, data in generated.files.items()}
        for number in range(1, series + 1):
            path = out / price_key(f"{number:04d}")
            files[path] = generate_prices(months=months, seed=seed + number)
            write_bytes(files[path], path)
    _show_files(files, as_json=as_json)


def clean(
    source: options.Source = "sample",
    series: options.Series = None,
    month: options.Month = None,
    price: options.Price = None,
    out: Annotated[Path, typer.Option(help="Folder for the tables.")] = Path("clean"),
    mode: options.Clean = "repaired",
    table_format: options.TableFormat = "csv",
    cache: options.Cache = None,
    as_json: options.Json = False,
) -> None:
    """Clean the raw files.

    Writes monthly tables, and a report of every repaired or rejected cell.
    """
    from milkprice.data.cleaning import write_tables

    with progress() as step:
        with step("reading and cleaning"):
            tables = read_clean(source, mode, cache, series=series, month=month, price=price)
        with step("writing"):
            paths = write_tables(tables, out, suffix=f".{table_format}")
    quarantine = quarantine_payload(tables.quarantine)
    emit(
        {"files": [str(path) for path in paths], "quarantine": quarantine},
        as_json=as_json,
        show=lambda: _show_tables(tables.quarantine, paths),
    )


def features(
    tables: Annotated[Path, typer.Option(help="Folder with the cleaned tables.")] = Path("clean"),
    out: Annotated[Path, typer.Option(help="Feature table, .csv or .parquet.")] = Path(
        "features.csv"
    ),
    feature_set: options.Features = "lagged",
    table_format: options.TableFormat = "csv",
    as_json: options.Json = False,
) -> None:
    """Build the feature table: one row a month."""
    from milkprice.data.cleaning import read_tables
    from milkprice.features import build_features, write_features

    with progress() as step, step("building features"):
        prices, rainfall, macro = read_tables(tables, suffix=f".{table_format}")
        table = build_features(prices, rainfall, macro, features=feature_set)
        write_features(table, out)
    row = (str(out), len(table), len(table.columns) - 1, str(table.index[0]), str(table.index[-1]))
    columns = ("file", "months", "features", "first", "last")
    emit(
        dict(zip(columns, row, strict=True)),
        as_json=as_json,
        show=lambda: print_table(f"Features: {feature_set}", columns, [row]),
    )


def drift(
    source: options.Source = "sample",
    series: options.Series = None,
    month: options.Month = None,
    price: options.Price = None,
    name: options.Name = "milk-price",
    registry: options.RegistryUri = "registry",
    alias: options.Alias = "champion",
    clean: options.Clean = "repaired",
    cache: options.Cache = None,
    verify_key_file: options.VerifyKeyFile = None,
    as_json: options.Json = False,
) -> None:
    """Compare raw files with a model's training data."""
    from milkprice.features import build_features, labelled_rows
    from milkprice.validation.candidate import feature_rows
    from milkprice.validation.drift import measure_drift

    with progress() as step:
        with step("reading the model"):
            keys = runtime.verifying_keys(verify_key_file)
            champion = options.open_reader(registry, keys).fetch(name, alias)
            before = feature_rows(champion)
        with step("reading and cleaning"):
            tables = read_clean(source, clean, cache, series=series, month=month, price=price)
        with step("comparing"):
            now = build_features(
                tables.prices, tables.rainfall, tables.macro,
                features=champion.sidecar.feature_set,
            )  # fmt: skip
            result = measure_drift(labelled_rows(now), before, champion=champion.sidecar.version)
    emit(result, as_json=as_json, show=lambda: _show_drift(result))


def read_clean(
    source: str,
    mode: CleaningMode,
    cache: Path | None = None,
    *,
    series: str | None = None,
    month: str | None = None,
    price: str | None = None,
) -> CleanTables:
    """Read and clean a source; its series and columns are named as in ``stages.ingest``."""
    from milkprice import stages
    from milkprice.data.tables import current_month

    as_of = current_month(runtime.now())
    raw, _ = stages.ingest(
        source, series=series, month=month, price=price, as_of=as_of,
        cache=cache or runtime.cache_folder(), store=runtime.store_settings(),
    )  # fmt: skip
    return stages.clean_source(raw.files, clean=mode, as_of=as_of)


def _show_files(files: dict[Path, bytes], *, as_json: bool) -> None:
    rows = [(str(path), len(data), sha256(data)) for path, data in files.items()]
    emit(
        [dict(zip(("file", "bytes", "sha256"), row, strict=True)) for row in rows],
        as_json=as_json,
        show=lambda: print_table("Raw files", ("file", "bytes", "SHA-256"), rows),
    )


def _show_tables(quarantine: pd.DataFrame, paths: list[Path]) -> None:
    show_rejected_cells(quarantine)
    show_quarantine(quarantine, paths[-1])
    print_table("Tables", ("file",), [(str(path),) for path in paths[:-1]])


def _show_drift(result: Drift) -> None:
    from milkprice.validation.drift import sentences

    if result.shifted:
        shifted = [(one.feature, one.index) for one in result.shifted[:MAX_ROWS]]
        print_table("Features with drift", ("feature", "population stability index"), shifted)
    if result.revisions:
        revised = [
            (one.column, one.month, one.before, one.now) for one in result.revisions[:MAX_ROWS]
        ]
        print_table("Revised values", ("column", "month", "before", "now"), revised)
    for sentence in sentences(result) or ["no drift"]:
        print_line(f"{sentence[:1].upper()}{sentence[1:]}.")
