"""The addresses of models that ``MODEL_URI`` takes, and where each has its versions from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from milkprice.errors import SettingError
from milkprice.registry import CHAMPION, Aliases, RegistryReader
from milkprice.registry.bundle import (
    SIDECAR,
    VERSION,
    Bundle,
    Verifier,
    check_name,
    describe,
    read,
)
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from serving.errors import UnknownModelError

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


class Source(Protocol):
    """The versions of one model. It is called by one thread at a time."""

    def find_version(self) -> str | None:
        """Find the version to serve; None if nothing has changed since the last call."""

    def fetch(self, version: str) -> Bundle:
        """Read and verify a version."""


class FolderSource:
    """A bundle in a folder, which is read again each time."""

    def __init__(self, reference: FolderReference, *, keys: Verifier | None = None) -> None:
        self._folder = reference.folder
        self._keys = keys

    def find_version(self) -> str | None:
        """See ``Source.find_version``."""
        return read(self._folder, self._keys).sidecar.version

    def fetch(self, version: str) -> Bundle:  # noqa: ARG002  a folder holds one
        """See ``Source.fetch``."""
        return read(self._folder, self._keys)


class VersionSource:
    """One version of a model in a registry."""

    def __init__(self, reader: RegistryReader, name: str, version: str) -> None:
        self._reader, self._name, self._version = reader, name, version

    def find_version(self) -> str | None:
        """See ``Source.find_version``."""
        return self._version

    def fetch(self, version: str) -> Bundle:
        """See ``Source.fetch``."""
        return self._reader.fetch(self._name, version)


class AliasSource:
    """The version that an alias of a model in a registry points at."""

    def __init__(self, reader: RegistryReader, name: str, alias: str) -> None:
        self._reader, self._name, self._alias = reader, name, alias
        self._etag: str | None = None

    def find_version(self) -> str | None:
        """See ``Source.find_version``."""
        change = self._reader.read_aliases_if_changed(self._name, etag=self._etag)
        if change is None:
            return None
        aliases, etag = change
        version = self._resolve(aliases)
        self._etag = etag  # only now: a version that was not found is looked up again
        return version

    def fetch(self, version: str) -> Bundle:
        """See ``Source.fetch``."""
        return self._reader.fetch(self._name, version)

    def _resolve(self, aliases: Aliases) -> str:
        # The registry raises the error of a model without this alias, or without any version.
        return aliases.targets.get(self._alias) or self._reader.resolve(self._name, self._alias)


class OnDemandSource(AliasSource):
    """The same for a model of a wildcard, which need not exist.

    Anybody can ask for any name, so an unknown one costs one small request: the registry is not
    listed for the error.
    """

    def __init__(self, reader: RegistryReader, name: str, alias: str, *, wildcard: str) -> None:
        super().__init__(reader, name, alias)
        self._wildcard = wildcard

    def _resolve(self, aliases: Aliases) -> str:
        if self._alias not in aliases.targets:
            raise UnknownModelError(name=self._name, served=[self._wildcard])
        return aliases.targets[self._alias]


def open_source(
    reference: ModelReference, settings: StoreSettings, *, keys: Verifier | None = None
) -> Source:
    """Open the source of a reference; nothing is read yet.

    One of the keys must have signed each bundle; None requires no signature.
    """
    if isinstance(reference, FolderReference):
        return FolderSource(reference, keys=keys)
    reader = RegistryReader(open_store(reference.registry, settings), keys=keys)
    if reference.is_alias:
        return AliasSource(reader, reference.name, reference.reference)
    return VersionSource(reader, reference.name, reference.reference)


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
