"""The contract of every store, over memory, a folder and real S3 servers."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from milkprice.errors import SettingError
from milkprice.registry.errors import (
    KeyChangedError,
    KeyExistsError,
    KeyNotFoundError,
)
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import ObjectMetadata, open_store
from tests.support.stores import SERVERS

NOWHERE = StoreSettings()
# More than the 5 MB from which obstore uploads in parts unless told otherwise.
LARGE = b"milk" * 1_500_000


@pytest.fixture(params=["memory", "folder", *SERVERS])
def store(request, tmp_path, store_server_of):
    if request.param == "memory":
        return open_store("memory://", NOWHERE)
    if request.param == "folder":
        return open_store(str(tmp_path / "store"), NOWHERE)
    server = store_server_of(request.param)
    return open_store(f"s3://{server.new_bucket()}/some/prefix", server.settings)


def at_once(count, work):
    """Run work(i) in threads that start together; return the results in order."""
    barrier = threading.Barrier(count)

    def started(index):
        barrier.wait()
        return work(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(started, range(count)))


class TestContract:
    @pytest.mark.parametrize(
        "read",
        [
            lambda store: store.get("a/missing"),
            lambda store: store.get_if_changed("a/missing", etag=None),
            lambda store: store.get_if_changed("a/missing", etag='"some"'),
            lambda store: store.head("a/missing"),
            lambda store: store.read_range("a/missing", start=0, stop=2, stamp="x"),
        ],
        ids=["get", "first", "later", "head", "range"],
    )
    def test_missing_key_is_named_with_its_store_and_nothing_is_made(self, store, tmp_path, read):
        with pytest.raises(KeyNotFoundError) as error:
            read(store)
        assert str(error.value) == f"{store.uri} has no object a/missing."
        assert list(tmp_path.iterdir()) == []

    def test_get_after_put_returns_the_bytes(self, store):
        store.put("a/b.bin", b"\x00\xff")
        stored = store.get("a/b.bin")
        assert (stored.key, stored.data) == ("a/b.bin", b"\x00\xff")

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda store, _: store.put("k", b"new"), id="put"),
            pytest.param(lambda store, etag: store.replace("k", b"new", etag=etag), id="replace"),
        ],
    )
    def test_get_if_changed_of_a_changed_object_is_what_get_returns(self, store, change):
        store.put("k", b"old")
        etag = store.get("k").etag
        change(store, etag)
        stored = store.get_if_changed("k", etag=etag)
        assert stored == store.get("k")
        assert stored.data == b"new"
        assert store.get_if_changed("k", etag=stored.etag) is None

    def test_get_if_changed_without_etag_reads_in_any_case(self, store):
        store.put("k", b"1")
        assert store.get_if_changed("k", etag=None) == store.get("k")

    @pytest.mark.parametrize("data", [b"second", LARGE], ids=["small", "large"])
    def test_put_new_over_another_object_changes_nothing(self, store, data):
        store.put_new("k", b"first")
        with pytest.raises(KeyExistsError):
            store.put_new("k", data)
        assert store.get("k").data == b"first"

    def test_put_new_by_many_at_once_lets_one_win(self, store):
        def attempt(index):
            try:
                store.put_new("k", b"%d" % index)
            except KeyExistsError:
                return None
            return b"%d" % index

        winners = [data for data in at_once(8, attempt) if data is not None]
        assert winners == [store.get("k").data]

    def test_list_returns_sorted_entries_of_whole_segments(self, store):
        for key in ("m/milk/b", "m/milk/a/c", "m/milk-x/a", "other"):
            store.put(key, b"12")
        assert store.list("m/milk") == [
            ObjectMetadata(key="m/milk/a/c", size=2),
            ObjectMetadata(key="m/milk/b", size=2),
        ]
        assert [entry.key for entry in store.list()] == [
            "m/milk-x/a",
            "m/milk/a/c",
            "m/milk/b",
            "other",
        ]

    def test_list_of_an_empty_store_is_empty(self, store):
        assert store.list() == []
        assert store.list("some/where") == []

    @pytest.mark.slow
    def test_list_of_more_than_a_page_is_complete(self, store):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda index: store.put(f"many/{index:04}", b""), range(1005)))
        assert len(store.list("many")) == 1005

    def test_replace_of_the_object_that_was_read_writes_it(self, store):
        store.put("k", b"1")
        store.replace("k", b"2", etag=store.get("k").etag)
        assert store.get("k").data == b"2"

    @pytest.mark.parametrize("data", [b"mine", LARGE], ids=["small", "large"])
    def test_replace_of_a_changed_object_changes_nothing(self, store, data):
        store.put("k", b"1")
        etag = store.get("k").etag
        store.put("k", b"theirs")
        with pytest.raises(KeyChangedError):
            store.replace("k", data, etag=etag)
        assert store.get("k").data == b"theirs"

    def test_replace_of_a_deleted_object_is_refused(self, store):
        store.put("k", b"1")
        etag = store.get("k").etag
        store.delete("k")
        with pytest.raises(KeyChangedError):
            store.replace("k", b"2", etag=etag)

    def test_replace_of_nothing_creates_once(self, store):
        store.replace("k", b"1", etag=None)
        with pytest.raises(KeyChangedError):
            store.replace("k", b"2", etag=None)
        assert store.get("k").data == b"1"

    def test_replace_by_many_at_once_loses_no_write(self, store):
        store.put("count", b"0")

        def count(_):
            done = 0
            while done < 5:
                stored = store.get("count")
                try:
                    store.replace("count", b"%d" % (int(stored.data) + 1), etag=stored.etag)
                except KeyChangedError:
                    continue
                done += 1

        at_once(8, count)
        assert store.get("count").data == b"40"

    def test_delete_twice_is_no_error(self, store):
        store.put("a/b", b"1")
        store.delete("a/b")
        store.delete("a/b")
        assert store.list() == []

    @pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "../a", "a/./b", "a/.."])
    def test_key_that_is_no_plain_path_is_refused(self, store, key):
        operations = (
            store.get,
            store.delete,
            lambda key: store.get_if_changed(key, etag=None),
            lambda key: store.put(key, b""),
        )
        for operation in operations:
            with pytest.raises(SettingError, match="single slashes"):
                operation(key)


def test_metadata_is_that_of_the_listing(store):
    store.put("a/b", b"0123456789")
    (listed,) = store.list()
    metadata = store.head("a/b")
    assert (metadata.key, metadata.size, metadata.stamp) == ("a/b", 10, listed.stamp)
    assert metadata.stamp


@pytest.mark.parametrize(
    ("start", "stop", "data"),
    [(0, 10, b"0123456789"), (2, 5, b"234"), (9, 10, b"9"), (8, 50, b"89")],
    ids=["all", "middle", "last", "beyond the end"],
)
def test_part_of_an_object_is_read(store, start, stop, data):
    store.put("a/b", b"0123456789")
    stamp = store.head("a/b").stamp
    assert store.read_range("a/b", start=start, stop=stop, stamp=stamp) == data


def test_part_of_an_object_that_was_replaced_is_not_read(store):
    store.put("a/b", b"0123456789")
    stamp = store.head("a/b").stamp
    store.put("a/b", b"012345678")
    with pytest.raises(KeyChangedError):
        store.read_range("a/b", start=0, stop=2, stamp=stamp)


keys = st.sampled_from(["a", "b/c", "b/d", "x y/ñ#1.csv"])
steps = st.lists(
    st.one_of(st.tuples(keys, st.binary(max_size=20)), st.tuples(keys, st.none())), max_size=12
)


@pytest.mark.parametrize("kind", ["memory", "folder"])
@given(steps=steps)
@hypothesis_settings(max_examples=40, deadline=None)
def test_store_after_any_puts_and_deletes_equals_a_dict(kind, steps):
    with tempfile.TemporaryDirectory() as place:
        store = open_store("memory://" if kind == "memory" else place, NOWHERE)
        model = {}
        for key, data in steps:
            if data is None:
                store.delete(key)
                model.pop(key, None)
            else:
                store.put(key, data)
                model[key] = data
        assert {entry.key: store.get(entry.key).data for entry in store.list()} == model


def test_store_package_imports_neither_pandas_nor_sklearn():
    script = (
        "import sys, milkprice.registry\n"
        "print({'pandas', 'sklearn', 'numpy', 'joblib'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"
