#!/bin/sh
# pyarrow.table(data, schema=...) and pyarrow.array(data, type=...) of an object of arro3 turn what does
# not fit the type that was asked for into null, and 2.5 litres into 2, without an error. PyArrow hands
# the schema to the other library, as the interface of Arrow's capsules provides for, arro3 casts by
# the rule of Rust's Arrow ("safe" there means null instead of an error), and PyArrow, which finds the
# types it wanted, has nothing left to check. The listings of obstore are batches of arro3 too: sizes,
# which are never null there, are null where the column is too narrow.
# A good guess is that it raises ArrowInvalid, as PyArrow does for the very same table when it comes
# from Polars, DuckDB or from PyArrow itself.
#
# Versions: arro3-core 0.9.1, pyarrow 26.0.1, polars 2.1.0, duckdb 2.0.1, obstore 0.12.1, Python 3.11.
# Seen (1 December 2026):
#   sizes as int8, from polars: ArrowInvalid
#   sizes as int8, from duckdb: ArrowInvalid
#   sizes as int8, from pyarrow: ArrowInvalid
#   sizes as int8, from arro3: [1, None]
#   prices as double, from arro3: [312.5, None]
#   litres as int64, from arro3: [1, 2]
#   listing of obstore, sizes as int8: [1, None]
# of [1, 300], ["312.5", "312,5"] and [1.0, 2.5]; prices and litres from the others as the sizes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check arro3-core==0.9.1 pyarrow==26.0.1 \
    polars==2.1.0 duckdb==2.0.1 obstore==0.12.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import arro3.core
import duckdb
import obstore
import polars
import pyarrow
from obstore.store import MemoryStore

TABLE = pyarrow.table({"sizes": [1, 300], "prices": ["312.5", "312,5"], "litres": [1.0, 2.5]})
TYPES = {"sizes": pyarrow.int8(), "prices": pyarrow.float64(), "litres": pyarrow.int64()}
FOUND = {"sizes": [1, None], "prices": [312.5, None], "litres": [1, 2]}


class Stream:
    """A table of PyArrow by its capsule alone, as another library shows its own."""

    def __init__(self, table):
        self.__arrow_c_stream__ = table.__arrow_c_stream__


PRODUCERS = {
    "polars": polars.from_arrow,
    "duckdb": lambda table: duckdb.from_arrow(table),
    "pyarrow": Stream,
    "arro3": arro3.core.Table.from_arrow,
}


def outcome(read):
    try:
        return read().to_pylist()
    except pyarrow.ArrowInvalid:
        return "ArrowInvalid"


def read(producer, column):
    data = PRODUCERS[producer](TABLE.select([column]))
    return pyarrow.table(data, schema=pyarrow.schema({column: TYPES[column]}))[column]


def listed():
    store = MemoryStore()
    for name, size in (("a", 1), ("b", 300)):
        obstore.put(store, name, bytes(size))
    sizes = obstore.list(store, return_arrow=True).collect().column("size")
    return pyarrow.chunked_array([pyarrow.array(sizes, type=pyarrow.int8())])


expected = {(producer, column): "ArrowInvalid" for producer in PRODUCERS for column in TYPES}
expected |= {("arro3", column): values for column, values in FOUND.items()}
seen = {case: outcome(lambda case=case: read(*case)) for case in expected}
for (producer, column), found in seen.items():
    print(f"{column} as {TYPES[column]}, from {producer}: {found}")
sizes = outcome(listed)
print(f"listing of obstore, sizes as int8: {sizes}")
sys.exit(seen != expected or sizes != [1, None])
PYTHON
