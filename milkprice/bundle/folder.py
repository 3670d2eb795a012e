"""Bundles in a local folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

from milkprice.bundle.bundle import SIDECAR, Bundle, from_files, verify
from milkprice.bundle.sidecar import from_json, to_json
from milkprice.errors import SettingError


def write(bundle: Bundle, folder: Path) -> None:
    """Write a bundle as a folder, whole or not at all.

    It is written beside its place and then renamed, so an error leaves what was there before.

    Args:
        bundle: What to write.
        folder: Its place: new, empty, or holding nothing but an older bundle, which is replaced.

    Raises:
        SettingError: The folder holds something else.
        BundleError: The bundle is not whole.
    """
    verify(bundle)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as beside:
        new = Path(beside) / "new"
        new.mkdir()
        for name, data in bundle.files.items():
            (new / name).write_bytes(data)
        (new / SIDECAR).write_bytes(to_json(bundle.sidecar))
        _swap(new, folder, aside=Path(beside) / "old")


def read(folder: Path) -> Bundle:
    """Read a bundle from a folder and verify it.

    Args:
        folder: Where it lies; files its sidecar does not list are not read.

    Returns:
        The bundle, of which every byte is the one that was packed.

    Raises:
        BundleError: It is incomplete, altered or cannot be understood.
    """
    where = str(folder)
    return from_files(_files(folder, where), where=where)


def _files(folder: Path, where: str) -> dict[str, bytes]:
    """Read the sidecar and what it lists, as far as it is there."""
    sidecar = folder / SIDECAR
    if not sidecar.is_file():
        return {}
    data = sidecar.read_bytes()
    listed = [name for name in from_json(data, where=where).files if (folder / name).is_file()]
    return {SIDECAR: data, **{name: (folder / name).read_bytes() for name in listed}}


def _swap(new: Path, folder: Path, *, aside: Path) -> None:
    """Put a folder in the place of another, or leave the other where it is."""
    if not folder.exists():
        new.rename(folder)
        return
    _check_replaceable(folder)
    folder.rename(aside)
    try:
        new.rename(folder)
    except OSError:
        aside.rename(folder)
        raise


def _check_replaceable(folder: Path) -> None:
    """Refuse to replace a folder with anything in it that is not a bundle's."""
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else {folder.name}
    if there - set(_files(folder, str(folder))):
        raise SettingError(
            option="folder",
            value=str(folder),
            expected="a new folder, or one that holds nothing but a bundle",
        )
