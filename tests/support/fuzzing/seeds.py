"""Bytes that are right, to begin with."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from milkprice.forecasting.codec import encode_forecast
from milkprice.registry.bundle import to_json
from milkprice.training.polynomial import POLYNOMIAL
from tests.support.bundles import tiny_bundle
from tests.support.forecasts import small_forecast
from tests.support.fuzzing.readers import COLUMNS

ROW = dict.fromkeys(COLUMNS, 1.5)
V1 = (
    {"instances": [ROW]},
    {"instances": [dict.fromkeys(COLUMNS, 1)] * 2},
    {"inputs": [[1.5, 0, 1]] * 3},
    {"horizon": 3},
    {"instances": [{"month": "2020-05"}]},
)
V2 = (
    {"inputs": [{"name": "x", "shape": [2, 3], "datatype": "INT8", "data": [1] * 6}]},
    {"inputs": [{"name": n, "shape": [1], "datatype": "FP32", "data": [1]} for n in COLUMNS]},
)
LEGACY = ({"query": [dict.fromkeys(COLUMNS, 1)], "model": "milk"}, dict.fromkeys(COLUMNS, 1))


def _written(*documents: object) -> list[bytes]:
    return [json.dumps(document).encode() for document in documents]


def _binary() -> bytes:
    numbers = np.arange(6.0).tobytes()
    tensor = {"name": "x", "shape": [2, 3], "datatype": "FP64"}
    tensor["parameters"] = {"binary_data_size": len(numbers)}
    return json.dumps({"inputs": [tensor]}).encode() + numbers


REQUESTS = _written(*V1, *V2, *LEGACY)


def seeds() -> Mapping[str, list[bytes]]:
    """What each reader takes."""
    bundle = tiny_bundle()
    return {
        "v1": _written(*V1),
        "v2": _written(*V2),
        "v2-binary": [_binary()],
        "legacy": _written(*LEGACY),
        "sidecar": [to_json(bundle.sidecar)],
        "polynomial": [bundle.files[POLYNOMIAL]],
        "forecast": [encode_forecast(small_forecast(months=2, past=2))],
    }
