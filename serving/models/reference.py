"""Which model is meant: the addresses that ``MODEL_URI`` takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from milkprice.errors import SettingError
from milkprice.registry import CHAMPION
from milkprice.registry.bundle import SIDECAR, VERSION, check_name, describe

WILDCARD = "*"
PATTERN = re.compile(r"[a-z0-9*][a-z0-9*-]*")
# What a file system takes as the name of a folder, and so whatever a registry can hold.
MAX_NAME_LENGTH = 255


@dataclass(frozen=True, kw_only=True)
class FolderReference:
    """A folder that is a bundle, as a storage initializer leaves it.

    Attributes:
        folder: Where it lies.
        name: The model in it.
    """

    folder: Path
    name: str


@dataclass(frozen=True, kw_only=True)
class RegistryReference:
    """A model of a registry, by version or alias.

    Attributes:
        registry: The registry's address.
        name: The model.
        reference: A version, or an alias that is followed.
    """

    registry: str
    name: str
    reference: str

    @property
    def is_alias(self) -> bool:
        """Whether the reference can come to mean another version."""
        return not VERSION.fullmatch(self.reference)


@dataclass(frozen=True, kw_only=True)
class WildcardReference:
    """All models of a registry whose name fits a pattern, each by one alias.

    Attributes:
        registry: The registry's address.
        pattern: Of their names; ``*`` stands for any part of one, also for none.
        alias: What is followed.
    """

    registry: str
    pattern: str
    alias: str

    def matches(self, name: str) -> bool:
        """Whether a model of this name is meant, should there be one."""
        return len(name) <= MAX_NAME_LENGTH and self._names.fullmatch(name) is not None

    @property
    def name(self) -> str:
        """What stands where other references have their model's name."""
        return self.pattern

    @cached_property
    def _names(self) -> re.Pattern[str]:
        return re.compile(f"(?=[a-z0-9]){self.pattern.replace(WILDCARD, '[a-z0-9-]*')}")


ModelReference = FolderReference | RegistryReference


def parse(uri: str) -> ModelReference | WildcardReference:
    """Read one address.

    Args:
        uri: ``<registry>/<model>@<alias or version>``, where the registry is a folder or
            ``s3://bucket/prefix`` and ``@champion`` may be left out; or
            ``<registry>/<pattern>@<alias>``, where a ``*`` of the pattern stands for any part of
            a name; or ``<registry>/models/<model>/<version>``, as the objects lie; or a folder
            with a ``model.json``.

    Returns:
        What it means.

    Raises:
        SettingError: It means nothing.
        BundleError: The folder's ``model.json`` cannot be understood.
    """
    folder = Path(uri.removeprefix("file://"))
    if (folder / SIDECAR).is_file():
        return FolderReference(folder=folder, name=describe(folder).name)
    parts = uri.rstrip("/").split("/")
    if len(parts) > 3 and VERSION.fullmatch(parts[-1]) and parts[-3] == "models":
        return _of_registry(uri, parts[:-3], name=parts[-2], reference=parts[-1])
    name, at, reference = parts[-1].partition("@")
    return _of_registry(uri, parts[:-1], name=name, reference=reference if at else CHAMPION)


def _of_registry(
    uri: str, registry: list[str], *, name: str, reference: str
) -> RegistryReference | WildcardReference:
    address = "/".join(registry)
    if not address or address.endswith((":", ":/")):
        raise SettingError(
            option="MODEL_URI", value=uri, expected="<registry>/<model>@<alias or version>"
        )
    if WILDCARD in name:
        return _wildcard(uri, address, pattern=name, alias=reference)
    if not VERSION.fullmatch(reference):
        check_name(reference, option="alias in MODEL_URI")
    return RegistryReference(
        registry=address, name=check_name(name, option="model in MODEL_URI"), reference=reference
    )


def _wildcard(uri: str, registry: str, *, pattern: str, alias: str) -> WildcardReference:
    if not PATTERN.fullmatch(pattern) or VERSION.fullmatch(alias):
        raise SettingError(
            option="MODEL_URI",
            value=uri,
            expected="<registry>/<pattern>@<alias>, the pattern of lower-case letters, digits, "
            "hyphens and *; a version is of one model only",
        )
    return WildcardReference(
        registry=registry,
        pattern=pattern,
        alias=check_name(alias, option="alias in MODEL_URI"),
    )
