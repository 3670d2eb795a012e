"""A part of a stored file, read as a file."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milkprice.batch.errors import BatchChangedError
from milkprice.batch.files import InputFile, RangeReader
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store

DATA = bytes(range(256)) * 512  # twice what is read of an end at once


def stored(store, data=DATA):
    store.put("a.bin", data)
    entry = store.head("a.bin")
    return InputFile(folder="f", key="a.bin", size=entry.size, stamp=entry.stamp, store=store)


@pytest.fixture(scope="module")
def file():
    return stored(open_store("memory://", StoreSettings()))


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("seek"), st.integers(0, len(DATA) + 9), st.just(0)),
        st.tuples(st.just("seek"), st.integers(-len(DATA), 0), st.just(2)),
        st.tuples(st.just("read"), st.integers(0, 2000)),
        st.tuples(st.just("read")),
        st.tuples(st.just("tell")),
    ),
    max_size=8,
)


@given(moves=MOVES)
def test_window_of_a_whole_file_is_the_file(file, moves):
    window, plain = RangeReader(file), io.BytesIO(DATA)
    for name, *arguments in moves:
        assert getattr(window, name)(*arguments) == getattr(plain, name)(*arguments)


@given(start=st.integers(0, len(DATA)), length=st.integers(0, len(DATA)), front=st.binary())
def test_part_is_read_after_the_front(file, start, length, front):
    stop = min(start + length, len(DATA))
    window = io.BufferedReader(RangeReader(file, start, stop, front=front))
    assert window.read() == front + DATA[start:stop]


@pytest.mark.parametrize("kind", ["folder", pytest.param("minio", marks=pytest.mark.minio)])
def test_file_that_was_replaced_or_taken_away_is_not_read_on(kind, tmp_path, request):
    if kind == "folder":
        store = open_store(str(tmp_path), StoreSettings())
    else:
        server = request.getfixturevalue("minio")
        store = open_store(f"s3://{request.getfixturevalue('bucket')}", server.settings)
    file = stored(store)
    window = RangeReader(file)
    assert window.read(5) == DATA[:5]
    store.put("a.bin", DATA[1:])
    with pytest.raises(BatchChangedError, match=r"f/a\.bin changed"):
        window.read(5)
    store.delete("a.bin")
    with pytest.raises(BatchChangedError, match="went away"):
        window.read(5)
