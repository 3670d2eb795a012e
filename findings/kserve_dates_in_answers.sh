#!/bin/sh
# A table with a column of dates, answered by a model of KServe over the Open Inference Protocol, is an
# output of datatype BYTES whose texts depend on the unit in which pandas happens to hold the column:
# dates in microseconds or seconds, as Arrow and pandas 3 give them, are "2020-01-01 00:00:00", the
# same dates in nanoseconds, as pandas 2 reads them from text, are "1577836800000000000". Nothing in
# the answer says which. A missing date is the text "None", a missing name "None", "nan" or "<NA>" by
# the value that stands for it, all with status 200: a client gets a region of that name.
# A good guess is an error, since the protocol has no dates, as a column with a time zone or of a
# category is one, or else one text for one date; and null, or an error, for what is missing.
#
# Versions: kserve 0.21.0, pandas 2.3.3, numpy 2.4.6, Python 3.11.
# Seen (1 December 2026):
#   datetime64[ns]: BYTES ['1577836800000000000', 'None']
#   datetime64[us]: BYTES ['2020-01-01 00:00:00', 'None']
#   datetime64[s]: BYTES ['2020-01-01 00:00:00', 'None']
#   datetime64[ns, UTC]: TypeError
#   category: TypeError
#   names: BYTES ['Osorno', 'None', 'nan', '<NA>']
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check kserve==0.21.0 pandas==2.3.3 \
    numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys

import pandas as pd
from kserve import InferInput, InferRequest
from kserve.utils.utils import get_predict_response

DATES = pd.Series(pd.to_datetime(["2020-01-01", None]))
COLUMNS = {unit: DATES.astype(unit) for unit in ("datetime64[ns]", "datetime64[us]", "datetime64[s]")}
COLUMNS |= {
    "datetime64[ns, UTC]": DATES.dt.tz_localize("UTC"),
    "category": DATES.astype("category"),
    "names": pd.Series(["Osorno", None, float("nan"), pd.NA], dtype=object),
}
TEXTS = ("BYTES", ["2020-01-01 00:00:00", "None"])
EXPECTED = {
    "datetime64[ns]": ("BYTES", ["1577836800000000000", "None"]),
    "datetime64[us]": TEXTS,
    "datetime64[s]": TEXTS,
    "datetime64[ns, UTC]": "TypeError",
    "category": "TypeError",
    "names": ("BYTES", ["Osorno", "None", "nan", "<NA>"]),
}
REQUEST = InferRequest("prices", [InferInput("row", [1], "FP64", [1.0])])


def outcome(column):
    try:
        response = get_predict_response(REQUEST, pd.DataFrame({"column": column}), "prices")
    except TypeError:
        return "TypeError"
    body, _ = response.to_rest()
    output = json.loads(json.dumps(body))["outputs"][0]
    return output["datatype"], output["data"]


seen = {name: outcome(column) for name, column in COLUMNS.items()}
for name, found in seen.items():
    print(f"{name}: {found if isinstance(found, str) else ' '.join(map(str, found))}")
sys.exit(seen != EXPECTED)
PYTHON
