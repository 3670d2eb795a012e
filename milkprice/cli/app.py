"""The command ``milkprice``: its groups, and the one place where errors become exit statuses."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from rich.markup import escape
from typer.core import TyperGroup

from milkprice import __version__, logs
from milkprice.cli.output import stderr
from milkprice.errors import MilkpriceError

FAILED = 1
PLAIN: dict[str, Any] = {
    "add_completion": False,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": None,
}

# Where each command is, in the order of the help.
COMMANDS = {
    "clean": "milkprice.cli.data:clean",
    "features": "milkprice.cli.data:features",
    "train": "milkprice.cli.training:train",
    "evaluate": "milkprice.cli.training:evaluate",
    "backtest": "milkprice.cli.backtest:backtest",
    "forecast": "milkprice.cli.forecast:forecast",
    "drift": "milkprice.cli.drift:drift",
    "predict": "milkprice.cli.predict:predict",
    "run": "milkprice.cli.run:run",
    "deploy": "milkprice.cli.cluster:deploy",
    "status": "milkprice.cli.cluster:status",
    "data": "milkprice.cli.data:app",
    "models": "milkprice.cli.models:app",
}


class Commands(TyperGroup):
    """Commands that are imported when they are asked for: each starts as if it were the only one.

    Those of ``COMMANDS``, then the entry points ``milkprice.commands``, each an app.
    """

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Name them, for the help."""
        return [*COMMANDS, *_further()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import one; None if there is none of that name."""
        found = _found(cmd_name)
        if found is None:  # the names that are like it are looked for among these
            self.commands = {name: _found(name) for name in self.list_commands(ctx)}
        return found


app = typer.Typer(
    help="Chilean farm-gate milk prices: repair the sources, train, version and serve a model.",
    no_args_is_help=True,
    cls=Commands,
    **PLAIN,
)


def _further() -> dict[str, Any]:
    from importlib.metadata import entry_points  # reads what every package says of itself

    return {point.name: point for point in entry_points(group="milkprice.commands")}


def _found(name: str) -> Any:
    if name in COMMANDS:
        module, _, attribute = COMMANDS[name].partition(":")
        return _command(name, getattr(import_module(module), attribute))
    further = _further()
    return _command(name, further[name].load()) if name in further else None


def _command(name: str, found: Any) -> Any:
    """Make a command of a function, or a group of an app."""
    around = typer.Typer(**PLAIN)
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
        return typer.main.get_group(around).commands[name]
    around.command(name)(found)
    return typer.main.get_command(around)


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
    logs.configure(verbose=verbose)


def main() -> None:
    """Run the command line; a foreseen error is one sentence on stderr and exit status 1."""
    try:
        app()
    except MilkpriceError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or 'The system'}: {error.strerror or error}.")


def _fail(sentence: str) -> None:
    stderr.print(f"[bold red]Error:[/] {escape(sentence)}", highlight=False, soft_wrap=True)
    sys.exit(FAILED)
