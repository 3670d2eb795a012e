"""``milkprice models keys``, ``sign`` and ``verify``: who vouches for a version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from milkprice import runtime
from milkprice.cli.options import (
    JsonOption,
    NameArgument,
    ReferenceArgument,
    RegistryOption,
    SigningKeyOption,
    VerifyKeyOption,
)
from milkprice.cli.output import emit, screen
from milkprice.cli.registries import open_catalogue, open_registry, trusted
from milkprice.errors import SettingError

if TYPE_CHECKING:
    from milkprice.bundle import SigningKey

PRIVATE, PUBLIC = "signing.pem", "verifying.pem"


def keys(
    out: Annotated[Path, typer.Option(help="Folder for both.")], as_json: JsonOption = False
) -> None:
    """Make a pair of keys: one that signs, to be kept secret, and one that only verifies."""
    from milkprice.bundle import SigningKey
    from milkprice.files import write_new

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
    version = open_catalogue(registry, allowed).fetch(name, reference).sidecar.version
    facts = {"name": name, "version": version, "trusted": ", ".join(allowed.ids)}
    emit(facts, as_json=as_json, show=lambda: _show(facts))


def _signing_key(file: Path | None) -> SigningKey:
    from milkprice.bundle import signing_key

    key = signing_key(runtime.signing_settings(file))
    if key is None:
        raise SettingError(option="--signing-key", value=None, expected=f"a file, as {PRIVATE}")
    return key


def _show(facts: dict[str, str]) -> None:
    for fact, value in facts.items():
        screen.print(f"{fact + ':':20}[bold]{escape(value)}[/]", soft_wrap=True, highlight=False)
