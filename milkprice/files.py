"""Files that are whole or not there.

What shall be in a place is prepared in a folder beside it and put there by one rename, so a process
that is killed at any moment leaves there what was there before, or all of what is new. Data and
name are on the disk before ``replace_file`` returns: what it wrote outlives a loss of power too, as
far as the disk keeps its word.

Whoever is killed leaves that folder, which has a dot in front. The next to write the same place, or
to ``sweep``, takes it away; a lock, which the system takes back from the dead, tells it from that
of somebody at work. Where a file system has no locks, it is left.

The hash that everything is known by.
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
    with workplace(path) as place:
        partial = place / path.name
        write(partial)
        partial.chmod(0o644)
        sync(partial)
        partial.replace(path)
        sync(path.parent)


@contextlib.contextmanager
def workplace(path: Path) -> Iterator[Path]:
    """Make a folder beside ``path`` for as long as it takes to prepare what shall be there.

    Those that killed processes left for the same ``path`` are taken away.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path)
    place, lock = _own(path)
    try:
        yield place
    finally:
        shutil.rmtree(place)
        os.close(lock)


def sweep(path: Path) -> None:
    """Take away what killed processes left beside ``path``; what cannot be taken away stays."""
    prefix = _prefix(path)
    for left in path.parent.iterdir():
        if left.name.startswith(prefix) and left.name.endswith(PARTIAL):
            with contextlib.suppress(OSError):
                _remove_unlocked(left)


def sync(path: Path) -> None:
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
