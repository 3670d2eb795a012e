#!/bin/sh
# A file that obstore.open_reader has open gives the beginning of one version and the end of another
# when the object is replaced in between: each MiB that it reads ahead is a request of its own, with
# no condition on the ETag of the object whose size it asked for as it was opened. A model or a table
# of the same size is read to its end, made of two, without an error; of a longer one the end is cut
# off, a shorter one is an error of a range. The files of obstore.fsspec are these readers. A get that
# is streamed keeps to the version it began with, and so does a file of Python's that is replaced.
# A good guess is one version to the end, or a PreconditionError: get takes if_match.
#
# Versions: obstore 0.12.1, fsspec 2026.9.0, Python 3.11.
# Seen (1 December 2026), of 3 MiB of "a", replaced by 3, 2 or 4 MiB of "b" after the first MiB was
# read, in a folder and in memory:
#   open_reader: a b b, a b OSError, a b b
#   open of fsspec: a b b, a b OSError, a b b
#   get, streamed: a a a, a a a, a a a
#   open of Python: a a a, a a a, a a a
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check obstore==0.12.1 fsspec==2026.9.0
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import io
import sys

import obstore
from obstore.fsspec import FsspecStore
from obstore.store import LocalStore, MemoryStore

MIB = 2**20
FOLDER = f"{sys.argv[1]}/registry"
STORES = {"memory": MemoryStore(), "folder": LocalStore(FOLDER, mkdir=True)}
MIXED, WHOLE = ("a b b", "a b OSError", "a b b"), ("a a a", "a a a", "a a a")


def pieces(read):
    """Read a MiB at a time: by one call each, or out of a stream's chunks."""
    while piece := bytes(read(MIB)):
        yield piece


def stream(store):
    chunks = iter(obstore.get(store, "model").stream(min_chunk_size=MIB))
    for chunk in chunks:
        yield from pieces(io.BytesIO(bytes(chunk)).read)


WAYS = {
    "open_reader": (STORES, lambda store: pieces(obstore.open_reader(store, "model").read)),
    "open of fsspec": (
        ("folder",), lambda _: pieces(FsspecStore("file").open(f"{FOLDER}/model", "rb").read)
    ),
    "get, streamed": (STORES, stream),
    "open of Python": (("folder",), lambda _: pieces(open(f"{FOLDER}/model", "rb").read)),
}
EXPECTED = {"open_reader": MIXED, "open of fsspec": MIXED, "get, streamed": WHOLE}
EXPECTED["open of Python"] = WHOLE


def outcome(store, read, size):
    obstore.put(store, "model", b"a" * 3 * MIB)
    rest = read(store)
    letters = [*set(next(rest).decode())]
    obstore.put(store, "model", b"b" * size * MIB)
    try:
        for piece in rest:
            letters += set(piece.decode())
    except OSError:
        letters.append("OSError")
    return " ".join(letters)


holds = True
for way, (names, read) in WAYS.items():
    for name in names:
        seen = tuple(outcome(STORES[name], read, size) for size in (3, 2, 4))
        print(f"{way}, {name}: {', '.join(seen)}")
        holds &= seen == EXPECTED[way]
sys.exit(not holds)
PYTHON
