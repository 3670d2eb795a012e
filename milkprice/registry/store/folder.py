"""A store in a local folder, with the compare-and-swap that obstore leaves out."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import filelock
from obstore.store import LocalStore

from milkprice.files import fsync, sha256
from milkprice.registry.errors import KeyChangedError, KeyNotFoundError
from milkprice.registry.store.client import translate_errors
from milkprice.registry.store.store import ObjectList, Store, StoredObject

LOCK = ".milkprice.lock"
# A lock is held for one small read and write; longer means that its holder is stopped.
LOCK_TIMEOUT_SECONDS = 15


class FolderStore(Store):
    """Bytes by key as files of a folder, which the first write creates.

    A write that returned outlives the process that is killed next, and a loss of power: obstore
    renames a file into its place, and then we wait until it is on the disk. What a killed process
    leaves besides, ``<key>#<number>``, is never listed or read. A write that a loss of power cuts
    off is whole or not there where the file system writes data before names, as most do.

    An etag is the hash of the bytes: obstore's own is made of inode, time and size, and all three
    can come back when a file is replaced twice within one tick of the file system's clock.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder), lambda: _open(folder))
        self._folder = folder

    def get(self, key: str) -> StoredObject:
        """See ``Store.get``."""
        stored = super().get(key)
        return dataclasses.replace(stored, etag=sha256(stored.data))

    def get_if_changed(self, key: str, *, etag: str | None) -> StoredObject | None:
        """See ``Store.get_if_changed``."""
        stored = self.get(key)
        return None if stored.etag == etag else stored

    def list(self, prefix: str = "") -> ObjectList:
        """See ``Store.list``."""
        if not self._folder.is_dir():
            return []
        return [metadata for metadata in super().list(prefix) if metadata.key != LOCK]

    def put_new(self, key: str, data: bytes) -> None:
        """See ``Store.put_new``."""
        with self._synchronized(key):
            super().put_new(key, data)

    def put(self, key: str, data: bytes) -> None:
        """See ``Store.put``."""
        with self._synchronized(key):
            super().put(key, data)

    def replace(self, key: str, data: bytes, *, etag: str | None) -> None:
        """See ``Store.replace``; all writers that compare wait for one lock."""
        with self._locked(key):
            if self._etag(key) != etag:
                raise KeyChangedError(store=self.uri, key=key)
            self.put(key, data)

    def delete(self, key: str) -> None:
        """See ``Store.delete``."""
        with contextlib.suppress(KeyNotFoundError):
            super().delete(key)

    @contextlib.contextmanager
    def _synchronized(self, key: str) -> Iterator[None]:
        """Create the folder for what is written inside, and wait until it is on the disk."""
        path = self._folder / key
        with translate_errors(self.uri, "write", key):
            self._folder.mkdir(parents=True, exist_ok=True)
            yield
            with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                fsync(path)
                fsync(path.parent)

    def _etag(self, key: str) -> str | None:
        try:
            return self.get(key).etag
        except KeyNotFoundError:
            return None

    @contextlib.contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        """Hold the folder's lock, which the system takes back from a process that dies."""
        with translate_errors(self.uri, "lock", key):
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self._folder / LOCK, timeout=LOCK_TIMEOUT_SECONDS)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


def _open(folder: Path) -> LocalStore:
    if not folder.is_dir():
        raise FileNotFoundError(folder)  # reading creates no folder
    return LocalStore(folder)
