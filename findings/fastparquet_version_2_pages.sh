#!/bin/sh
# fastparquet's documented way to read one row group, ParquetFile.read_row_group_file, gives columns
# that were never filled when the file has version-2 data pages: its argument row_filter defaults to
# False, and the decoder of version-2 pages takes anything but None as an index of rows to keep,
# where False keeps none of them. There is no error: the array is handed out as it was allocated, so
# the numbers are other ones at each run. row_filter=None reads right, and so does to_pandas(), which
# passes None. Version-1 pages read right either way.
#
# Versions: fastparquet 2026.9.0, pyarrow 26.0.0, pandas 2.3.3, Python 3.11.
# Seen:
#   version 1.0, default:         equal
#   version 1.0, row_filter=None: equal
#   version 2.0, default:         not equal, no error
#   version 2.0, row_filter=None: equal
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
    fastparquet==2026.9.0 pyarrow==26.0.0 pandas==2.3.3
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from fastparquet import ParquetFile

values = np.arange(1.0, 1001.0)
seen = {}
for version in ("1.0", "2.0"):
    path = str(Path(sys.argv[1]) / f"version-{version}.parquet")
    pq.write_table(pa.table({"x": values}), path, data_page_version=version)
    file = ParquetFile(path)
    for name, options in (("default", {}), ("row_filter=None", {"row_filter": None})):
        table = file.read_row_group_file(file.row_groups[0], ["x"], [], index=False, **options)
        same = bool((table["x"].to_numpy() == values).all())
        seen[version, name] = same
        print(f"version {version}, {name + ':':<16} {'equal' if same else 'not equal, no error'}")
expected = {(v, n): (v, n) != ("2.0", "default") for v, n in seen}
sys.exit("not as described any more" if seen != expected else 0)
PYTHON
