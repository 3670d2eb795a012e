"""Where the versions of a model come from: a folder, or a registry."""

from __future__ import annotations

from typing import Protocol

from milkprice.registry import Aliases, RegistryReader
from milkprice.registry.bundle import Bundle, VerifyingKeys, read
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from serving.errors import UnknownModelError
from serving.models.reference import FolderReference, ModelReference


class Source(Protocol):
    """The versions of one model. It is called by one thread at a time."""

    def find_version(self) -> str | None:
        """Find the version to serve; None if nothing has changed since the last call."""

    def fetch(self, version: str) -> Bundle:
        """Read and verify a version."""


class FolderSource:
    """A bundle in a folder, which is read again each time."""

    def __init__(self, reference: FolderReference, *, keys: VerifyingKeys | None = None) -> None:
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
    reference: ModelReference, settings: StoreSettings, *, keys: VerifyingKeys | None = None
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
