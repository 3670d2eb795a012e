"""Where the versions of one model lie: written once, read whole, taken away whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from milkprice.bundle import SIDECAR, VERSION, Bundle, Sidecar, from_files, from_json, to_json
from milkprice.errors import (
    BundleFormatError,
    BundleIncompleteError,
    KeyExistsError,
    KeyNotFoundError,
    VersionConflictError,
    VersionNotFoundError,
)
from milkprice.store import Store


@dataclass(frozen=True, kw_only=True)
class Slot:
    """The objects of one version.

    Attributes:
        version: Which.
        sizes: Bytes by file name.
    """

    version: str
    sizes: Mapping[str, int]

    @property
    def is_complete(self) -> bool:
        """Whether the version exists; without its sidecar it was never finished."""
        return SIDECAR in self.sizes


class Shelf:
    """The versions of one model in a store."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name

    def slots(self) -> list[Slot]:
        """List what lies here, finished or not, oldest first."""
        found: dict[str, dict[str, int]] = {}
        for entry in self._store.list(f"models/{self._name}"):
            version, _, file = entry.key.removeprefix(f"models/{self._name}/").partition("/")
            if VERSION.fullmatch(version):
                found.setdefault(version, {})[file] = entry.size
        return [Slot(version=version, sizes=found[version]) for version in sorted(found)]

    def versions(self) -> list[str]:
        """List the versions that exist, oldest first."""
        return [slot.version for slot in self.slots() if slot.is_complete]

    def sidecar(self, version: str) -> Sidecar:
        """Read the sidecar of a version.

        Raises:
            VersionNotFoundError: There is no such version.
            BundleFormatError: The sidecar was altered or is another version's.
        """
        return from_json(self._sidecar(version), where=self._where(version))

    def bundle(self, version: str) -> Bundle:
        """Read a version and verify it.

        Raises:
            VersionNotFoundError: There is no such version.
            BundleError: It is incomplete or was altered.
        """
        data = self._sidecar(version)
        listed = from_json(data, where=self._where(version)).files
        files = {file: self._file(version, file) for file in listed}
        return from_files({SIDECAR: data, **files}, where=self._where(version))

    def add(self, bundle: Bundle) -> None:
        """Write a version, its sidecar last; what is there already must be the same.

        Raises:
            VersionConflictError: It is not.
        """
        for file, data in {**bundle.files, SIDECAR: to_json(bundle.sidecar)}.items():
            self._put(bundle.sidecar.version, file, data)

    def remove(self, slot: Slot) -> None:
        """Delete a version, its sidecar first, so that it ends before its files do."""
        for file in sorted(slot.sizes, key=lambda file: (file != SIDECAR, file)):
            self._store.delete(self._key(slot.version, file))

    def _sidecar(self, version: str) -> bytes:
        try:
            data = self._store.get(self._key(version, SIDECAR)).data
        except KeyNotFoundError as error:
            raise VersionNotFoundError(
                name=self._name, version=version, known=self.versions()
            ) from error
        sidecar = from_json(data, where=self._where(version))
        if (sidecar.name, sidecar.version) != (self._name, version):
            reason = f"is that of {sidecar.name} {sidecar.version}; it was put in the wrong place"
            raise BundleFormatError(bundle=self._where(version), reason=reason)
        return data

    def _file(self, version: str, file: str) -> bytes:
        try:
            return self._store.get(self._key(version, file)).data
        except KeyNotFoundError as error:
            raise BundleIncompleteError(bundle=self._where(version), file=file) from error

    def _put(self, version: str, file: str, data: bytes) -> None:
        key = self._key(version, file)
        try:
            self._store.put_new(key, data)
        except KeyExistsError as error:
            if self._store.get(key).data != data:
                raise VersionConflictError(name=self._name, version=version, file=file) from error

    def _where(self, version: str) -> str:
        return f"{self._store.uri}: {self._name} {version}"

    def _key(self, version: str, file: str) -> str:
        return f"models/{self._name}/{version}/{file}"
