#!/bin/sh
# KServe makes a table of a request whose inputs are its columns (content_type "pd") of their data
# alone; the shape and the datatype that each input declares, which the protocol demands, play no part.
# Inputs of different lengths are laid side by side and filled up with NaN, so that a model which takes
# missing values, as gradient boosting does, answers a price for a row that nobody sent, with status
# 200; a matrix of two rows of two is four rows; an FP64 column of whole numbers is one of integers, an
# INT32 column of 1.7 is one of 1.7. The same input read by as_numpy() has its shape and its datatype,
# and is an error where the two do not go together.
# A good guess is that one value beside three is repeated, or refused, and that datatypes are kept.
#
# Versions: kserve 0.21.0, pandas 2.3.3, numpy 2.4.6, Python 3.11.
# Seen (1 December 2026), as a table and by as_numpy():
#   FP64 [3] and FP64 [1]: 3 rows of float64 and float64, the second [9.0, nan, nan]
#   FP64 [2, 2]: 4 rows of float64; as_numpy: 2 x 2 of float64
#   FP64 [2] of whole numbers: 2 rows of int64; as_numpy: 2 of float64
#   INT32 [2] of fractions: 2 rows of float64; as_numpy: 2 of int32
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check kserve==0.21.0 pandas==2.3.3 \
    numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import json
import math
import sys

from kserve import InferRequest
from kserve.utils.utils import get_predict_input


def column(name, shape, datatype, data):
    return {"name": name, "shape": shape, "datatype": datatype, "data": data}


PRICES = column("price", [3], "FP64", [320.5, 331.5, 318.5])
CASES = {
    "FP64 [3] and FP64 [1]": (PRICES, column("fat", [1], "FP64", [9.0])),
    "FP64 [2, 2]": (column("price", [2, 2], "FP64", [1.5, 2.5, 3.5, 4.5]),),
    "FP64 [2] of whole numbers": (column("price", [2], "FP64", [320, 331]),),
    "INT32 [2] of fractions": (column("lag", [2], "INT32", [1.7, 2.7]),),
}
EXPECTED = {
    "FP64 [3] and FP64 [1]": (3, ["float64", "float64"], [3], "float64"),
    "FP64 [2, 2]": (4, ["float64"], [2, 2], "float64"),
    "FP64 [2] of whole numbers": (2, ["int64"], [2], "float64"),
    "INT32 [2] of fractions": (2, ["float64"], [2], "int32"),
}


def request(inputs):
    body = json.dumps({"inputs": inputs, "parameters": {"content_type": "pd"}}).encode()
    return InferRequest.from_bytes(body, len(body), "prices")


seen = {}
for case, inputs in CASES.items():
    table = get_predict_input(request(inputs))
    array = request(inputs).inputs[0].as_numpy()
    types = [str(kind) for kind in table.dtypes]
    seen[case] = (len(table), types, list(array.shape), str(array.dtype))
    print(f"{case}: {len(table)} rows of {types}; as_numpy: {array.shape} of {array.dtype}")
    if len(inputs) == 2:
        fat = table["fat"].tolist()
        print(f"  the second: {fat}")
        seen[case] += () if fat[0] == 9.0 and all(map(math.isnan, fat[1:])) else ("other",)
sys.exit(seen != EXPECTED)
PYTHON
