"""The addresses of models that ``MODEL_URI`` takes."""

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
# The longest name of a folder in a file system, and so of a model in a registry.
MAX_NAME_LENGTH = 255


@dataclass(frozen=True, kw_only=True)
class FolderReference:
    """A bundle in a folder, where a storage initializer puts it, and the name of its model."""

    folder: Path
    name: str


@dataclass(frozen=True, kw_only=True)
class RegistryReference:
    """A model of a registry, by a version, or by an alias that is followed."""

    registry: str
    name: str
    reference: str

    @property
    def is_alias(self) -> bool:
        """Whether it is an alias, so that its version can change."""
        return not VERSION.fullmatch(self.reference)


@dataclass(frozen=True, kw_only=True)
class WildcardReference:
    """All models of a registry whose name matches a pattern, each by one alias.

    In the pattern ``*`` matches any part of a name, also none.
    """

    registry: str
    pattern: str
    alias: str

    def matches(self, name: str) -> bool:
        """Whether a name matches; there need not be such a model."""
        return len(name) <= MAX_NAME_LENGTH and self._names.fullmatch(name) is not None

    @property
    def name(self) -> str:
        """The pattern, in place of a model's name."""
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
            ``<registry>/<pattern>@<alias>``, where a ``*`` of the pattern matches any part of a
            name; or ``<registry>/models/<model>/<version>``, the key of its objects; or a folder
            with a ``model.json``.

    Raises:
        SettingError: The address is invalid.
        BundleError: The folder's ``model.json`` is invalid.
    """
    folder = Path(uri.removeprefix("file://"))
    if (folder / SIDECAR).is_file():
        return FolderReference(folder=folder, name=describe(folder).name)
    parts = uri.rstrip("/").split("/")
    if len(parts) > 3 and VERSION.fullmatch(parts[-1]) and parts[-3] == "models":
        return _registry_reference(uri, parts[:-3], name=parts[-2], reference=parts[-1])
    name, at, reference = parts[-1].partition("@")
    return _registry_reference(uri, parts[:-1], name=name, reference=reference if at else CHAMPION)


def _registry_reference(
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
