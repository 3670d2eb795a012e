#!/bin/sh
# arro3's Array, given an array of numpy, takes the bytes as they lie: an array of the other byte order,
# as GRIB, FITS and classic netCDF files of weather hold their numbers, becomes other numbers, 320
# litres 4,611,967,493,404,098,560 and 320.5 a price next to nothing; a masked array loses its mask,
# and the filler below is a value; a missing time (NaT) is a day of the year 1677. Nothing is null and
# there is no error, though an array whose elements lie apart is refused. Array(numbers), the
# constructor, does as from_numpy does.
# A good guess is numbers as numpy shows them, as from Polars, or an error, as PyArrow's for the byte
# order; both give null for a mask and for NaT.
#
# Versions: arro3-core 0.9.1, numpy 2.4.6, pyarrow 26.0.1, polars 2.1.0, Python 3.11, on
# x86-64.
# Seen (1 December 2026):
#   >i8 [320]: arro3 [4611967493404098560], pyarrow ArrowNotImplementedError, polars [320]
#   >f8 [320.5]: arro3 [2.73736e-318], pyarrow ArrowNotImplementedError, polars [320.5]
#   masked [320.5, --]: arro3 [320.5, -999.0], pyarrow [320.5, None], polars [320.5, None]
#   [NaT]: arro3 1 value, 0 null, pyarrow [None], polars [None]
#   every other one of [1, 2, 3]: arro3 ValueError, pyarrow [1, 3], polars [1, 3]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check arro3-core==0.9.1 numpy==2.4.6 \
    pyarrow==26.0.1 polars==2.1.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import arro3.core
import numpy as np
import polars
import pyarrow

SWAPPED = "<>"[sys.byteorder == "little"]
WHOLE, PRICES = np.array([320]), np.array([320.5])
ARRAYS = {
    ">i8 [320]": WHOLE.astype(f"{SWAPPED}i8"),
    ">f8 [320.5]": PRICES.astype(f"{SWAPPED}f8"),
    "masked [320.5, --]": np.ma.array([320.5, -999.0], mask=[False, True]),
    "[NaT]": np.array(["NaT"], "datetime64[ns]"),
    "every other one of [1, 2, 3]": np.array([1, 2, 3])[::2],
}
MAKERS = {
    "arro3": lambda array: pyarrow.array(arro3.core.Array.from_numpy(array)),
    "pyarrow": pyarrow.array,
    "polars": lambda array: polars.Series(array).to_arrow(),
}
REFUSED = "ArrowNotImplementedError"
EXPECTED = {
    ">i8 [320]": ([4611967493404098560], REFUSED, [320]),
    ">f8 [320.5]": (PRICES.byteswap().tolist(), REFUSED, [320.5]),
    "masked [320.5, --]": ([320.5, -999.0], [320.5, None], [320.5, None]),
    "[NaT]": ("1 value, 0 null", [None], [None]),
    "every other one of [1, 2, 3]": ("ValueError", [1, 3], [1, 3]),
}


def outcome(make, array):
    try:
        made = make(array)
    except (ValueError, pyarrow.ArrowNotImplementedError) as error:
        return type(error).__name__
    if pyarrow.types.is_timestamp(made.type) and made.null_count == 0:
        return f"{len(made)} value, {made.null_count} null"
    return made.to_pylist()


holds = True
for name, array in ARRAYS.items():
    seen = tuple(outcome(make, array) for make in MAKERS.values())
    print(f"{name}: " + ", ".join(f"{maker} {found}" for maker, found in zip(MAKERS, seen)))
    holds &= seen == EXPECTED[name]
    if array.dtype.kind in "if" and seen[0] != "ValueError":
        holds &= pyarrow.array(arro3.core.Array(array)).to_pylist() == seen[0]
sys.exit(not holds)
PYTHON
