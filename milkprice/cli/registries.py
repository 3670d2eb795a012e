"""The models that a command is pointed at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from milkprice import runtime

if TYPE_CHECKING:
    from milkprice.bundle import VerifyingKeys
    from milkprice.registry import Catalogue, Registry


def open_catalogue(registry: str, keys: VerifyingKeys | None = None) -> Catalogue:
    """Models to read.

    Args:
        registry: Where they are.
        keys: Who must have signed what is read; None asks for no signature.
    """
    from milkprice.registry import Catalogue
    from milkprice.store import open_store

    return Catalogue(open_store(registry, runtime.store_settings()), keys=keys)


def open_registry(registry: str) -> Registry:
    """Models to read and change."""
    from milkprice.registry import Registry
    from milkprice.store import open_store

    return Registry(open_store(registry, runtime.store_settings()))


def trusted(verify_key_file: Path | None) -> VerifyingKeys | None:
    """The public keys that are trusted; None where no file names any."""
    if verify_key_file is None:
        return None
    from milkprice.bundle import VerifyingKeys

    return VerifyingKeys.from_file(verify_key_file)
