#!/bin/sh
# PyArrow's ceil_temporal moves a date that is the first of a month already to the first of the next
# month, and likewise for quarters and years; for weeks, days and all shorter units it leaves it where
# it is. Its option ceil_is_strictly_greater, False by default, is there to choose between the two and
# changes nothing for months, quarters and years. Monthly prices, each dated the first of its month,
# that are brought to "the first of the month on or after" are all one month late, without an error;
# so a ceiling taken twice is another one, and a ceiling minus the floor is never zero.
# A good guess is that a ceiling of what is on the boundary is the same date, as it is for days.
#
# Versions: pyarrow 26.0.1, Python 3.11.
# Seen (1 December 2026), of 2018-01-01, which is a Monday too:
#   week: 2018-01-01, strictly greater: 2018-01-08
#   day: 2018-01-01, strictly greater: 2018-01-02
#   month: 2018-02-01, strictly greater: 2018-02-01
#   quarter: 2018-04-01, strictly greater: 2018-04-01
#   year: 2019-01-01, strictly greater: 2019-01-01
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime

import pyarrow
import pyarrow.compute

DAY = pyarrow.array([datetime(2018, 1, 1)])
EXPECTED = {
    "week": ("2018-01-01", "2018-01-08"),
    "day": ("2018-01-01", "2018-01-02"),
    "month": ("2018-02-01", "2018-02-01"),
    "quarter": ("2018-04-01", "2018-04-01"),
    "year": ("2019-01-01", "2019-01-01"),
}


def ceiling(unit, strictly):
    found = pyarrow.compute.ceil_temporal(DAY, unit=unit, ceil_is_strictly_greater=strictly)
    return str(found[0].as_py().date())


seen = {unit: (ceiling(unit, False), ceiling(unit, True)) for unit in EXPECTED}
for unit, (default, strictly) in seen.items():
    print(f"{unit}: {default}, strictly greater: {strictly}")
sys.exit(seen != EXPECTED)
PYTHON
