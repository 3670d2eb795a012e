"""``milkprice models``: versions, aliases and signatures; ``milkprice store``: where they lie."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milkprice import runtime
from milkprice.cli import options
from milkprice.cli.output import emit, print_labels, print_table
from milkprice.errors import SettingError

if TYPE_CHECKING:
    from milkprice.registry import Registry

PRIVATE, PUBLIC = "signing.pem", "verifying.pem"

app = typer.Typer(
    help="Published models: list, show, promote, roll back, prune, sign.", no_args_is_help=True
)

store = typer.Typer(help="Where registries lie: check a server.", no_args_is_help=True)

Reason = Annotated[str, typer.Option(help="Reason, recorded in the history.")]


@app.command("list")
def list_models(registry: options.RegistryUri = "registry", as_json: options.Json = False) -> None:
    """List all versions of all models, oldest first."""
    models = options.open_registry(registry)
    versions = [version for name in models.names() for version in models.versions(name)]
    rows = [(one.name, one.version, one.size, ", ".join(one.aliases)) for one in versions]
    columns = ("name", "version", "bytes", "aliases")
    emit(
        versions,
        as_json=as_json,
        show=lambda: print_table(f"Models in {registry}", columns, rows),
    )


@app.command()
def show(
    name: options.NameArgument,
    reference: options.ReferenceArgument = "champion",
    registry: options.RegistryUri = "registry",
    as_json: options.Json = False,
) -> None:
    """Show a version: training data, errors, features, libraries."""
    from milkprice.cli.tables import show_sidecar

    sidecar = options.open_registry(registry).fetch(name, reference).sidecar
    emit(sidecar, as_json=as_json, show=lambda: show_sidecar(sidecar))


@app.command()
def promote(
    name: options.NameArgument,
    reference: options.ReferenceArgument,
    alias: options.Alias = "champion",
    reason: Reason = "by hand",
    signing_key: options.SigningKeyFile = None,
    verify_key_file: options.VerifyKeyFile = None,
    registry: options.RegistryUri = "registry",
    single_writer: options.SingleWriter = False,
    as_json: options.Json = False,
) -> None:
    """Set the alias to a version.

    Its former version becomes previous.
    """
    models = _open_registry(registry, signing_key, verify_key_file, single_writer=single_writer)
    models.promote(name, reference, alias=alias, at=runtime.now(), reason=reason)
    _show_aliases(models, name, as_json=as_json)


@app.command()
def rollback(
    name: options.NameArgument,
    alias: options.Alias = "champion",
    reason: Reason = "by hand",
    signing_key: options.SigningKeyFile = None,
    verify_key_file: options.VerifyKeyFile = None,
    registry: options.RegistryUri = "registry",
    single_writer: options.SingleWriter = False,
    as_json: options.Json = False,
) -> None:
    """Set the alias back to the previous version."""
    models = _open_registry(registry, signing_key, verify_key_file, single_writer=single_writer)
    models.rollback(name, alias=alias, at=runtime.now(), reason=reason)
    _show_aliases(models, name, as_json=as_json)


@app.command()
def prune(
    name: options.NameArgument,
    keep: Annotated[
        int, typer.Option(help="Newest versions to keep, in addition to aliased ones.")
    ] = 5,
    signing_key: options.SigningKeyFile = None,
    verify_key_file: options.VerifyKeyFile = None,
    registry: options.RegistryUri = "registry",
    single_writer: options.SingleWriter = False,
    as_json: options.Json = False,
) -> None:
    """Delete old versions; one with an alias is never deleted."""
    models = _open_registry(registry, signing_key, verify_key_file, single_writer=single_writer)
    deleted = models.prune(name, keep=keep, at=runtime.now())
    rows = [(version,) for version in deleted]
    emit(
        {"deleted": deleted},
        as_json=as_json,
        show=lambda: print_table(f"Deleted versions of {name}", ("version",), rows),
    )


@app.command()
def keys(
    out: Annotated[Path, typer.Option(help="Folder for both files.")], as_json: options.Json = False
) -> None:
    """Generate a key pair to sign and verify with."""
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
    emit(facts, as_json=as_json, show=lambda: print_labels(facts))


@app.command()
def sign(
    name: options.NameArgument,
    reference: Annotated[
        str | None, typer.Argument(help="One version alone, by name or alias.")
    ] = None,
    signing_key: options.SigningKeyFile = None,
    registry: options.RegistryUri = "registry",
    single_writer: options.SingleWriter = False,
    as_json: options.Json = False,
) -> None:
    """Sign the aliases of a model as they are, with their versions; or one version.

    Whoever trusts the key then takes them for yours, so look first: milkprice models list.
    """
    key = options.signing_key(signing_key)
    if key is None:
        raise SettingError(option="--signing-key", value=None, expected=f"a file, as {PRIVATE}")
    models = options.open_registry(registry, single_writer=single_writer)
    if reference is None:
        aliases = dict(models.sign_aliases(name, key, at=runtime.now()).targets)
        facts = {"name": name, "aliases": aliases, "key": key.id}
        emit(facts, as_json=as_json, show=lambda: _print_aliases(name, aliases))
    else:
        labels = {"name": name, "version": models.sign(name, reference, key), "key": key.id}
        emit(labels, as_json=as_json, show=lambda: print_labels(labels))


@app.command()
def verify(
    name: options.NameArgument,
    reference: options.ReferenceArgument = "champion",
    verify_key_file: options.VerifyKeyFile = None,
    registry: options.RegistryUri = "registry",
    as_json: options.Json = False,
) -> None:
    """Verify a version as the predictor does.

    Checks the signature of the alias, where one is named, and of the sidecar, and the hash of each
    file.
    """
    trusted = runtime.verifying_keys(verify_key_file)
    if trusted is None:
        raise SettingError(
            option="--verify-key-file", value=None, expected=f"a file of public keys, as {PUBLIC}"
        )
    version = options.open_reader(registry, trusted).fetch(name, reference).sidecar.version
    facts = {"name": name, "version": version, "trusted": ", ".join(trusted.ids)}
    emit(facts, as_json=as_json, show=lambda: print_labels(facts))


@store.command()
def check(
    uri: Annotated[str, typer.Argument(metavar="URI", help="Registry: s3://bucket/prefix.")],
    as_json: options.Json = False,
) -> None:
    """Check whether a server does what a registry stands on.

    Some small objects are written below the address and deleted afterwards.
    """
    from milkprice.registry.store import open_store
    from milkprice.registry.store.check import check_conditions, raise_failures

    settings = dataclasses.replace(runtime.store_settings(), single_writer=False)
    opened = open_store(uri, settings)
    conditions = check_conditions(opened)
    rows = [(one.name, "yes" if one.holds else f"no: {one.seen}") for one in conditions]
    emit(
        {"store": opened.uri, "server": opened.server, "conditions": conditions},
        as_json=as_json,
        show=lambda: print_table(f"Conditions of {uri}", ("condition", "holds"), rows),
    )
    raise_failures(opened, conditions)


def _open_registry(
    registry: str, signing_key: Path | None, verify_key_file: Path | None, *, single_writer: bool
) -> Registry:
    """Open a registry to move aliases in; they are signed if there is a key."""
    return options.open_registry(
        registry,
        single_writer=single_writer,
        signer=options.signing_key(signing_key),
        keys=runtime.verifying_keys(verify_key_file),
    )


def _show_aliases(registry: Registry, name: str, *, as_json: bool) -> None:
    aliases = dict(registry.read_aliases(name).targets)
    emit(aliases, as_json=as_json, show=lambda: _print_aliases(name, aliases))


def _print_aliases(name: str, aliases: Mapping[str, str]) -> None:
    print_table(f"Aliases of {name}", ("alias", "version"), aliases.items())
