"""Bundles in a local folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from milkprice.errors import SettingError
from milkprice.files import fsync, staging_folder
from milkprice.registry.bundle.bundle import Bundle, verify
from milkprice.registry.bundle.limits import SIDECAR, SIGNATURE
from milkprice.registry.bundle.reader import read_files, read_sidecar
from milkprice.registry.bundle.sidecar import Sidecar, to_json
from milkprice.registry.bundle.signatures import VerifyingKeys


def write(bundle: Bundle, folder: Path) -> None:
    """Write a bundle as a folder, whole or not at all.

    It is written beside its place and then renamed, so an error leaves what was there before. A
    process that is killed leaves there the older bundle, the new one or, between two renames,
    nothing; ``read`` finds the older one even then, and the next ``write`` tidies up.

    Args:
        bundle: What to write.
        folder: Its place: new, empty, or holding nothing but an older bundle, which is replaced.

    Raises:
        SettingError: The folder holds something else.
        BundleError: The bundle is not whole.
    """
    verify(bundle)
    with staging_folder(folder) as place:
        new = place / "new"
        new.mkdir()
        for name, data in {**bundle.files, SIDECAR: to_json(bundle.sidecar)}.items():
            (new / name).write_bytes(data)
            fsync(new / name)
        _settle(folder, away=place / "older")
        _swap(new, folder, away=place / "old")
        fsync(folder.parent)


def describe(folder: Path) -> Sidecar:
    """Read what a bundle in a folder says of itself, without its files; raises as ``read`` does."""
    return read_sidecar(_Folder(_found(folder)))


def read(folder: Path, keys: VerifyingKeys | None = None) -> Bundle:
    """Read a bundle from a folder and verify it.

    Args:
        folder: Where it lies; files its sidecar does not list are not read.
        keys: Who may have signed it; None asks for no signature.

    Returns:
        The bundle, of which every byte is the one that was packed.

    Raises:
        BundleError: It is too large, incomplete, altered, cannot be understood, or is not signed
            by any of the keys.
    """
    place = _Folder(_found(folder))
    return read_files(place, read_sidecar(place, keys))


@dataclass(frozen=True)
class _Folder:
    """A folder as a place of one bundle."""

    path: Path

    @property
    def where(self) -> str:
        return str(self.path)

    def size(self, file: str) -> int | None:
        path = self.path / file
        return path.stat().st_size if path.is_file() else None

    def read(self, file: str, *, size: int) -> bytes:
        with (self.path / file).open("rb") as opened:
            return opened.read(size)


def _bundled(folder: Path) -> set[str]:
    """Names of what a bundle in a folder consists of; none where there is no bundle."""
    if not (folder / SIDECAR).is_file():
        return set()
    return {SIDECAR, SIGNATURE, *describe(folder).files}


def _settle(folder: Path, *, away: Path) -> None:
    """End what a process that was killed between two renames of ``_swap`` had begun."""
    aside = _aside(folder)
    if aside.exists():
        _check_replaceable(aside)
        aside.rename(away if folder.exists() else folder)


def _swap(new: Path, folder: Path, *, away: Path) -> None:
    """Put a folder in the place of another, or leave the other where it is."""
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
    aside.rename(away)


def _aside(folder: Path) -> Path:
    """Where the older bundle is between two renames."""
    return folder.parent / f".{folder.name}.replaced"


def _found(folder: Path) -> Path:
    """Where a bundle is to be read: in its place, or aside if it was left there."""
    aside = _aside(folder)
    return aside if aside.is_dir() and not folder.exists() else folder


def _check_replaceable(folder: Path) -> None:
    """Refuse to replace a folder with anything in it that is not a bundle's."""
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else {folder.name}
    if there - _bundled(folder):
        raise SettingError(
            option="folder",
            value=str(folder),
            expected="a new folder, or one that holds nothing but a bundle",
        )
