"""Finding and reading versions of models."""

from __future__ import annotations

from dataclasses import dataclass

from milkprice.registry.aliases import CHAMPION, Aliases, AliasFile
from milkprice.registry.bundle import SIDECAR, VERSION, Bundle, Sidecar, Verifier, check_name
from milkprice.registry.bundle.sidecar import created_of
from milkprice.registry.errors import (
    BundleIncompleteError,
    ModelNotFoundError,
    VersionNotFoundError,
    VersionRetiredError,
)
from milkprice.registry.store import Store
from milkprice.registry.versions import VersionStorage


@dataclass(frozen=True, kw_only=True)
class VersionInfo:
    """A version in a listing.

    Attributes:
        created: When it was packed, in UTC to the second.
        size: Bytes of all its files.
        aliases: What points at it, sorted.
    """

    name: str
    version: str
    created: str
    size: int
    aliases: tuple[str, ...]


class RegistryReader:
    """Models by name, version and alias in a store, to read only.

    A reference is a version or an alias. With keys, an alias is followed only where one of them
    signed it, and never back to an older file than this reader has read. A version that is asked
    for by its own name has a signature of its own.
    """

    def __init__(self, store: Store, *, keys: Verifier | None = None) -> None:
        """Look at a store.

        Args:
            store: Where the models are stored.
            keys: Who must have signed what is read; None looks at no signature.
        """
        self._store = store
        self._alias_file = AliasFile(store, keys=keys)
        # What is retired is asked of this one: it can only refuse, as whoever deletes can.
        self._unverified_aliases = AliasFile(store)
        self._keys = keys

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._store.uri!r})"

    def names(self) -> list[str]:
        """List the models with at least one version, sorted."""
        keys = [metadata.key.split("/") for metadata in self._store.list("models")]
        return sorted({key[1] for key in keys if len(key) == 4 and key[3] == SIDECAR})

    def versions(self, name: str) -> list[VersionInfo]:
        """List the versions of a model, oldest first, without those that are retired.

        Raises:
            ModelNotFoundError: No such model was published.
        """
        aliases = self.read_aliases(name)
        return [
            VersionInfo(
                name=name,
                version=objects.version,
                created=created_of(objects.version),
                size=sum(objects.sizes.values()),
                aliases=aliases.names_of(objects.version),
            )
            for objects in self._storage(name).list()
            if objects.is_complete and objects.version not in aliases.retired
        ]

    def read_aliases(self, name: str) -> Aliases:
        """Read the aliases of a model, its retired versions, and the history.

        Raises:
            ModelNotFoundError: No such model was published.
            AliasUnsignedError: With keys: they are not signed.
            AliasSignatureError: With keys: they are signed by somebody else, or were altered.
            AliasReplayError: With keys: they are older than those that were read before.
        """
        return self._read_aliases(name, self._alias_file)

    def read_aliases_if_changed(
        self, name: str, *, etag: str | None
    ) -> tuple[Aliases, str | None] | None:
        """Read the aliases of a model unless they are unchanged, for programs that poll.

        It is one small request and nothing is listed, so a model that was never published looks
        like one that was never promoted: it has no aliases.

        Args:
            name: The model.
            etag: What came with the aliases that were read before; None the first time.

        Returns:
            The aliases and their etag, which is None for a model without any; None if they are
            unchanged.

        Raises:
            RegistryError: With keys: they are not signed, or older, as for ``read_aliases``.
        """
        return self._alias_file.read_if_changed(check_name(name), etag=etag)

    def resolve(self, name: str, reference: str = CHAMPION) -> str:
        """Find the version a reference means.

        Raises:
            ModelNotFoundError: No such model was published.
            VersionNotFoundError: The model has no such version.
            VersionRetiredError: The version was pruned.
            AliasNotFoundError: The model has no such alias.
            RegistryError: The alias cannot be trusted, as for ``read_aliases``.
        """
        version = self._target(name, reference)
        if version == reference and version not in (known := self._storage(name).versions()):
            raise VersionNotFoundError(name=name, version=reference, known=known)
        return version

    def describe(self, name: str, reference: str = CHAMPION) -> Sidecar:
        """Read what is known of a version without its model; raises as ``fetch`` does."""
        return self._storage(name).sidecar(self.resolve(name, reference))

    def fetch(self, name: str, reference: str = CHAMPION) -> Bundle:
        """Read a version and verify it.

        An alias that moves on while its old version is pruned is followed.

        Raises:
            RegistryError: The reference means nothing, as for ``resolve``.
            BundleError: The version is not signed, incomplete or was altered.
        """
        while True:
            version = self._target(name, reference)  # nothing is listed before its files are
            try:
                return self._storage(name).bundle(version)
            except (VersionNotFoundError, BundleIncompleteError):
                if self.resolve(name, reference) == version:
                    raise

    def _target(self, name: str, reference: str) -> str:
        """The version that a reference means, which need not exist; raises as ``resolve`` does."""
        if not VERSION.fullmatch(reference):
            return self.read_aliases(name).version(check_name(reference, option="alias"))
        if reference in self._read_aliases(name, self._unverified_aliases).retired:
            raise VersionRetiredError(name=name, version=reference)
        return reference

    def _read_aliases(self, name: str, file: AliasFile) -> Aliases:
        empty = Aliases(name=check_name(name))
        aliases = file.read(name)
        if aliases == empty and not self._storage(name).versions():
            # A prune that deleted the last version meanwhile wrote that into the file before.
            aliases = file.read(name)
            if aliases == empty:
                raise ModelNotFoundError(registry=self._store.uri, name=name, known=self.names())
        return aliases

    def _storage(self, name: str) -> VersionStorage:
        return VersionStorage(self._store, name, keys=self._keys)
