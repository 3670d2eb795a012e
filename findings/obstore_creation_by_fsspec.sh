#!/bin/sh
# fsspec has an exclusive way to write, pipe_file and put_file with mode="create": where there is an
# object already, says its documentation, FileExistsError is raised. The file systems of obstore.fsspec
# take the argument, drop it, and replace the object without a word (S3's as those below), though
# obstore's own put has the same mode and keeps to it on the same store. fsspec's own local files keep
# to it in pipe_file and drop it in put_file. So the lock, the version or the manifest that one writer
# alone is to make is made by every one of them, once an unchanged program is given other files.
# A good guess is FileExistsError, or an error for a mode that is not there, as open() with "xb" is one.
#
# Versions: obstore 0.12.1, fsspec 2026.9.0, Python 3.11.
# Seen (1 December 2026):
#   memory of fsspec: pipe_file FileExistsError, put_file FileExistsError
#   file of fsspec: pipe_file FileExistsError, put_file replaced
#   memory of obstore: pipe_file replaced, put_file replaced; obstore's put: AlreadyExistsError
#   file of obstore: pipe_file replaced, put_file replaced; obstore's put: AlreadyExistsError
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check obstore==0.12.1 fsspec==2026.9.0
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from pathlib import Path

import fsspec
import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.fsspec import FsspecStore
from obstore.store import LocalStore, MemoryStore

FOLDER = Path(sys.argv[1])
FILE = f"{FOLDER}/version"
SYSTEMS = {
    "memory of fsspec": (fsspec.filesystem("memory"), "/version"),
    "file of fsspec": (fsspec.filesystem("file"), FILE),
    "memory of obstore": (FsspecStore("memory"), "version"),
    "file of obstore": (FsspecStore("file"), FILE),
}
STORES = {"memory of obstore": MemoryStore(), "file of obstore": LocalStore(FOLDER)}
EXPECTED = {
    "memory of fsspec": ("FileExistsError", "FileExistsError"),
    "file of fsspec": ("FileExistsError", "replaced"),
    "memory of obstore": ("replaced", "replaced"),
    "file of obstore": ("replaced", "replaced"),
}
SECOND = FOLDER / "second"
SECOND.write_bytes(b"second")


def outcome(files, path, create):
    files.pipe_file(path, b"first")
    try:
        create()
    except FileExistsError:
        return "FileExistsError"
    return "replaced" if files.cat_file(path) == b"second" else "kept"


def outcomes(files, path):
    return (
        outcome(files, path, lambda: files.pipe_file(path, b"second", mode="create")),
        outcome(files, path, lambda: files.put_file(str(SECOND), path, mode="create")),
    )


def put(store):
    obstore.put(store, "version", b"first")
    try:
        obstore.put(store, "version", b"second", mode="create")
    except AlreadyExistsError:
        return "AlreadyExistsError"
    return "replaced"


seen = {name: outcomes(*system) for name, system in SYSTEMS.items()}
own = {name: put(store) for name, store in STORES.items()}
for name, (piped, sent) in seen.items():
    compared = f"; obstore's put: {own[name]}" if name in own else ""
    print(f"{name}: pipe_file {piped}, put_file {sent}{compared}")
sys.exit(seen != EXPECTED or set(own.values()) != {"AlreadyExistsError"})
PYTHON
