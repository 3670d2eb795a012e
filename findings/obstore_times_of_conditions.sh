#!/bin/sh
# The time that obstore gives of an object in a folder or in memory is not good for its own conditions:
# get with if_unmodified_since and the last_modified of a head or of a listing is a PreconditionError
# although nothing was written since, and if_modified_since with it reads the whole object again
# instead of NotModifiedError. A folder counts nanoseconds, Python's datetime microseconds, so what
# comes back is a little earlier than what is kept, all but once in a thousand times. Those that S3
# gives are whole seconds and are good. A program that reads on this condition works against S3 and
# fails, each time, against the folder its tests use; one that polls for changes sees one each time.
# A good guess is that a time is compared in the precision in which it was given.
#
# Versions: obstore 0.12.1, Python 3.11.
# Seen (1 December 2026), of a file written at a whole second and so many nanoseconds:
#   0 ns: if_unmodified_since read, if_modified_since NotModifiedError
#   5000 ns: if_unmodified_since read, if_modified_since NotModifiedError
#   5001 ns: if_unmodified_since PreconditionError, if_modified_since read
#   999999999 ns: if_unmodified_since PreconditionError, if_modified_since read
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check obstore==0.12.1
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import os
import sys

import obstore
from obstore.exceptions import NotModifiedError, PreconditionError
from obstore.store import LocalStore

SECOND = 1_780_000_000 * 10**9
KEPT, CHANGED = ("read", "NotModifiedError"), ("PreconditionError", "read")
EXPECTED = {0: KEPT, 5_000: KEPT, 5_001: CHANGED, 999_999_999: CHANGED}
CONDITIONS = ("if_unmodified_since", "if_modified_since")

FOLDER = f"{sys.argv[1]}/registry"
store = LocalStore(FOLDER, mkdir=True)
obstore.put(store, "champion", b"milk")


def outcome(condition):
    modified = obstore.head(store, "champion")["last_modified"]
    assert [modified] == [one["last_modified"] for one in obstore.list(store).collect()]
    try:
        obstore.get(store, "champion", options={condition: modified})
    except (NotModifiedError, PreconditionError) as error:
        return type(error).__name__
    return "read"


seen = {}
for nanoseconds in EXPECTED:
    os.utime(f"{FOLDER}/champion", ns=(SECOND + nanoseconds, SECOND + nanoseconds))
    seen[nanoseconds] = tuple(outcome(condition) for condition in CONDITIONS)
    print(f"{nanoseconds} ns: " + ", ".join(map(" ".join, zip(CONDITIONS, seen[nanoseconds]))))
sys.exit(seen != EXPECTED)
PYTHON
