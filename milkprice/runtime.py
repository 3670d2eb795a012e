"""The environment of an entry point: time, settings from variables, cache folder.

Only commands and pipeline steps read it; what they call takes arguments.
"""

from __future__ import annotations

import dataclasses
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from milkprice.registry.settings import SigningSettings, StoreSettings, VerifyingSettings

if TYPE_CHECKING:
    from milkprice.registry.bundle import VerifyingKeys


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(timezone.utc)


def store_settings(*, single_writer: bool = False) -> StoreSettings:
    """S3 settings from the environment's variables; a flag of a command adds to them."""
    settings = StoreSettings.from_environment(os.environ)
    return dataclasses.replace(settings, single_writer=settings.single_writer or single_writer)


def signing_settings(file: Path | None = None) -> SigningSettings:
    """The signing key: from a file if one is given, else from the environment."""
    return SigningSettings(file=file) if file else SigningSettings.from_environment(os.environ)


def verifying_keys(file: Path | None = None) -> VerifyingKeys | None:
    """The public keys: of a file if one is given, else of the environment; None without any."""
    from milkprice.registry.bundle import verifying_keys  # most commands read no model

    settings = VerifyingSettings(file=file) if file else None
    return verifying_keys(settings or VerifyingSettings.from_environment(os.environ))


def cache_folder() -> Path:
    """The folder for downloaded files: ``XDG_CACHE_HOME`` or ``~/.cache``, and ``milkprice``."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "milkprice"
