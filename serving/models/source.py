"""Where a model's versions come from: a registry whose alias is followed, or a folder."""

from __future__ import annotations

from typing import Protocol

from milkprice.registry import Aliases, RegistryReader
from milkprice.registry.bundle import Bundle, VerifyingKeys, read
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store
from serving.errors import UnknownModelError
from serving.models.reference import FolderReference, ModelReference


class Source(Protocol):
    """One model's versions. It is asked by one thread at a time."""

    def find_version(self) -> str | None:
        """Find the version that is meant now; None if nothing changed since the last look."""

    def fetch(self, version: str) -> Bundle:
        """Read a version, verified."""


class FolderSource:
    """A bundle in a folder; asked again, it is read again."""

    def __init__(self, reference: FolderReference, *, keys: VerifyingKeys | None = None) -> None:
        self._folder = reference.folder
        self._keys = keys

    def find_version(self) -> str | None:
        """See ``Source.find_version``."""
        return read(self._folder, self._keys).sidecar.version

    def fetch(self, version: str) -> Bundle:  # noqa: ARG002  a folder holds one
        """See ``Source.fetch``."""
        return read(self._folder, self._keys)


class FixedSource:
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
    """What an alias of a model in a registry points at."""

    def __init__(self, reader: RegistryReader, name: str, alias: str) -> None:
        self._reader, self._name, self._alias = reader, name, alias
        self._etag: str | None = None

    def find_version(self) -> str | None:
        """See ``Source.find_version``."""
        found = self._reader.read_aliases_if_changed(self._name, etag=self._etag)
        if found is None:
            return None
        book, etag = found
        version = self._meant(book)
        self._etag = etag
        return version

    def fetch(self, version: str) -> Bundle:
        """See ``Source.fetch``."""
        return self._reader.fetch(self._name, version)

    def _meant(self, book: Aliases) -> str:
        # A model that was never promoted, or never published: let the registry say which.
        return book.targets.get(self._alias) or self._reader.resolve(self._name, self._alias)


class OnDemandSource(AliasSource):
    """The same of a model that is meant by a pattern only, so that it need not be there.

    Anybody can ask for any name, so a look costs one small request: nothing is listed to tell
    what there is instead.
    """

    def __init__(self, reader: RegistryReader, name: str, alias: str, *, among: str) -> None:
        super().__init__(reader, name, alias)
        self._among = among

    def _meant(self, book: Aliases) -> str:
        if self._alias not in book.targets:
            raise UnknownModelError(name=self._name, served=[self._among])
        return book.targets[self._alias]


def open_source(
    reference: ModelReference, settings: StoreSettings, *, keys: VerifyingKeys | None = None
) -> Source:
    """Open the source of a reference; nothing is read yet.

    Args:
        reference: Which model is meant.
        settings: Where S3 is and who asks.
        keys: Who must have signed what is loaded; None asks for no signature.
    """
    if isinstance(reference, FolderReference):
        return FolderSource(reference, keys=keys)
    reader = RegistryReader(open_store(reference.registry, settings), keys=keys)
    if reference.is_alias:
        return AliasSource(reader, reference.name, reference.reference)
    return FixedSource(reader, reference.name, reference.reference)
