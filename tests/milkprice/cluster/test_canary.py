"""Canaries: started, given more, promoted, aborted, refused."""

from contextlib import nullcontext, suppress

import pytest

from milkprice.cluster import (
    WaitSettings,
    abort_canary,
    change_traffic,
    promote_canary,
    start_canary,
    status,
)
from milkprice.cluster.errors import (
    CanaryNotReadyError,
    CanaryRefusedError,
    ClusterServerError,
    RouteNotReadyError,
    ServiceNotReadyError,
)
from milkprice.errors import SettingError
from milkprice.registry.errors import VersionNotFoundError
from tests.support.bundles import toy_bundle
from tests.support.canaries import OLD, QUICK, STABLE, address, settings, spec
from tests.support.cluster import NAMESPACE, conflict, httproute
from tests.support.moments import NOON
from tests.support.registries import publish_champion

WAIT = WaitSettings(**QUICK)


def test_canary_has_the_version_and_what_differs_alone(cluster, registry, version, name):
    done = start_canary(cluster, registry, settings(reference="champion"))
    assert spec(cluster)["canary"] == [
        {"trafficPercent": 10, "predictor": {"name": name, "model": {
            "modelFormat": {"name": "milkprice"}, "storageUri": address(version)}}}
    ]  # fmt: skip
    assert (done.action, done.version, done.model) == ("started", version, "milk")
    assert (done.traffic, done.pods, done.other_pods) == (10, 1, 9)
    assert done.url == f"http://milk-price-{name}-predictor.milkprice.svc.cluster.local"
    assert spec(cluster)["predictor"]["model"]["storageUri"] == address(OLD)


def test_canary_repeated_writes_nothing_and_keeps_its_share(cluster, registry, version):
    start_canary(cluster, registry, settings(), traffic=30)
    done = start_canary(cluster, registry, settings())
    assert (done.action, done.traffic) == ("unchanged", 30)
    assert len(cluster.writes) == 1


def test_canary_with_another_share_or_image_is_changed(cluster, registry, version):
    start_canary(cluster, registry, settings(), traffic=30)
    done = start_canary(cluster, registry, settings(image="other:2"), traffic=50)
    assert (done.action, done.traffic, done.pods, done.other_pods) == ("started", 50, 5, 5)
    assert spec(cluster)["canary"][0]["predictor"]["model"]["image"] == "other:2"


def test_share_is_changed_without_the_registry(cluster, registry, version, name):
    start_canary(cluster, registry, settings())
    done = change_traffic(cluster, WAIT, 50)
    assert (done.action, done.version, done.pods) == ("changed", version, 5)
    assert change_traffic(cluster, WAIT, 50).action == "unchanged"


def test_share_waits_until_kserve_has_seen_it(cluster, registry, version, name):
    start_canary(cluster, registry, settings())
    cluster.script = ["unseen", "unseen", "rolling", "ready"]
    assert change_traffic(cluster, WAIT, 50).pods == 5
    assert cluster.script == ["ready"]


def test_promotion_gives_all_requests_then_makes_the_canary_the_predictor(
    cluster, registry, version, name
):
    start_canary(cluster, registry, settings(image="other:2"), traffic=60)
    done = promote_canary(cluster, WAIT)
    assert (done.action, done.version, done.traffic) == ("promoted", version, 100)
    assert (done.pods, done.other_pods) == (10, 0)
    assert len(cluster.writes) == 4  # started, 85 %, 100 %, promoted
    predictor = spec(cluster)["predictor"]
    assert "canary" not in spec(cluster)
    assert (predictor["name"], predictor["minReplicas"]) == (name, 10)
    assert predictor["model"] == {
        "modelFormat": {"name": "milkprice"}, "runtime": "milkprice", "args": ["--x"],
        "storageUri": address(version), "image": "other:2",
    }  # fmt: skip
    assert cluster.workload(NAMESPACE, STABLE) is None


def test_promotion_repeated_writes_nothing(cluster, registry, version):
    start_canary(cluster, registry, settings())
    promote_canary(cluster, WAIT)
    cluster.writes.clear()
    assert promote_canary(cluster, WAIT).action == "unchanged"
    assert cluster.writes == []


