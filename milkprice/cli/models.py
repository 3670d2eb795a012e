"""``milkprice models``: what is published, and which version is in use."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from milkprice import runtime
from milkprice.cli.options import (
    AliasOption,
    JsonOption,
    NameArgument,
    ReferenceArgument,
    RegistryOption,
)
from milkprice.cli.output import emit, print_table
from milkprice.cli.registries import open_registry
from milkprice.cli.signing import keys, sign, verify

if TYPE_CHECKING:
    from milkprice.registry import Registry

app = typer.Typer(
    help="Published models: list, show, promote, roll back, prune, sign.", no_args_is_help=True
)

ReasonOption = Annotated[str, typer.Option(help="Why; kept in the history.")]


@app.command("list")
def list_models(registry: RegistryOption = "registry", as_json: JsonOption = False) -> None:
    """All versions of all models, oldest first."""
    opened = open_registry(registry)
    versions = [version for name in opened.names() for version in opened.versions(name)]
    rows = [(one.name, one.version, one.size, ", ".join(one.aliases)) for one in versions]
    emit(
        [asdict(one) for one in versions],
        as_json=as_json,
        show=lambda: print_table(
            f"Models in {registry}", ("name", "version", "bytes", "aliases"), rows
        ),
    )


@app.command()
def show(
    name: NameArgument,
    reference: ReferenceArgument = "champion",
    registry: RegistryOption = "registry",
    as_json: JsonOption = False,
) -> None:
    """One version: what it learnt from, how well it does, what it expects."""
    from milkprice.cli.screens import show_sidecar

    bundle = open_registry(registry).fetch(name, reference)
    emit(asdict(bundle.sidecar), as_json=as_json, show=lambda: show_sidecar(bundle.sidecar))


@app.command()
def promote(
    name: NameArgument,
    reference: ReferenceArgument,
    alias: AliasOption = "champion",
    reason: ReasonOption = "by hand",
    registry: RegistryOption = "registry",
    as_json: JsonOption = False,
) -> None:
    """Point the alias at a version; what it pointed at becomes previous."""
    opened = open_registry(registry)
    opened.promote(name, reference, alias=alias, at=runtime.now(), reason=reason)
    _show_aliases(opened, name, as_json=as_json)


@app.command()
def rollback(
    name: NameArgument,
    alias: AliasOption = "champion",
    reason: ReasonOption = "by hand",
    registry: RegistryOption = "registry",
    as_json: JsonOption = False,
) -> None:
    """Go back to the previous version."""
    opened = open_registry(registry)
    opened.rollback(name, alias=alias, at=runtime.now(), reason=reason)
    _show_aliases(opened, name, as_json=as_json)


@app.command()
def prune(
    name: NameArgument,
    keep: Annotated[int, typer.Option(help="Newest versions to keep besides aliased ones.")] = 5,
    registry: RegistryOption = "registry",
    as_json: JsonOption = False,
) -> None:
    """Delete old versions; one with an alias is never deleted."""
    deleted = open_registry(registry).prune(name, keep=keep, at=runtime.now())
    emit(
        {"deleted": deleted},
        as_json=as_json,
        show=lambda: print_table(f"Deleted from {name}", ("version",), [(v,) for v in deleted]),
    )


for command in (keys, sign, verify):
    app.command()(command)


def _show_aliases(registry: Registry, name: str, *, as_json: bool) -> None:
    aliases = dict(registry.read_aliases(name).aliases)
    emit(
        aliases,
        as_json=as_json,
        show=lambda: print_table(f"Aliases of {name}", ("alias", "version"), aliases.items()),
    )
