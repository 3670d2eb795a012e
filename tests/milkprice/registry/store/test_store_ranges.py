"""Parts of objects, over memory, a folder and a real MinIO."""

import pytest

from milkprice.registry.errors import KeyChangedError, KeyNotFoundError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store


@pytest.fixture(params=["memory", "folder", pytest.param("minio", marks=pytest.mark.minio)])
def store(request, tmp_path):
    if request.param == "memory":
        return open_store("memory://", StoreSettings())
    if request.param == "folder":
        return open_store(str(tmp_path / "store"), StoreSettings())
    server = request.getfixturevalue("minio")
    return open_store(f"s3://{request.getfixturevalue('bucket')}/some/prefix", server.settings)


def test_entry_is_the_one_of_the_listing(store):
    store.put("a/b", b"0123456789")
    (listed,) = store.list()
    found = store.head("a/b")
    assert (found.key, found.size, found.stamp) == ("a/b", 10, listed.stamp)
    assert found.stamp


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


def test_missing_object_is_named_and_nothing_is_made(store, tmp_path):
    with pytest.raises(KeyNotFoundError, match="a/b"):
        store.head("a/b")
    with pytest.raises(KeyNotFoundError, match="a/b"):
        store.read_range("a/b", start=0, stop=2, stamp="x")
    assert list(tmp_path.iterdir()) == []
