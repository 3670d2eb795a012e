"""A bundle from wherever it lies: sizes first, then the signature, the sidecar, each file."""

from __future__ import annotations

from typing import Protocol

from milkprice.registry.bundle.bundle import Bundle, verify
from milkprice.registry.bundle.limits import SIDECAR, SIGNATURE, check_size
from milkprice.registry.bundle.sidecar import Sidecar, from_json
from milkprice.registry.bundle.signatures import VerifyingKeys
from milkprice.registry.errors import BundleIncompleteError, BundleSizeError


class Location(Protocol):
    """Where one bundle lies."""

    @property
    def where(self) -> str:
        """What the bundle is called in messages."""

    def size(self, file: str) -> int | None:
        """Bytes of a file, without reading it; None if there is no such file."""

    def read(self, file: str, *, size: int) -> bytes:
        """Read a file, and no more of it than it had bytes."""


def read_sidecar(place: Location, keys: VerifyingKeys | None = None) -> Sidecar:
    """Read what is known of a bundle.

    Args:
        place: Where it lies.
        keys: Who may have signed it; None asks for no signature and looks at none.

    Raises:
        BundleError: It is too large, not signed by any of them, or cannot be understood.
    """
    data = _limited(place, SIDECAR)
    if data is None:
        raise BundleIncompleteError(bundle=place.where, file=SIDECAR)
    if keys is not None:
        keys.check(data, _limited(place, SIGNATURE), where=place.where)
    return from_json(data, where=place.where)


def read_files(place: Location, sidecar: Sidecar) -> Bundle:
    """Read the files that a sidecar lists, and verify them.

    Raises:
        BundleError: One is missing, of another size, or altered.
    """
    files = {file: _listed(place, file, record.size) for file, record in sidecar.files.items()}
    return verify(Bundle(sidecar, files), where=place.where)


def _limited(place: Location, file: str) -> bytes | None:
    size = place.size(file)
    if size is None:
        return None
    check_size(size, file=file, where=place.where)
    return place.read(file, size=size)


def _listed(place: Location, file: str, expected: int) -> bytes:
    size = place.size(file)
    if size is None:
        raise BundleIncompleteError(bundle=place.where, file=file)
    if size != expected:  # what the sidecar says was checked when it was read
        raise BundleSizeError(bundle=place.where, file=file, expected=expected, found=size)
    return place.read(file, size=size)
