"""The versions of one model in a store: written once, read whole, deleted whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from milkprice.registry.bundle import (
    SIDECAR,
    SIGNATURE,
    VERSION,
    Bundle,
    Sidecar,
    SigningKey,
    Verifier,
    read_files,
    read_sidecar,
    to_json,
)
from milkprice.registry.errors import (
    BundleFormatError,
    BundleIncompleteError,
    KeyExistsError,
    KeyNotFoundError,
    StoreFailedError,
    VersionConflictError,
    VersionNotFoundError,
)
from milkprice.registry.store import ObjectMetadata, Store

TRIES = 3  # to write an object that another process deletes between the refusal and the reading


@dataclass(frozen=True, kw_only=True)
class VersionObjects:
    """The objects of one version: bytes by file name."""

    version: str
    sizes: Mapping[str, int]

    @property
    def is_complete(self) -> bool:
        """Whether the version exists; without its sidecar it was never completed."""
        return SIDECAR in self.sizes


class VersionStorage:
    """The versions of one model in a store.

    With keys, no version is read that none of them has signed.
    """

    def __init__(self, store: Store, name: str, *, keys: Verifier | None = None) -> None:
        self._store = store
        self._name = name
        self._keys = keys

    def list(self) -> tuple[VersionObjects, ...]:
        """List all versions, complete or not, oldest first."""
        sizes: dict[str, dict[str, int]] = {}
        for metadata in self._store.list(f"models/{self._name}"):
            version, _, file = metadata.key.removeprefix(f"models/{self._name}/").partition("/")
            if VERSION.fullmatch(version):
                sizes.setdefault(version, {})[file] = metadata.size
        return tuple(
            VersionObjects(version=version, sizes=sizes[version]) for version in sorted(sizes)
        )

    def versions(self) -> tuple[str, ...]:
        """List the versions that exist, oldest first."""
        return tuple(objects.version for objects in self.list() if objects.is_complete)

    def sidecar(self, version: str) -> Sidecar:
        """Read the sidecar of a version; raises as ``bundle`` does."""
        return self._sidecar(self._locate(version))

    def bundle(self, version: str) -> Bundle:
        """Read a version and verify it.

        Raises:
            VersionNotFoundError: There is no such version.
            BundleError: It is not signed, incomplete or was altered.
        """
        location = self._locate(version)
        return read_files(location, self._sidecar(location))

    def add(self, bundle: Bundle, *, signer: SigningKey | None = None) -> None:
        """Write a version, its sidecar last; what is there already must be the same.

        With a key it is signed before it exists, so that it is never seen unsigned.

        Raises:
            VersionConflictError: It is not.
            StoreFailedError: The store has it for a write and not for a read.
        """
        for file, data in bundle.files.items():
            self._put(bundle.sidecar.version, file, data)
        if signer is not None:
            self.sign(bundle.sidecar, signer)
        self._put(bundle.sidecar.version, SIDECAR, to_json(bundle.sidecar))

    def sign(self, sidecar: Sidecar, signer: SigningKey) -> None:
        """Write a signature beside a version, over another one if there is one."""
        self._store.put(self._key(sidecar.version, SIGNATURE), signer.sign(to_json(sidecar)))

    def delete(self, objects: VersionObjects) -> None:
        """Delete a version, its sidecar first, so that it ends before its files do."""
        for file in sorted(objects.sizes, key=lambda file: (file != SIDECAR, file)):
            self._store.delete(self._key(objects.version, file))

    def _sidecar(self, location: _StoreLocation) -> Sidecar:
        sidecar = read_sidecar(location, self._keys)
        if (sidecar.name, sidecar.version) != (self._name, location.version):
            reason = f"is that of {sidecar.name} {sidecar.version}; it was put in the wrong place"
            raise BundleFormatError(bundle=location.where, reason=reason)
        return sidecar

    def _locate(self, version: str) -> _StoreLocation:
        """List the objects of a version, all of them by one request."""
        prefix = self._key(version, "")
        listing = self._store.list(prefix.rstrip("/"))
        objects = {metadata.key.removeprefix(prefix): metadata for metadata in listing}
        if SIDECAR not in objects:
            raise VersionNotFoundError(name=self._name, version=version, known=self.versions())
        where = f"{self._store.uri}: {self._name} {version}"
        return _StoreLocation(store=self._store, version=version, where=where, objects=objects)

    def _put(self, version: str, file: str, data: bytes) -> None:
        key = self._key(version, file)
        for _ in range(TRIES):
            if (there := self._put_new(key, data)) == data:
                return
            if there is not None:  # else it was pruned since
                raise VersionConflictError(name=self._name, version=version, file=file)
        reason = (
            "it is there for a write and missing for a read; if the bucket keeps versions, delete "
            "those of the object"
        )
        raise StoreFailedError(store=self._store.uri, operation="write", key=key, reason=reason)

    def _put_new(self, key: str, data: bytes) -> bytes | None:
        """Write an object, or read the one that is there instead; what there is now."""
        try:
            self._store.put_new(key, data)
        except KeyExistsError:
            return self._get_or_none(key)
        return data

    def _get_or_none(self, key: str) -> bytes | None:
        try:
            return self._store.get(key).data
        except KeyNotFoundError:
            return None

    def _key(self, version: str, file: str) -> str:
        return f"models/{self._name}/{version}/{file}"


@dataclass(frozen=True, kw_only=True)
class _StoreLocation:
    """One version's objects as they were listed; one that was replaced since is not read."""

    store: Store
    version: str
    where: str
    objects: Mapping[str, ObjectMetadata]

    def size(self, file: str) -> int | None:
        metadata = self.objects.get(file)
        return None if metadata is None else metadata.size

    def read(self, file: str, *, size: int) -> bytes:
        if not size:
            return b""
        metadata = self.objects[file]
        try:
            return self.store.read_range(metadata.key, start=0, stop=size, stamp=metadata.stamp)
        except KeyNotFoundError as error:
            raise BundleIncompleteError(bundle=self.where, file=file) from error
