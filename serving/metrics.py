"""Prometheus metrics of the predictor; KServe's ``/metrics`` exports them beside its own.

The label ``model`` is the name of a static model. All models of a wildcard share its pattern as
label: thousands of them would be as many series, and to export them would delay every request.
"""

from __future__ import annotations

from functools import lru_cache

from prometheus_client import Counter, Gauge, Histogram

# From a tenth of a millisecond, the time of one row, to the seconds of a large batch.
SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)

REQUESTS = Counter("milkprice_requests", "Responses sent.", ["route", "model", "status"])
LATENCY = Histogram(
    "milkprice_request_seconds",
    "Time from the head of a request to the end of its response.",
    ["route", "model"],
    buckets=SECONDS,
)
IN_FLIGHT = Gauge("milkprice_requests_in_flight", "Requests in progress.")
CONNECTIONS = Gauge("milkprice_connections", "Open connections, idle ones included.", ["protocol"])
ROWS = Counter("milkprice_rows", "Rows predicted.", ["model"])
FORECASTS = Counter("milkprice_forecasts", "Forecasts of months returned.", ["model"])
OUT_OF_RANGE = Counter(
    "milkprice_out_of_range_values",
    "Values outside the range seen in training.",
    ["model", "column"],
)
READY = Gauge("milkprice_ready", "1 while the predictor is ready.")
MODEL = Gauge("milkprice_model_info", "1 for the version that serves.", ["model", "version"])
LOADS = Counter("milkprice_model_loads", "Versions loaded.", ["model"])
LOAD_FAILURES = Counter(
    "milkprice_model_load_failures",
    "Failed loads of a version or lookups of an alias.",
    ["model", "error"],
)
LOADED = Gauge("milkprice_models_loaded", "Models in memory.")
BYTES = Gauge("milkprice_models_bytes", "Estimated memory of the models.")
EVICTIONS = Counter(
    "milkprice_model_evictions", "Models evicted, the least recently used first.", ["model"]
)

# Looking up a child by its labels costs more than counting, so the few children are cached.
requests = lru_cache(maxsize=4096)(REQUESTS.labels)
latency = lru_cache(maxsize=4096)(LATENCY.labels)
rows = lru_cache(maxsize=4096)(ROWS.labels)
forecasts = lru_cache(maxsize=4096)(FORECASTS.labels)
out_of_range = lru_cache(maxsize=4096)(OUT_OF_RANGE.labels)
