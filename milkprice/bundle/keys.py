"""What keys are called, and how a file of them is read."""

from __future__ import annotations

from pathlib import Path

from milkprice.digest import sha256
from milkprice.errors import SigningKeyError

ID_DIGITS = 16


def key_id(public: bytes) -> str:
    """Name a key by the first digits of its public half's hash."""
    return sha256(public)[:ID_DIGITS]


def read_key(path: Path) -> bytes:
    """Read a file of keys.

    Raises:
        SigningKeyError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
        raise SigningKeyError(place=str(path), reason=reason) from error
