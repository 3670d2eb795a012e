"""Secrets that can be told from everything else, and where they are found."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus


def forms(secret: str) -> set[bytes]:
    """Return how a secret may be written, alone or within a longer text that is encoded whole."""
    plain = secret.encode()
    quoted = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    within = {repr(secret), json.dumps(secret), json.dumps(secret, ensure_ascii=False)}
    written = {secret, *quoted, *(text[1:-1] for text in within)}
    encoded = {text.encode() for text in written}
    encoded |= {plain.hex().encode(), plain.hex().upper().encode()}
    for before in range(3):
        # Base64 of a text depends on where it begins; the middle of it does not.
        inner = base64.b64encode(b"\0" * before + plain)[(before * 8 + 5) // 6 + 1 : -4]
        encoded |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return encoded


def leaks(secrets: Mapping[str, str], data: bytes) -> list[str]:
    """Return the names of the secrets that are in some bytes."""
    return [name for name, secret in secrets.items() if any(one in data for one in forms(secret))]


def leaks_in(secrets: Mapping[str, str], folder: Path) -> list[str]:
    """Return which secrets are in which files of a folder, names of the files included."""
    found = []
    for file in files(folder):
        data = str(file).encode() + b"\n" + file.read_bytes()
        found += [f"{file}: {name}" for name in leaks(secrets, data)]
    return found


def files(folder: Path) -> Iterator[Path]:
    """Every file in a folder, links followed to files only."""
    return (file for file in sorted(folder.rglob("*")) if file.is_file())
