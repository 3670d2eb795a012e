"""The command ``milkprice``: its groups, and the one place where errors become exit statuses."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from typing import Annotated

import typer
from rich.markup import escape

from milkprice import __version__, logs
from milkprice.cli import (
    backtest,
    cluster,
    data,
    drift,
    forecast,
    models,
    predict,
    run,
    tables,
    training,
)
from milkprice.cli.output import aside
from milkprice.errors import MilkpriceError

FAILED = 1

app = typer.Typer(
    help="Chilean farm-gate milk prices: repair the sources, train, version and serve a model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(data.app, name="data")
app.command("clean")(tables.clean)
app.command("features")(tables.features)
app.command("train")(training.train)
app.command("evaluate")(training.evaluate)
app.command("backtest")(backtest.backtest)
app.command("forecast")(forecast.forecast)
app.command("drift")(drift.drift)
app.command("predict")(predict.predict)
app.add_typer(models.app, name="models")
app.command("run")(run.run)
app.command("deploy")(cluster.deploy)
app.command("status")(cluster.status)
for point in entry_points(group="milkprice.commands"):
    app.add_typer(point.load(), name=point.name)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"milkprice {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log each step.")] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    logs.set_up(verbose=verbose)


def main() -> None:
    """Run the command line; a foreseen error is one sentence on stderr and exit status 1."""
    try:
        app()
    except MilkpriceError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or 'The system'}: {error.strerror or error}.")


def _fail(sentence: str) -> None:
    aside.print(f"[bold red]Error:[/] {escape(sentence)}", highlight=False, soft_wrap=True)
    sys.exit(FAILED)
