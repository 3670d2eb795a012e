"""The hash that everything is known by."""

from __future__ import annotations

import hashlib


def sha256(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()
