"""``milkprice data``: get the raw files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from milkprice import runtime
from milkprice.cli.options import CacheOption, JsonOption
from milkprice.cli.output import emit, print_table, progress
from milkprice.digest import sha256

app = typer.Typer(help="Get the raw files: the real ones, or a sample.", no_args_is_help=True)


@app.command()
def fetch(cache: CacheOption = None, as_json: JsonOption = False) -> None:
    """Download the three real files, pinned by commit, and check their SHA-256 sums."""
    from milkprice.sources import challenge

    folder = cache or runtime.cache()
    with progress() as step, step("fetching the files"):
        files = challenge.fetch(folder)
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
    from milkprice.files import write_bytes
    from milkprice.sample.files import generate, prices, write_sample
    from milkprice.sources.series import price_key

    with progress() as step, step("making the sample"):
        made = generate(months=months, extra_series=extra_series, seed=seed)
        write_sample(made, out)
        files = {out / name: data for name, data in made.files.items()}
        for place in range(1, series + 1):
            path = out / price_key(f"{place:04d}")
            files[path] = prices(months=months, seed=seed + place)
            write_bytes(files[path], path)
    _show_files(files, as_json=as_json)


def _show_files(files: dict[Path, bytes], *, as_json: bool) -> None:
    rows = [(str(path), len(data), sha256(data)) for path, data in files.items()]
    emit(
        [dict(zip(("file", "bytes", "sha256"), row, strict=True)) for row in rows],
        as_json=as_json,
        show=lambda: print_table("Raw files", ("file", "bytes", "SHA-256"), rows),
    )
