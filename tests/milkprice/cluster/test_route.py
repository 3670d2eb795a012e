"""HTTPRoutes: which backends are an InferenceService's, and what weights they get."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milkprice.cluster.errors import CanaryRefusedError
from milkprice.cluster.route import Split, leads_to, route_problem, with_split
from tests.support.cluster import NAMESPACE, httproute

STABLE, CANARY = "milk-price-predictor", "milk-price-v0123456789ab-predictor"
SPLIT = Split(service="milk-price", weights={STABLE: 90, CANARY: 10})
REST = Split(service="milk-price", weights={CANARY: 1}, at_rest=True)
FILTERS = [{"type": "RequestHeaderModifier"}]


def backends(route, split, rule=0):
    return with_split(route, split)["spec"]["rules"][rule]["backendRefs"]


@pytest.mark.parametrize(
    ("reference", "owned"),
    [
        pytest.param({"name": "milk-price"}, True, id="all pods"),
        pytest.param({"name": STABLE, "kind": "Service", "group": ""}, True, id="stable"),
        pytest.param({"name": "milk-price-vba9876543210-predictor"}, True, id="promoted before"),
        pytest.param({"name": "milk-price", "namespace": NAMESPACE}, True, id="own namespace"),
        pytest.param({"name": "milk-price", "namespace": "shop"}, False, id="other namespace"),
        pytest.param({"name": "milk-price-no-milk-predictor"}, False, id="other service"),
        pytest.param({"name": "milk-prices"}, False, id="longer name"),
        pytest.param({"name": "milk-price", "kind": "ServiceImport"}, False, id="other kind"),
        pytest.param({"name": "milk-price", "group": "x.io"}, False, id="other group"),
    ],
)
def test_backend_is_owned_by_its_name_and_kind(reference, owned):
    assert leads_to(httproute([reference]), SPLIT) is owned


def test_route_that_kserve_made_is_left_to_it():
    route = httproute([STABLE])
    route["metadata"]["ownerReferences"] = [{"kind": "InferenceService", "name": "milk-price"}]
    assert not leads_to(route, SPLIT)


def test_backends_have_the_port_and_filters_that_were_there():
    before = {"name": STABLE, "port": 8081, "filters": FILTERS, "weight": 1}
    assert backends(httproute([before]), SPLIT) == [
        before | {"weight": 90}, before | {"name": CANARY, "weight": 10}
    ]  # fmt: skip


def test_rules_that_lead_elsewhere_or_nowhere_stay_as_they_are():
    route = httproute(["shop"], ["milk-price"])
    route["spec"]["rules"].append({"filters": [{"type": "RequestRedirect"}]})
    after = with_split(route, SPLIT)
    assert [after["spec"]["rules"][one] for one in (0, 2)] == [
        route["spec"]["rules"][one] for one in (0, 2)
    ]
    assert [one["weight"] for one in backends(route, SPLIT, 1)] == [0, 90, 10]


def test_service_of_all_pods_takes_over_at_rest_where_the_rule_has_it():
    for split in (SPLIT, REST):
        assert [one["name"] for one in backends(with_split(httproute([STABLE]), split), REST)] == [
            CANARY
        ]
    during = with_split(httproute(["milk-price"]), SPLIT)
    assert backends(during, REST) == [{"name": "milk-price", "port": 80, "weight": 1}]


def test_two_ports_of_a_rule_are_refused():
    rule = [{"name": STABLE, "port": 80}, {"name": CANARY, "port": 8081}]
    with pytest.raises(CanaryRefusedError, match=r"rule 1 .* to ports \[80, 8081\]"):
        with_split(httproute(rule), SPLIT)


@given(share=st.integers(1, 100), resting=st.booleans(), steps=st.integers(1, 3))
def test_weights_add_up_and_repeating_changes_nothing(share, resting, steps):
    route = httproute(["milk-price"] if resting else [STABLE])
    split = Split(service="milk-price", weights={STABLE: 100 - share, CANARY: share})
    for _ in range(steps):
        route = with_split(route, split)
    found = {one["name"]: one["weight"] for one in backends(route, split)}
    assert sum(found.values()) == 100
    assert found.pop("milk-price", 0) == 0
    assert found == split.weights
    assert with_split(route, split) == route


def accepted(**changes):
    condition = {"status": "True", "observedGeneration": 3}
    conditions = [{"type": "Accepted", **condition},
                  {"type": "ResolvedRefs", **condition, **changes}]  # fmt: skip
    return [{"controllerName": "envoy", "conditions": conditions}]


@pytest.mark.parametrize(
    ("parents", "problem"),
    [
        pytest.param(accepted(), "", id="in effect"),
        pytest.param([], "no gateway has accepted it", id="no gateway"),
        pytest.param(accepted(observedGeneration=2), "envoy has not processed it yet", id="late"),
        pytest.param([{"controllerName": "x"}], "x has not processed it yet", id="no conditions"),
        pytest.param(
            accepted(status="False", reason="BackendNotFound", message="Service b is missing"),
            "BackendNotFound: Service b is missing",
            id="unresolved",
        ),
        pytest.param([*accepted(), *accepted(observedGeneration=1)],
                     "envoy has not processed it yet", id="one of two"),
    ],
)  # fmt: skip
def test_route_is_in_effect_when_all_its_gateways_have_processed_it(parents, problem):
    route = httproute(["milk-price"])
    route["metadata"]["generation"] = 3
    route["status"] = {"parents": parents}
    assert route_problem(route) == problem
