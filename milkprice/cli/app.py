"""The program ``milkprice``: its commands, and the one place where errors become exit codes."""

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
    "train": "milkprice.cli.run:train",
    "evaluate": "milkprice.cli.run:evaluate",
    "backtest": "milkprice.cli.forecasting:backtest",
    "forecast": "milkprice.cli.forecasting:forecast",
    "drift": "milkprice.cli.data:drift",
    "predict": "milkprice.cli.predict:predict",
    "run": "milkprice.cli.run:run",
    "deploy": "milkprice.cli.cluster:deploy",
    "status": "milkprice.cli.cluster:status",
    "doctor": "milkprice.cli.doctor:doctor",
    "data": "milkprice.cli.data:app",
    "models": "milkprice.cli.models:app",
    "store": "milkprice.cli.models:store",
}


class LazyGroup(TyperGroup):
    """Imports a command when it is called, so that no command waits for another's imports.

    The commands are those of ``COMMANDS``, then entry points of the group ``milkprice.commands``.
    """

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Names for the help."""
        return [*COMMANDS, *_plugins()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a command; None if there is none of that name."""
        command = _load(cmd_name)
        if command is None:  # click suggests similar names of these
            self.commands = {name: _load(name) for name in self.list_commands(ctx)}
        return command


app = typer.Typer(
    help="Chilean farm-gate milk prices: clean the sources; train, publish and deploy a model.",
    no_args_is_help=True,
    cls=LazyGroup,
    **PLAIN,
)


def main() -> None:
    """Run the program; an expected error is one sentence on stderr and exit code 1."""
    try:
        app()
    except MilkpriceError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or 'The system'}: {error.strerror or error}.")


def _print_version(value: bool) -> None:
    if value:
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


def _plugins() -> dict[str, Any]:
    from importlib.metadata import entry_points  # slow: reads the metadata of every package

    return {point.name: point for point in entry_points(group="milkprice.commands")}


def _load(name: str) -> Any:
    if name in COMMANDS:
        module, _, attribute = COMMANDS[name].partition(":")
        return _to_click(name, getattr(import_module(module), attribute))
    plugins = _plugins()
    return _to_click(name, plugins[name].load()) if name in plugins else None


def _to_click(name: str, target: Any) -> Any:
    """The click command of a function, or the click group of an app."""
    wrapper = typer.Typer(**PLAIN)
    if isinstance(target, typer.Typer):
        wrapper.add_typer(target, name=name)
        return typer.main.get_group(wrapper).commands[name]
    wrapper.command(name)(target)
    return typer.main.get_command(wrapper)


def _fail(sentence: str) -> None:
    stderr.print(f"[bold red]Error:[/] {escape(sentence)}", highlight=False, soft_wrap=True)
    sys.exit(FAILED)
