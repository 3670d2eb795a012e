"""Where a model's versions come from: a registry whose alias is followed, or a folder."""

from __future__ import annotations

from typing import Protocol

from milkprice.bundle import Bundle, read
from milkprice.registry import Catalogue
from milkprice.settings import StoreSettings
from milkprice.store import open_store
from serving.models.reference import FolderReference, ModelReference, RegistryReference


class Source(Protocol):
    """One model's versions. It is asked by one thread at a time."""

    def look(self) -> str | None:
        """Find the version that is meant now; None if nothing changed since the last look."""

    def fetch(self, version: str) -> Bundle:
        """Read a version, verified."""


class FolderSource:
    """A bundle in a folder; asked again, it is read again."""

    def __init__(self, reference: FolderReference) -> None:
        self._folder = reference.folder

    def look(self) -> str | None:
        """See ``Source.look``."""
        return read(self._folder).sidecar.version

    def fetch(self, version: str) -> Bundle:  # noqa: ARG002  a folder holds one
        """See ``Source.fetch``."""
        return read(self._folder)


class FixedSource:
    """One version of a model in a registry."""

    def __init__(self, reference: RegistryReference, settings: StoreSettings) -> None:
        self._name, self._version = reference.name, reference.reference
        self._catalogue = Catalogue(open_store(reference.registry, settings))

    def look(self) -> str | None:
        """See ``Source.look``."""
        return self._version

    def fetch(self, version: str) -> Bundle:
        """See ``Source.fetch``."""
        return self._catalogue.fetch(self._name, version)


class AliasSource:
    """What an alias of a model in a registry points at."""

    def __init__(self, reference: RegistryReference, settings: StoreSettings) -> None:
        self._name, self._alias = reference.name, reference.reference
        self._catalogue = Catalogue(open_store(reference.registry, settings))
        self._etag: str | None = None

    def look(self) -> str | None:
        """See ``Source.look``."""
        found = self._catalogue.read_aliases_if_changed(self._name, etag=self._etag)
        if found is None:
            return None
        book, etag = found
        # A model that was never promoted, or never published: let the registry say which.
        version = book.aliases.get(self._alias) or self._catalogue.resolve(self._name, self._alias)
        self._etag = etag
        return version

    def fetch(self, version: str) -> Bundle:
        """See ``Source.fetch``."""
        return self._catalogue.fetch(self._name, version)


def open_source(reference: ModelReference, settings: StoreSettings) -> Source:
    """Open the source of a reference; nothing is read yet."""
    if isinstance(reference, FolderReference):
        return FolderSource(reference)
    if reference.is_followed:
        return AliasSource(reference, settings)
    return FixedSource(reference, settings)
