"""Atomic file writes, and the hash that identifies contents.

New content is prepared in a hidden folder beside its destination and renamed into place, so that a
process killed at any moment leaves the old content or the new, never a part. Data and name are on
the disk before ``replace_file`` returns, so that a write outlives a loss of power.

A killed process leaves its folder behind. The next write to the same destination, or
``remove_leftovers``, deletes it; a lock, which the system releases when a process dies, tells it
from the folder of a process at work. On a file system without locks it stays.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

PARTIAL = ".partial"
TAG_DIGITS = 12


def write_bytes(data: bytes, path: Path) -> None:
    """Write a file atomically."""
    replace_file(path, lambda partial: partial.write_bytes(data))


def write_new(data: bytes, path: Path, *, mode: int) -> None:
    """Create a file with ``mode`` from its first byte on.

    Raises:
        FileExistsError: It exists; it was not changed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    with os.fdopen(handle, "wb") as opened:
        opened.write(data)


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a file of the same name in a staging folder, then move it into place."""
    with staging_folder(path) as folder:
        partial = folder / path.name
        write(partial)
        partial.chmod(0o644)
        fsync(partial)
        partial.replace(path)
        fsync(path.parent)


@contextlib.contextmanager
def staging_folder(path: Path) -> Iterator[Path]:
    """Create a folder beside ``path`` in which to prepare it, deleted at the end.

    Those that killed processes left for the same ``path`` are deleted first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path)
    folder, lock = _create_locked(path)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(lock)


def remove_leftovers(path: Path) -> None:
    """Delete what killed processes left beside ``path``; what cannot be deleted stays."""
    prefix = _prefix(path)
    for folder in path.parent.iterdir():
        if folder.name.startswith(prefix) and folder.name.endswith(PARTIAL):
            with contextlib.suppress(OSError):
                _remove_unlocked(folder)


def fsync(path: Path) -> None:
    """Wait until a file's data, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def content_tag(folder: Path, patterns: Iterable[str]) -> str:
    """Hash the files of a folder that match any pattern, names included, short as a tag."""
    total = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in folder.glob(pattern)}):
        total.update(f"{path.relative_to(folder)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:TAG_DIGITS]


def _create_locked(path: Path) -> tuple[Path, int]:
    """Create a folder and lock it; again if another process deleted it in between."""
    while True:
        folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=_prefix(path), suffix=PARTIAL))
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(folder, os.O_RDONLY)
            if _lock(handle) and folder.exists():
                return folder, handle
            os.close(handle)


def _lock(handle: int) -> bool:
    """Lock a new folder, and tell whether it is ours; without locks nobody deletes it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _remove_unlocked(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(handle)


def _prefix(path: Path) -> str:
    return f".{path.name}-"
