"""The hash that everything is known by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

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
