#!/bin/sh
# PyArrow writes a category (a column of dictionary type) in DELTA_BYTE_ARRAY or
# DELTA_LENGTH_BYTE_ARRAY, the encodings of column_encoding= for names that are sorted or alike, and
# cannot read its own file: the Arrow schema that it stores beside the data asks for the dictionary
# type again, and the decoders of these two encodings cannot make one. Only the reader says so, once
# the data is gone. Text in the same encodings is read, and so is the category in PLAIN, or written
# with store_schema=False; Polars reads every one of the files.
# A good guess is that a table that was written without a word is read by the same library, and that
# an encoding that is there for text is there for a category of text.
#
# Versions: pyarrow 26.0.1, polars 2.1.0, Python 3.11.
# Seen (30 November 2026):
#   text in DELTA_BYTE_ARRAY, by pyarrow: equal
#   category in PLAIN, by pyarrow: equal
#   category in DELTA_LENGTH_BYTE_ARRAY, by pyarrow: OSError, Not yet implemented
#   category in DELTA_BYTE_ARRAY, by pyarrow: OSError, Not yet implemented
#   category in DELTA_BYTE_ARRAY, by polars: equal
#   category in DELTA_BYTE_ARRAY, store_schema=False, by pyarrow: equal
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pyarrow==26.0.1 polars==2.1.0
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import polars
import pyarrow
from pyarrow import parquet

NAMES = ["Osorno", "Paillaco", "Purranque", None] * 50
TEXT = pyarrow.array(NAMES)
COLUMNS = {"text": TEXT, "category": TEXT.dictionary_encode()}
READERS = {
    "pyarrow": lambda path: parquet.read_table(path)["place"].to_pylist(),
    "polars": lambda path: polars.read_parquet(path)["place"].to_list(),
}
REFUSED = "OSError, Not yet implemented"
EXPECTED = {
    ("text", "DELTA_BYTE_ARRAY", True, "pyarrow"): "equal",
    ("category", "PLAIN", True, "pyarrow"): "equal",
    ("category", "DELTA_LENGTH_BYTE_ARRAY", True, "pyarrow"): REFUSED,
    ("category", "DELTA_BYTE_ARRAY", True, "pyarrow"): REFUSED,
    ("category", "DELTA_BYTE_ARRAY", True, "polars"): "equal",
    ("category", "DELTA_BYTE_ARRAY", False, "pyarrow"): "equal",
}

seen = {}
for case in EXPECTED:
    column, encoding, schema, reader = case
    path = f"{sys.argv[1]}/places.parquet"
    parquet.write_table(
        pyarrow.table({"place": COLUMNS[column]}),
        path,
        use_dictionary=False,
        column_encoding={"place": encoding},
        store_schema=schema,
    )
    try:
        seen[case] = "equal" if READERS[reader](path) == NAMES else "not equal"
    except OSError as error:
        seen[case] = "OSError, " + str(error).split(":")[0]
    stored = "" if schema else ", store_schema=False"
    print(f"{column} in {encoding}{stored}, by {reader}: {seen[case]}")
sys.exit(seen != EXPECTED)
PYTHON