def test_promotion_of_a_broken_canary_leaves_the_version_in_use(cluster, registry, version):
    start_canary(cluster, registry, settings())
    cluster.script = ["pull"]
    with pytest.raises(CanaryNotReadyError, match=r"goes on answering.*--abort-canary"):
        promote_canary(cluster, WAIT)
    assert spec(cluster)["predictor"]["model"]["storageUri"] == address(OLD)
    assert spec(cluster)["canary"][0]["trafficPercent"] == 10


def test_promotion_refuses_a_canary_that_somebody_else_put_there(cluster, registry, version):
    start_canary(cluster, registry, settings())
    names = []

    def step(name):
        names.append(name)
        if name.startswith("updating") and names.count(name) == 6:  # after 10, 35, 60, 85, 100 %
            model = spec(cluster)["canary"][0]["predictor"]["model"]
            model["storageUri"] = address("other")
        return nullcontext()

    with pytest.raises(CanaryRefusedError, match="somebody else changed it meanwhile"):
        promote_canary(cluster, WAIT, step=step)
    assert spec(cluster)["predictor"]["model"]["storageUri"] == address(OLD)


def test_next_canary_is_beside_the_promoted_one(cluster, registry, version, name):
    start_canary(cluster, registry, settings())
    promote_canary(cluster, WAIT)
    other = publish_champion(registry, toy_bundle(2))
    done = start_canary(cluster, registry, settings(reference=other))
    assert (done.action, done.pods, done.other_pods) == ("started", 1, 9)
    promote_canary(cluster, WAIT)
    assert cluster.workload(NAMESPACE, f"milk-price-{name}-predictor") is None
    found = status(cluster, NAMESPACE, now=NOON).services[0]
    assert found.model_uris == (address(other),)
    assert (found.available_replicas, found.image) == (10, "milkprice-predictor:runtime")


def test_abort_leaves_what_was_there_before(cluster, registry, version, name):
    before = spec(cluster)
    start_canary(cluster, registry, settings())
    done = abort_canary(cluster, WAIT)
    assert (done.action, done.version, done.pods, done.other_pods) == ("aborted", OLD, 10, 0)
    assert spec(cluster) == before
    assert cluster.workload(NAMESPACE, f"milk-price-{name}-predictor") is None
    assert abort_canary(cluster, WAIT).action == "unchanged"


def test_abort_ends_a_canary_that_never_became_ready(cluster, registry, version):
    cluster.script = ["unseen", "pull"]
    with pytest.raises(CanaryNotReadyError, match="ImagePullBackOff") as caught:
        start_canary(cluster, registry, settings())
    assert isinstance(caught.value, ServiceNotReadyError)
    cluster.script = ["ready"]
    assert abort_canary(cluster, WAIT).action == "aborted"


def test_canary_that_cannot_be_fetched_shows_the_log_of_what_fetches(cluster, registry, version):
    cluster.script, cluster.text = ["fetch"], "Failed to fetch model."
    with pytest.raises(CanaryNotReadyError, match="its log ends with: Failed to fetch model"):
        start_canary(cluster, registry, settings())
    assert cluster.logged == "storage-initializer"


def test_unpublished_canary_sends_no_request(cluster, registry, version):
    cluster.faults = [AssertionError("the cluster was asked")]
    with pytest.raises(VersionNotFoundError):
        start_canary(cluster, registry, settings(reference="20990101T000000Z-0123456789ab"))


def test_conflict_is_retried(cluster, registry, version):
    cluster.faults = [None, None, None, conflict("change")]  # three reads, then the change
    assert start_canary(cluster, registry, settings()).action == "started"


@pytest.mark.parametrize("traffic", [0, -1, 101])
def test_share_without_pods_is_refused(cluster, registry, version, traffic):
    for attempt in (
        lambda: start_canary(cluster, registry, settings(), traffic=traffic),
        lambda: change_traffic(cluster, WAIT, traffic),
    ):
        with pytest.raises(SettingError, match="1 to 100 percent; KServe runs no pod for 0"):
            attempt()


def refused(cluster, registry, words, **chosen):
    cluster.writes.clear()
    with pytest.raises(CanaryRefusedError, match=words):
        start_canary(cluster, registry, settings(**chosen))
    assert cluster.writes == []


def test_predictor_that_pulls_is_refused(cluster, registry, version):
    spec(cluster)["predictor"] = {"containers": [{"name": "kserve-container"}]}
    refused(cluster, registry, "no model.storageUri; follow an alias .* components/storage-uri")


