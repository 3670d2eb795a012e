#!/bin/sh
# fastparquet writes timestamps as INT96 (times="int96", what old Spark and Impala read) as if every
# column were in nanoseconds. pandas 2 has columns in seconds, milliseconds and microseconds too, and
# gives them for dates that come from Arrow: their counts are written as nanoseconds, so that 2020
# becomes the first hours of 1970. There is no error, and fastparquet reads the same wrong time back.
# A good guess is that a library that knows the unit of the column, and converts it for
# times="int64", the default, does so here too.
#
# Versions: fastparquet 2026.9.0, pandas 2.3.3, Python 3.11.
# Seen (29 November 2026), of 2020-01-05:
#   int64, datetime64[ns]: 2020-01-05 00:00:00
#   int64, datetime64[ms]: 2020-01-05 00:00:00
#   int96, datetime64[ns]: 2020-01-05 00:00:00
#   int96, datetime64[ms]: 1970-01-01 00:26:18.182400
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check fastparquet==2026.9.0 pandas==2.3.3
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import fastparquet
import pandas as pd

DAY = "2020-01-05 00:00:00"
EXPECTED = {
    ("int64", "datetime64[ns]"): DAY,
    ("int64", "datetime64[ms]"): DAY,
    ("int96", "datetime64[ns]"): DAY,
    ("int96", "datetime64[ms]"): "1970-01-01 00:26:18.182400",
}

seen = {}
for times, unit in EXPECTED:
    path = f"{sys.argv[1]}/{times}.parquet"
    fastparquet.write(path, pd.DataFrame({"day": pd.to_datetime([DAY]).astype(unit)}), times=times)
    seen[times, unit] = str(fastparquet.ParquetFile(path).to_pandas()["day"][0])
    print(f"{times}, {unit}: {seen[times, unit]}")
sys.exit(seen != EXPECTED)
PYTHON
