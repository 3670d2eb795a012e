"""What is counted, for Prometheus; KServe's ``/metrics`` shows it beside its own.

The label ``model`` is a name that ``MODEL_URI`` has. The models of a wildcard share its pattern as
their label: thousands of them, coming and going, would be as many series, and to write them all
out would hold up every request.
"""

from __future__ import annotations

from functools import lru_cache

from prometheus_client import Counter, Gauge, Histogram

# From a tenth of a millisecond, the time of one row, to the seconds of a large batch.
SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)

REQUESTS = Counter("milkprice_requests", "Requests answered.", ["route", "model", "status"])
LATENCY = Histogram(
    "milkprice_request_seconds",
    "From the request's head to the answer's end.",
    ["route", "model"],
    buckets=SECONDS,
)
IN_FLIGHT = Gauge("milkprice_requests_in_flight", "Requests in progress.")
ROWS = Counter("milkprice_rows", "Rows predicted.", ["model"])
FORECASTS = Counter("milkprice_forecasts", "Months forecast.", ["model"])
OUT_OF_RANGE = Counter(
    "milkprice_out_of_range_values",
    "Values outside the range seen in training.",
    ["model", "column"],
)
READY = Gauge("milkprice_ready", "1 while every model that is named can be asked for.")
MODEL = Gauge("milkprice_model_info", "1 for the version that serves.", ["model", "version"])
LOADS = Counter("milkprice_model_loads", "Versions that began to serve.", ["model"])
LOAD_FAILURES = Counter(
    "milkprice_model_load_failures", "Versions or lookups that failed.", ["model", "error"]
)
LOADED = Gauge("milkprice_models_loaded", "Models in memory.")
BYTES = Gauge("milkprice_models_bytes", "Bytes they take, as they are estimated.")
EVICTIONS = Counter(
    "milkprice_model_evictions", "Models that left for others, the least recently used.", ["model"]
)

# Looking a child up by its labels costs more than counting: the few there are stay at hand.
requests = lru_cache(maxsize=4096)(REQUESTS.labels)
latency = lru_cache(maxsize=4096)(LATENCY.labels)
rows = lru_cache(maxsize=4096)(ROWS.labels)
forecasts = lru_cache(maxsize=4096)(FORECASTS.labels)
out_of_range = lru_cache(maxsize=4096)(OUT_OF_RANGE.labels)