def test_missing_service_is_refused(cluster, registry, version):
    cluster.documents.clear()
    refused(cluster, registry, "no such InferenceService; apply the manifests")


def test_version_in_use_is_refused(cluster, registry, version):
    spec(cluster)["predictor"]["model"]["storageUri"] = address(version)
    refused(cluster, registry, f"serves {address(version)} already; name another version")


def test_other_model_is_refused(cluster, registry, version):
    spec(cluster)["predictor"]["model"]["storageUri"] = address(OLD, "rain")
    refused(cluster, registry, "it serves s3://models/models/rain/.*; canary a version of that")


def test_second_canary_is_refused(cluster, registry, version):
    start_canary(cluster, registry, settings(), traffic=30)
    other = publish_champion(registry, toy_bundle(2))
    words = rf"{address(version)} is its canary, with 30 % .* --promote-canary or --abort-canary"
    refused(cluster, registry, words, reference=other)


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([{"trafficPercent": 1, "predictor": {"name": "a", "onnx": {}}}], id="model"),
        pytest.param([{"trafficPercent": 1, "predictor": {"name": one, "model": {
            "storageUri": "s3://models"}}} for one in "ab"], id="two"),
    ],
)  # fmt: skip
def test_canaries_of_others_are_left_alone(cluster, registry, version, entries):
    spec(cluster)["canary"] = entries
    for attempt in (
        lambda: start_canary(cluster, registry, settings()),
        lambda: change_traffic(cluster, WAIT, 50),
        lambda: promote_canary(cluster, WAIT),
        lambda: abort_canary(cluster, WAIT),
    ):
        with pytest.raises(CanaryRefusedError, match="were not made by this command"):
            attempt()
    assert spec(cluster)["canary"] == entries


@pytest.mark.parametrize("step", [promote_canary, lambda *one: change_traffic(*one, 50)])
def test_step_without_a_canary_says_how_to_start_one(cluster, step):
    with pytest.raises(CanaryRefusedError, match="it has no canary; start one by --canary VERSION"):
        step(cluster, WAIT)
    assert cluster.writes == []


def route(cluster, *rules):
    """Let a route lead to the InferenceService."""
    cluster.add_route(httproute(*(rules or [["milk-price"]])))


def weights(cluster, rule=0):
    """Weight by Service of a rule."""
    rules = cluster.httproutes[NAMESPACE, "milk-price"]["spec"]["rules"]
    return {one["name"]: one["weight"] for one in rules[rule]["backendRefs"]}


def test_route_shares_requests_as_the_canary_says(cluster, registry, version, name):
    route(cluster)
    canary = f"milk-price-{name}-predictor"
    done = start_canary(cluster, registry, settings())
    assert done.routes == ("milk-price",)
    assert weights(cluster) == {"milk-price": 0, STABLE: 90, canary: 10}
    assert change_traffic(cluster, WAIT, 50).action == "changed"
    assert weights(cluster) == {"milk-price": 0, STABLE: 50, canary: 50}
    abort_canary(cluster, WAIT)
    assert weights(cluster) == {"milk-price": 1}
    assert cluster.losses == []


def test_route_of_the_stable_service_leads_to_what_was_promoted(cluster, registry, version, name):
    route(cluster, [STABLE])
    start_canary(cluster, registry, settings())
    assert promote_canary(cluster, WAIT).routes == ("milk-price",)
    assert weights(cluster) == {f"milk-price-{name}-predictor": 1}
    other = publish_champion(registry, toy_bundle(2))
    start_canary(cluster, registry, settings(reference=other))
    promote_canary(cluster, WAIT)
    assert weights(cluster) == {f"milk-price-v{other.rpartition('-')[2]}-predictor": 1}
    assert cluster.losses == []


def test_route_has_left_the_stable_service_before_kserve_takes_it_away(
    cluster, registry, version, name
):
    route(cluster)
    start_canary(cluster, registry, settings(), traffic=60)
    seen, patch = [], cluster.patch_service

    def patch_service(namespace, service, change):
        seen.append(weights(cluster))
        patch(namespace, service, change)

    cluster.patch_service = patch_service
    promote_canary(cluster, WAIT)
    assert seen[-1] == {"milk-price": 0, f"milk-price-{name}-predictor": 1}
    assert weights(cluster) == {"milk-price": 1}
    assert cluster.losses == []


