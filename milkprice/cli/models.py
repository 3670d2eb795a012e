"""``milkprice models``: what is published, and which version is in use.

``milkprice models keys``, ``sign`` and ``verify``: who vouches for a version.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from milkprice import runtime
from milkprice.cli.options import (
    AliasOption,
    JsonOption,
    NameArgument,
    ReferenceArgument,
    RegistryOption,
    SigningKeyOption,
    VerifyKeyOption,
    open_reader,
    open_registry,
    trusted,
)
from milkprice.cli.output import emit, print_table, stdout
from milkprice.errors import SettingError

if TYPE_CHECKING:
    from milkprice.registry import Registry
    from milkprice.registry.bundle import SigningKey

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
    from milkprice.cli.tables import show_sidecar

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


def _show_aliases(registry: Registry, name: str, *, as_json: bool) -> None:
    aliases = dict(registry.read_aliases(name).targets)
    emit(
        aliases,
        as_json=as_json,
        show=lambda: print_table(f"Aliases of {name}", ("alias", "version"), aliases.items()),
    )


PRIVATE, PUBLIC = "signing.pem", "verifying.pem"


def keys(
    out: Annotated[Path, typer.Option(help="Folder for both.")], as_json: JsonOption = False
) -> None:
    """Make a pair of keys: one that signs, to be kept secret, and one that only verifies."""
    from milkprice.files import write_new
    from milkprice.registry.bundle import SigningKey

    for file in (PRIVATE, PUBLIC):
        if (out / file).exists():
            raise SettingError(
                option="--out", value=str(out), expected=f"a folder without {file}, which is kept"
            )
    key = SigningKey.generate()
    write_new(key.private_pem, out / PRIVATE, mode=0o600)
    write_new(key.public_pem, out / PUBLIC, mode=0o644)
    facts = {"key": key.id, "signs": str(out / PRIVATE), "verifies": str(out / PUBLIC)}
    emit(facts, as_json=as_json, show=lambda: _show(facts))


def sign(
    name: NameArgument,
    reference: ReferenceArgument = "champion",
    signing_key: SigningKeyOption = None,
    registry: RegistryOption = "registry",
    as_json: JsonOption = False,
) -> None:
    """Sign a version that is there already, whoever published it."""
    key = _signing_key(signing_key)
    version = open_registry(registry).sign(name, reference, key)
    facts = {"name": name, "version": version, "key": key.id}
    emit(facts, as_json=as_json, show=lambda: _show(facts))


def verify(
    name: NameArgument,
    reference: ReferenceArgument = "champion",
    verify_key_file: VerifyKeyOption = None,
    registry: RegistryOption = "registry",
    as_json: JsonOption = False,
) -> None:
    """Read a version as a predictor does: signature, sidecar, the hash of every file."""
    allowed = trusted(verify_key_file)
    if allowed is None:
        raise SettingError(
            option="--verify-key-file", value=None, expected=f"a file of public keys, as {PUBLIC}"
        )
    version = open_reader(registry, allowed).fetch(name, reference).sidecar.version
    facts = {"name": name, "version": version, "trusted": ", ".join(allowed.ids)}
    emit(facts, as_json=as_json, show=lambda: _show(facts))


def _signing_key(file: Path | None) -> SigningKey:
    from milkprice.registry.bundle import signing_key

    key = signing_key(runtime.signing_settings(file))
    if key is None:
        raise SettingError(option="--signing-key", value=None, expected=f"a file, as {PRIVATE}")
    return key


def _show(facts: dict[str, str]) -> None:
    for fact, value in facts.items():
        stdout.print(f"{fact + ':':20}[bold]{escape(value)}[/]", soft_wrap=True, highlight=False)


for command in (keys, sign, verify):
    app.command()(command)
