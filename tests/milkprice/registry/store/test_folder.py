"""A store in a folder: locked, synchronised and never made by reading."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from milkprice.registry.errors import StoreFailedError, StoreLockedError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import folder, open_store

NOWHERE = StoreSettings()


class TestFolder:
    def test_folder_that_is_missing_reads_as_empty_and_stays_missing(self, tmp_path):
        store = open_store(str(tmp_path / "none"), NOWHERE)
        store.delete("k")
        assert store.list() == []
        assert not (tmp_path / "none").exists()

    def test_file_uri_with_space_opens_the_folder(self, tmp_path):
        (tmp_path / "a b").mkdir()
        open_store((tmp_path / "a b").as_uri(), NOWHERE).put("k", b"1")
        assert (tmp_path / "a b" / "k").read_bytes() == b"1"

    def test_lock_file_is_never_listed(self, tmp_path):
        store = open_store(str(tmp_path), NOWHERE)
        store.replace("k", b"1", etag=None)
        assert [entry.key for entry in store.list()] == ["k"]

    def test_etag_of_equal_bytes_written_again_is_equal(self, tmp_path):
        store = open_store(str(tmp_path), NOWHERE)
        store.put("k", b"1")
        etag = store.get("k").etag
        store.put("k", b"2")
        assert store.get("k").etag != etag
        store.put("k", b"1")
        assert store.get("k").etag == etag

    def test_replace_while_another_process_holds_the_lock_says_so(self, tmp_path, monkeypatch):
        monkeypatch.setattr(folder, "LOCK_TIMEOUT_SECONDS", 0.2)
        store = open_store(str(tmp_path), NOWHERE)
        with other_process_holding_the_lock(tmp_path), pytest.raises(StoreLockedError) as error:
            store.replace("k", b"1", etag=None)
        assert str(tmp_path / folder.LOCK) in str(error.value)

    def test_replace_after_the_lock_holder_was_killed_goes_on(self, tmp_path):
        with other_process_holding_the_lock(tmp_path) as holder:
            holder.kill()
            holder.wait()
            open_store(str(tmp_path), NOWHERE).replace("k", b"1", etag=None)
        assert (tmp_path / "k").read_bytes() == b"1"

    def test_key_below_a_file_fails_with_the_system_reason(self, tmp_path):
        store = open_store(str(tmp_path), NOWHERE)
        store.put("k", b"1")
        with pytest.raises(StoreFailedError, match="Not a directory"):
            store.put("k/below", b"1")

    @pytest.mark.parametrize(
        "write",
        [
            pytest.param(lambda store: store.put("a/b", b"1"), id="put"),
            pytest.param(lambda store: store.put_new("a/b", b"1"), id="put_new"),
            pytest.param(lambda store: store.replace("a/b", b"1", etag=None), id="replace"),
        ],
    )
    def test_object_and_its_name_are_on_the_disk_at_the_end(self, tmp_path, monkeypatch, write):
        synced = []
        monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))
        write(open_store(str(tmp_path), NOWHERE))
        assert synced == [(tmp_path / "a" / "b").stat().st_ino, (tmp_path / "a").stat().st_ino]


class other_process_holding_the_lock:  # noqa: N801 - reads as a sentence
    SCRIPT = """
import sys, time
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""

    def __init__(self, place):
        self.command = [sys.executable, "-c", self.SCRIPT, str(place / folder.LOCK)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"held\n"
        return self.process

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
