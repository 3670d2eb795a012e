"""Atomic file writes."""

import os
import stat
from pathlib import Path

import pytest

from milkprice.files import replace_file, write_bytes, write_new


def test_replace_file_interrupted_keeps_the_old_content(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("old")

    def fail(partial):
        partial.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_file(path, fail)
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.csv"]
    assert path.read_text() == "old"


def test_write_new_is_for_its_owner_alone_and_never_writes_over(tmp_path):
    path = tmp_path / "folder" / "key"
    write_new(b"one", path, mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_new(b"two", path, mode=0o600)
    assert path.read_bytes() == b"one"


def test_replace_file_while_another_writes_the_same_path_does_not_disturb_it(tmp_path):
    path = tmp_path / "t.csv"

    def write(partial):
        partial.write_text("first")
        write_bytes(b"second", path)
        assert partial.read_text() == "first"

    replace_file(path, write)
    assert [entry.name for entry in tmp_path.iterdir()] == ["t.csv"]
    assert path.read_text() == "first"


def test_replace_file_deletes_what_killed_processes_left_and_nothing_else(tmp_path):
    path = tmp_path / "t.csv"
    others = {".t.csv-2026", ".t.csv.partial", ".u.csv-abc.partial", "t.csv-abc.partial"}
    for name in (*others, ".t.csv-abc.partial"):
        (tmp_path / name).mkdir()
    write_bytes(b"", path)
    assert {entry.name for entry in tmp_path.iterdir()} == {*others, "t.csv"}


def test_file_is_on_the_disk_before_its_name_and_its_name_before_the_end(tmp_path, monkeypatch):
    """No test can cut the power, but one can see what was synchronised, and when."""
    synced, replace = [], Path.replace

    def rename(path, target):
        assert synced == [path.stat().st_ino]
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))
    monkeypatch.setattr(Path, "replace", rename)
    write_bytes(b"data", tmp_path / "file")
    assert synced == [(tmp_path / "file").stat().st_ino, tmp_path.stat().st_ino]
