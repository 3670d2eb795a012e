"""Bundles in folders: read back whole, and written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from milkprice.errors import SettingError
from milkprice.registry.bundle import SIDECAR, load, read, write
from milkprice.registry.errors import BundleIncompleteError
from tests.support.bundles import toy_bundle


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "model"


def test_bundle_written_and_read_is_equal(tmp_path):
    bundle = toy_bundle(extra_files={"report.html": b"<p>"})
    write(bundle, tmp_path / "new" / "model")
    assert read(tmp_path / "new" / "model") == bundle
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["model"]


def test_bundle_written_over_another_replaces_all_of_it(folder):
    write(toy_bundle(1, extra_files={"old.html": b""}), folder)
    write(toy_bundle(2), folder)
    assert load(read(folder)) == {"content": 2}
    assert not (folder / "old.html").exists()


def test_bundle_written_into_an_empty_folder_fills_it(folder):
    folder.mkdir()
    write(toy_bundle(), folder)
    assert read(folder) == toy_bundle()


@pytest.mark.parametrize("with_bundle", [True, False], ids=["beside a bundle", "alone"])
def test_folder_with_other_files_is_not_replaced(tmp_path, folder, with_bundle):
    if with_bundle:
        write(toy_bundle(), folder)
    folder.mkdir(exist_ok=True)
    (folder / "thesis.doc").write_text("years of work")
    with pytest.raises(SettingError, match="nothing but a bundle"):
        write(toy_bundle(2), folder)
    assert (folder / "thesis.doc").read_text() == "years of work"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_write_that_fails_midway_leaves_what_was_there(tmp_path, folder, monkeypatch):
    write(toy_bundle(1), folder)
    write_bytes = Path.write_bytes

    def full_disk(path, data):
        if path.name == SIDECAR:
            raise OSError(28, "No space left on device")
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space"):
        write(toy_bundle(2), folder)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert read(folder) == toy_bundle(1)


def test_rename_that_fails_puts_the_old_bundle_back(folder, monkeypatch):
    write(toy_bundle(1), folder)
    rename = Path.rename

    def fail(path, target):
        if path.name == "new":
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="Input/output"):
        write(toy_bundle(2), folder)
    assert read(folder) == toy_bundle(1)


@pytest.mark.parametrize("file", ["model.json", "model.joblib"])
def test_folder_without_a_file_is_incomplete(folder, file):
    write(toy_bundle(), folder)
    (folder / file).unlink()
    with pytest.raises(BundleIncompleteError, match=f"has no {file}"):
        read(folder)


def test_file_the_sidecar_does_not_list_is_not_read(folder):
    write(toy_bundle(), folder)
    (folder / "notes.txt").write_text("mine")
    assert read(folder) == toy_bundle()