def test_route_leads_to_no_canary_that_never_became_ready(cluster, registry, version):
    route(cluster)
    cluster.script = ["ready", "unseen", "pull"]
    with pytest.raises(CanaryNotReadyError):
        start_canary(cluster, registry, settings())
    assert weights(cluster) == {"milk-price": 0, STABLE: 1}
    cluster.script = ["ready"]
    abort_canary(cluster, WAIT)
    assert weights(cluster) == {"milk-price": 1}
    assert cluster.losses == []


def test_route_that_was_taken_back_is_mended_by_the_same_step(cluster, registry, version, name):
    route(cluster)
    start_canary(cluster, registry, settings())
    shared = weights(cluster)
    route(cluster)
    assert change_traffic(cluster, WAIT, 10).action == "changed"
    assert weights(cluster) == shared
    assert change_traffic(cluster, WAIT, 10).action == "unchanged"


def test_route_is_brought_to_rest_where_a_promotion_broke_off(cluster, registry, version, name):
    route(cluster)
    start_canary(cluster, registry, settings())
    promote_canary(cluster, WAIT)
    route(cluster, [f"milk-price-{name}-predictor", {"name": "milk-price", "port": 80}])
    assert promote_canary(cluster, WAIT).action == "promoted"
    assert weights(cluster) == {"milk-price": 1}
    assert promote_canary(cluster, WAIT).action == "unchanged"


@pytest.mark.parametrize("moment", range(12))
@pytest.mark.parametrize("ending", [promote_canary, abort_canary], ids=["promote", "abort"])
def test_step_that_broke_off_anywhere_goes_on_and_no_request_is_lost(
    cluster, registry, version, name, ending, moment
):
    """Whichever request to Kubernetes fails: repeated, all is as if it had not."""
    route(cluster, ["milk-price"], [STABLE])
    for step in (lambda: start_canary(cluster, registry, settings(), traffic=40),
                 lambda: ending(cluster, WAIT)):  # fmt: skip
        cluster.faults = [None] * moment + [ClusterServerError(
            server="memory", operation="answer", reason="500 it was restarted")]  # fmt: skip
        with suppress(ClusterServerError):
            step()
        cluster.faults = []
        step()
    left = f"milk-price-{name}-predictor" if ending is promote_canary else STABLE
    assert (weights(cluster), weights(cluster, 1)) == ({"milk-price": 1}, {left: 1})
    assert cluster.losses == []


def test_rule_that_leads_elsewhere_too_is_refused_before_anything_is_changed(
    cluster, registry, version
):
    words = "rule 1 of HTTPRoute milk-price sends .* to shop too; give these"
    route(cluster, ["milk-price", "shop"])
    refused(cluster, registry, words)
    cluster.httproutes.clear()
    start_canary(cluster, registry, settings())
    route(cluster, ["milk-price", "shop"])
    cluster.writes.clear()
    for step in (promote_canary, abort_canary, lambda *one: change_traffic(*one, 50)):
        with pytest.raises(CanaryRefusedError, match=words):
            step(cluster, WAIT)
    assert cluster.writes == []


def test_abort_is_refused_while_nothing_else_would_answer(cluster, registry, version):
    route(cluster)
    start_canary(cluster, registry, settings())
    before = weights(cluster)
    cluster.script = ["crash"]
    cluster.deployments[NAMESPACE, STABLE]["document"]["status"]["availableReplicas"] = 0
    cluster.deployments[NAMESPACE, STABLE]["old"] = []
    with pytest.raises(CanaryRefusedError, match=f"Service {STABLE}, which has no ready pod"):
        abort_canary(cluster, WAIT)
    assert (weights(cluster), len(spec(cluster)["canary"])) == (before, 1)


def test_route_that_no_gateway_takes_up_ends_the_step_before_a_service_goes(
    cluster, registry, version
):
    route(cluster)
    start_canary(cluster, registry, settings())
    cluster.gateway = False
    with pytest.raises(RouteNotReadyError, match=r"envoy has not processed it yet.*left as it is"):
        abort_canary(cluster, WAIT)
    assert len(spec(cluster)["canary"]) == 1
    cluster.gateway = True
    route(cluster)
    assert abort_canary(cluster, WAIT).action == "aborted"
