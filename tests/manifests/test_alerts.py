"""Alerts, triggers, the dashboard: expressions that mean something about what is counted."""

from __future__ import annotations

import json

import prometheus_client
import promql_parser
import pytest
import yaml

from serving import metrics
from tests.support.manifests import MANIFESTS

pytestmark = pytest.mark.kustomize

SUFFIXES = {
    prometheus_client.Counter: ("_total",),
    prometheus_client.Gauge: ("",),
    prometheus_client.Histogram: ("_bucket", "_sum", "_count"),
}
# What Prometheus puts on everything that it reads from a pod.
TARGET = {"job", "namespace", "pod"}
# Not ours: Prometheus' own, and what kube-state-metrics tells of a Deployment.
OTHERS = {
    "up": TARGET,
    "process_resident_memory_bytes": TARGET,
    "kube_deployment_status_replicas_available": {"namespace", "deployment"},
    "kube_deployment_spec_replicas": {"namespace", "deployment"},
}


def exported():
    """Labels by name, of everything that ``serving/metrics.py`` counts."""
    return {
        collector._name + suffix: {*collector._labelnames, *TARGET, "le"}
        for collector in vars(metrics).values()
        if type(collector) in SUFFIXES
        for suffix in SUFFIXES[type(collector)]
    }


def rules():
    file = MANIFESTS / "components" / "monitoring" / "prometheusrule.yaml"
    groups = yaml.safe_load(file.read_text())["spec"]["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def queries():
    file = MANIFESTS / "components" / "keda" / "scaledobject.yaml"
    triggers = yaml.safe_load(file.read_text())["spec"]["triggers"]
    return {f"keda {trigger['type']}": trigger["metadata"]["query"] for trigger in triggers}


def dashboard():
    return json.loads((MANIFESTS / "components" / "monitoring" / "milk-price.json").read_text())


def panels():
    """The queries of the dashboard, with what Grafana puts in for its variables."""
    return {
        f"panel {panel['title']}, {target['refId']}": target["expr"]
        .replace("$__rate_interval", "2m")
        .replace("$model", ".+")
        for panel in dashboard()["panels"]
        for target in panel["targets"]
    }


EXPRESSIONS = {name: rule["expr"] for name, rule in rules().items()} | queries() | panels()


def selectors(expression):
    """Every metric that an expression names, with the labels it asks for."""
    found = []

    def visit(node):
        if isinstance(node, promql_parser.MatrixSelector):
            node = node.vector_selector
        if isinstance(node, promql_parser.VectorSelector):
            found.append((node.name, {matcher.name for matcher in node.matchers.matchers}))
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def unknown(expression):
    known = exported() | OTHERS
    return [
        (name, sorted(labels - known.get(name, set())))
        for name, labels in selectors(expression)
        if name not in known or labels - known[name]
    ]


@pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_expression_names_metrics_that_are_exported(expression):
    assert selectors(expression)
    assert unknown(expression) == []


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("rate(milkprice_requests[5m])", id="without its suffix"),
        pytest.param('milkprice_requests_total{code="500"}', id="label that is not there"),
        pytest.param("sum(milkprice_errors_total) > 1", id="nothing of ours"),
    ],
)
def test_metric_that_is_not_exported_is_found(expression):
    assert unknown(expression) != []


def test_every_trouble_has_an_alert():
    assert set(rules()) == {
        "MilkPricePredictorNotReady",
        "MilkPricePredictorDown",
        "MilkPriceNoModel",
        "MilkPriceModelLoadFailures",
        "MilkPriceVersionsDiffer",
        "MilkPriceErrorRatio",
        "MilkPriceLatency",
        "MilkPriceOutOfRange",
    }


@pytest.mark.parametrize("rule", rules().values(), ids=rules())
def test_alert_waits_and_says_what_is_wrong(rule):
    assert rule["for"]
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert set(rule["annotations"]) == {"summary", "description"}


def test_dashboard_shows_every_metric_of_ours():
    shown = {name for expression in panels().values() for name, _ in selectors(expression)}
    missing = {
        collector._name
        for collector in vars(metrics).values()
        if type(collector) in SUFFIXES
        and not any(collector._name + suffix in shown for suffix in SUFFIXES[type(collector)])
    }
    assert missing == {"milkprice_models_loaded"}  # told by the versions that are served


def test_dashboard_panels_do_not_overlap_and_have_a_number_of_their_own():
    places = [panel["gridPos"] for panel in dashboard()["panels"]]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24  # Grafana's columns
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(places)


def test_latency_is_asked_at_a_bound_that_is_counted():
    _, _, bound = rules()["MilkPriceLatency"]["expr"].rpartition(">")
    assert float(bound) in metrics.SECONDS


def test_jobs_are_the_pod_monitor(rendered):
    monitor = rendered("production").one("PodMonitor", "milk-price")["metadata"]
    for expression in EXPRESSIONS.values():
        for part in expression.split('job="')[1:]:
            assert part.partition('"')[0] == f"{monitor['namespace']}/{monitor['name']}"


def test_buckets_that_are_asked_for_are_kept_by_a_prometheus_that_converts_them(rendered):
    monitor = rendered("production").one("PodMonitor", "milk-price")
    assert any("_bucket{" in expression for expression in EXPRESSIONS.values())
    assert monitor["spec"]["scrapeClassicHistograms"] is True
