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


def write_bytes(data: bytes, path: Path) -> None:
    """Write a file whole or not at all."""
    replace_file(path, lambda place: place.write_bytes(data))


def write_new(data: bytes, path: Path, *, mode: int) -> None:
    """Write a file that is not there yet, from its beginning for nobody but those of ``mode``.

    Raises:
        FileExistsError: It is there; it was not changed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    with os.fdopen(handle, "wb") as opened:
        opened.write(data)


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a file of the same name elsewhere, then put that in its place."""
    with staging_folder(path) as place:
        partial = place / path.name
        write(partial)
        partial.chmod(0o644)
        fsync(partial)
        partial.replace(path)
        fsync(path.parent)


@contextlib.contextmanager
def staging_folder(path: Path) -> Iterator[Path]:
    """Make a folder beside ``path`` for as long as it takes to prepare what shall be there.

    Those that killed processes left for the same ``path`` are taken away.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path)
    place, lock = _own(path)
    try:
        yield place
    finally:
        shutil.rmtree(place)
        os.close(lock)


def remove_leftovers(path: Path) -> None:
    """Take away what killed processes left beside ``path``; what cannot be taken away stays."""
    prefix = _prefix(path)
    for left in path.parent.iterdir():
        if left.name.startswith(prefix) and left.name.endswith(PARTIAL):
            with contextlib.suppress(OSError):
                _remove_unlocked(left)


def fsync(path: Path) -> None:
    """Wait until a file's data, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _own(path: Path) -> tuple[Path, int]:
    """Make a folder and lock it, anew if another process took it for one of the dead before."""
    while True:
        place = Path(tempfile.mkdtemp(dir=path.parent, prefix=_prefix(path), suffix=PARTIAL))
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(place, os.O_RDONLY)
            if _is_ours(handle) and place.exists():
                return place, handle
            os.close(handle)


def _is_ours(handle: int) -> bool:
    """Lock what was made just now; without locks, nobody takes it away."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _remove_unlocked(left: Path) -> None:
    handle = os.open(left, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(left)
    finally:
        os.close(handle)


def _prefix(path: Path) -> str:
    return f".{path.name}-"


TAG_DIGITS = 12


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
