"""Locations of bundles: read from any of them, and written into a local folder.

Reading goes from what costs least to what costs most: sizes, the signature, the sidecar, the files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from milkprice.errors import SettingError
from milkprice.files import fsync, staging_folder
from milkprice.registry.bundle.bundle import Bundle, verify
from milkprice.registry.bundle.sidecar import Sidecar, from_json, to_json
from milkprice.registry.bundle.signatures import Verifier
from milkprice.registry.errors import BundleIncompleteError, BundleSizeError
from milkprice.registry.settings import SIDECAR, SIGNATURE, check_size


class Location(Protocol):
    """Where one bundle is stored."""

    @property
    def where(self) -> str:
        """What the bundle is called in messages."""

    def size(self, file: str) -> int | None:
        """Bytes of a file, without reading it; None if there is no such file."""

    def read(self, file: str, *, size: int) -> bytes:
        """Read a file, and no more of it than it had bytes."""


def read_sidecar(location: Location, keys: Verifier | None = None) -> Sidecar:
    """Read what is known of a bundle that one of the keys signed; None looks at no signature.

    Raises:
        BundleError: It is too large, not signed by any of them, or cannot be understood.
    """
    data = _read_within_limit(location, SIDECAR)
    if data is None:
        raise BundleIncompleteError(bundle=location.where, file=SIDECAR)
    if keys is not None:
        keys.check(data, _read_within_limit(location, SIGNATURE), where=location.where)
    return from_json(data, where=location.where)


def read_files(location: Location, sidecar: Sidecar) -> Bundle:
    """Read the files that a sidecar lists, and verify them.

    Raises:
        BundleError: One is missing, of another size, or altered.
    """
    files = {
        file: _read_exactly(location, file, record.size) for file, record in sidecar.files.items()
    }
    return verify(Bundle(sidecar, files), where=location.where)


def read(folder: Path, keys: Verifier | None = None) -> Bundle:
    """Read a bundle from a folder and verify it; files its sidecar does not list are not read.

    Raises:
        BundleError: It is too large, incomplete, altered, cannot be understood, or is not signed
            by any of the keys.
    """
    location = _Folder(_current(folder))
    return read_files(location, read_sidecar(location, keys))


def describe(folder: Path) -> Sidecar:
    """Read the sidecar of a bundle in a folder, without its files; raises as ``read`` does."""
    return read_sidecar(_Folder(_current(folder)))


def write(bundle: Bundle, folder: Path) -> None:
    """Write a bundle as a folder, whole or not at all.

    It is written beside the folder and then renamed, so an error leaves what was there before. A
    process that is killed leaves there the older bundle, the new one or, between two renames,
    nothing; ``read`` finds the older one even then, and the next ``write`` tidies up.

    Raises:
        SettingError: The folder holds anything but an older bundle, which would be replaced.
        BundleError: The bundle is not whole.
    """
    verify(bundle)
    with staging_folder(folder) as staging:
        new = staging / "new"
        new.mkdir()
        for name, data in {**bundle.files, SIDECAR: to_json(bundle.sidecar)}.items():
            (new / name).write_bytes(data)
            fsync(new / name)
        _recover(folder, trash=staging / "older")
        _swap(new, folder, trash=staging / "old")
        fsync(folder.parent)


@dataclass(frozen=True)
class _Folder:
    """A folder as the location of one bundle."""

    path: Path

    @property
    def where(self) -> str:
        return str(self.path)

    def size(self, file: str) -> int | None:
        path = self.path / file
        return path.stat().st_size if path.is_file() else None

    def read(self, file: str, *, size: int) -> bytes:
        with (self.path / file).open("rb") as stream:
            return stream.read(size)


def _read_within_limit(location: Location, file: str) -> bytes | None:
    size = location.size(file)
    if size is None:
        return None
    check_size(size, file=file, where=location.where)
    return location.read(file, size=size)


def _read_exactly(location: Location, file: str, expected: int) -> bytes:
    size = location.size(file)
    if size is None:
        raise BundleIncompleteError(bundle=location.where, file=file)
    if size != expected:  # what the sidecar says was checked when it was read
        raise BundleSizeError(bundle=location.where, file=file, expected=expected, actual=size)
    return location.read(file, size=size)


def _recover(folder: Path, *, trash: Path) -> None:
    """End what a process that was killed between two renames of ``_swap`` had begun."""
    aside = _aside(folder)
    if aside.exists():
        _check_replaceable(aside)
        aside.rename(trash if folder.exists() else folder)


def _swap(new: Path, folder: Path, *, trash: Path) -> None:
    """Replace a folder by another, or leave it as it is."""
    if not folder.exists():
        new.rename(folder)
        return
    _check_replaceable(folder)
    aside = _aside(folder)
    folder.rename(aside)
    try:
        new.rename(folder)
    except OSError:
        aside.rename(folder)
        raise
    aside.rename(trash)


def _aside(folder: Path) -> Path:
    """Where the older bundle is between two renames."""
    return folder.parent / f".{folder.name}.replaced"


def _current(folder: Path) -> Path:
    """Where a bundle is to be read: the folder itself, or aside if it was left there."""
    aside = _aside(folder)
    return aside if aside.is_dir() and not folder.exists() else folder


def _check_replaceable(folder: Path) -> None:
    """Refuse to replace a folder with anything in it that is not a bundle's."""
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else {folder.name}
    if names - _bundle_files(folder):
        raise SettingError(
            option="folder",
            value=str(folder),
            expected="a new folder, or one that holds nothing but a bundle",
        )


def _bundle_files(folder: Path) -> set[str]:
    """Names of what a bundle in a folder consists of; none where there is no bundle."""
    if not (folder / SIDECAR).is_file():
        return set()
    return {SIDECAR, SIGNATURE, *describe(folder).files}
