"""Ranged reads of an input file."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milkprice.batch.errors import BatchChangedError
from milkprice.batch.files import InputFile, RangeReader
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store

DATA = bytes(range(256)) * 512  # twice the tail that is fetched at once


def stored(store, data=DATA):
    store.put("a.bin", data)
    entry = store.head("a.bin")
    return InputFile(folder="f", key="a.bin", size=entry.size, stamp=entry.stamp, store=store)


@pytest.fixture(scope="module")
def file():
    return stored(open_store("memory://", StoreSettings()))


CALLS = st.lists(
    st.one_of(
        st.tuples(st.just("seek"), st.integers(0, len(DATA) + 9), st.just(0)),
        st.tuples(st.just("seek"), st.integers(-len(DATA), 0), st.just(2)),
        st.tuples(st.just("read"), st.integers(0, 2000)),
        st.tuples(st.just("read")),
        st.tuples(st.just("tell")),
    ),
    max_size=8,
)


@given(calls=CALLS)
def test_range_reader_of_a_whole_file_behaves_as_bytes_io(file, calls):
    reader, plain = RangeReader(file), io.BytesIO(DATA)
    for name, *arguments in calls:
        assert getattr(reader, name)(*arguments) == getattr(plain, name)(*arguments)


@given(start=st.integers(0, len(DATA)), length=st.integers(0, len(DATA)))
def test_range_reader_buffered_gives_the_bytes_of_the_range(file, start, length):
    stop = min(start + length, len(DATA))
    assert io.BufferedReader(RangeReader(file, start, stop)).read() == DATA[start:stop]


@pytest.mark.parametrize("kind", ["folder", pytest.param("minio", marks=pytest.mark.minio)])
def test_range_reader_of_a_replaced_or_deleted_file_raises(kind, tmp_path, request):
    if kind == "folder":
        store = open_store(str(tmp_path), StoreSettings())
    else:
        server = request.getfixturevalue("minio")
        store = open_store(f"s3://{request.getfixturevalue('bucket')}", server.settings)
    file = stored(store)
    reader = RangeReader(file)
    assert reader.read(5) == DATA[:5]
    store.put("a.bin", DATA[1:])
    with pytest.raises(BatchChangedError, match=r"f/a\.bin was changed or deleted"):
        reader.read(5)
    store.delete("a.bin")
    with pytest.raises(BatchChangedError):
        reader.read(5)
