"""Requests of each version, read from metrics."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from milkprice.cluster.traffic import Counts, parse_counts
from serving.metrics import SECONDS
from tests.support.cluster import metrics_text
from tests.support.serving import running_predictor


def counts(*seconds, errors=0):
    buckets = {bound: sum(one <= bound for one in seconds) for bound in (*SECONDS, math.inf)}
    return Counts(len(seconds), errors, buckets)


def test_requests_of_a_model_are_counted_and_probes_are_not():
    found = parse_counts(metrics_text(10, 3, seconds=0.002))
    assert (found.requests, found.errors) == (10, 3)
    assert (found.buckets[0.001], found.buckets[0.0025], found.buckets[math.inf]) == (0, 10, 10)


@pytest.mark.parametrize(
    ("status", "is_error"),
    [("200", False), ("304", False), ("OK", False), ("400", True), ("503", True),
     ("INTERNAL", True), ("INVALID_ARGUMENT", True)],
)  # fmt: skip
def test_whatever_is_no_success_is_an_error(status, is_error):
    text = f'milkprice_requests_total{{route="a",model="m",status="{status}"}} 4.0\n'
    assert parse_counts(text) == Counts(4, 4 if is_error else 0)


@given(
    st.dictionaries(
        st.tuples(st.text(max_size=8), st.sampled_from(["", "m", "n"]), st.sampled_from(["200"])),
        st.integers(0, 2**40),
        max_size=5,
    )
)
def test_labels_are_read_as_prometheus_reads_them(counted):
    """Whatever stands in a route: quotes, braces, backslashes and line ends are escaped."""
    registry = CollectorRegistry()
    counter = Counter("milkprice_requests", "-", ["route", "model", "status"], registry=registry)
    for labels, number in counted.items():
        counter.labels(*labels).inc(number)
    text = generate_latest(registry).decode()
    families = text_string_to_metric_families(text)
    expected = sum(one.value for family in families for one in family.samples
                   if one.name == "milkprice_requests_total" and one.labels["model"])  # fmt: skip
    assert parse_counts(text).requests == expected


@given(st.lists(st.floats(0.00001, 4.9), min_size=1, max_size=50), st.floats(0.01, 1))
def test_quantile_lies_within_the_bucket_of_the_true_one(seconds, share):
    true = sorted(seconds)[math.ceil(share * len(seconds) - 1e-9) - 1]
    bounds = (0.0, *SECONDS)
    above = next(one for one in bounds if true <= one)
    found = counts(*seconds).quantile(share)
    assert bounds[bounds.index(above) - 1] <= found <= above + 1e-12


def test_quantile_without_requests_is_unknown_and_beyond_the_last_bound_is_that_one():
    assert Counts().quantile(0.99) is None
    assert counts(60.0).quantile(0.99) == 5.0


def test_difference_is_what_came_since_and_all_of_it_where_a_pod_began_anew():
    earlier, later = counts(0.001, errors=1), counts(0.001, 0.001, 2.0, errors=1)
    assert later.since(earlier).requests == 2
    assert later.since(earlier).errors == 0
    assert later.since(earlier).buckets[1.0] == 1
    assert earlier.since(later) == earlier


@pytest.mark.slow
def test_metrics_of_a_real_predictor_are_those_that_are_read(trained, tmp_path):
    """Its model lies in a folder, as KServe's storage initializer leaves it."""
    made = trained(tmp_path)
    (folder,) = (made.registry / "models" / "milk-price").glob("2*Z-*")
    body = {"horizon": 2}
    with running_predictor(tmp_path, str(folder)) as predictor, predictor.client() as client:
        before = parse_counts(client.get("/metrics").text)
        answers = [client.post("/v1/models/milk-price:predict", json=one).status_code
                   for one in (body, body, body, {"horizon": "x"})]  # fmt: skip
        client.get("/v2/health/ready")
        client.post("/v1/models/unknown:predict", json=body)
        counted = parse_counts(client.get("/metrics").text).since(before)
    assert answers == [200, 200, 200, 400]
    assert (counted.requests, counted.errors) == (4, 1)
    assert 0 < counted.quantile(0.5) < 5.0
