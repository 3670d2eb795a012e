#!/bin/sh
# Integers of 32 bits whose steps from row to row span more than 32 bits (ids, hashes, in no order),
# written by DuckDB with PARQUET_VERSION V2, cannot be read by PyArrow: DuckDB takes the steps in 64
# bits and packs them with up to 33 bits each, PyArrow takes no more bits than the type has. The
# format's page on DELTA_BINARY_PACKED leaves room for the one and advises against it, and Polars and
# DuckDB itself read the file. A good guess is that a file of plain integers can be read everywhere,
# whatever its version: with V1, the default, it can, and with V2 as long as the ids are in order.
#
# Versions: duckdb 2.0.1, pyarrow 26.0.1, polars 2.1.0, Python 3.11.
# Seen (29 November 2026):
#   V1 by pyarrow: equal
#   V2 by pyarrow: OSError: delta bit width larger than integer bit width
#   V2 by polars:  equal
#   V2 by duckdb:  equal
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
    duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import duckdb
import polars
from pyarrow import parquet

QUERY = "SELECT (i * 2654435761 % 4294967296 - 2147483648)::INTEGER AS id FROM range(2000) t(i)"
VALUES = [row[0] for row in duckdb.sql(QUERY).fetchall()]
READERS = {
    "pyarrow": lambda path: parquet.read_table(path)["id"].to_pylist(),
    "polars": lambda path: polars.read_parquet(path)["id"].to_list(),
    "duckdb": lambda path: [row[0] for row in duckdb.sql(f"FROM '{path}'").fetchall()],
}
REFUSED = "OSError: delta bit width larger than integer bit width"
EXPECTED = {
    ("V1", "pyarrow"): "equal",
    ("V2", "pyarrow"): REFUSED,
    ("V2", "polars"): "equal",
    ("V2", "duckdb"): "equal",
}

seen = {}
for version, reader in EXPECTED:
    path = f"{sys.argv[1]}/{version}.parquet"
    duckdb.sql(f"COPY ({QUERY}) TO '{path}' (PARQUET_VERSION {version})")
    try:
        seen[version, reader] = "equal" if READERS[reader](path) == VALUES else "not equal"
    except OSError as error:
        seen[version, reader] = f"OSError: {error}"
    print(f"{version} by {reader}: {seen[version, reader]}")
sys.exit(seen != EXPECTED)
PYTHON
