"""Canaries: started, given more, promoted, aborted, refused."""

from contextlib import nullcontext

import pytest

from milkprice.cluster import (
    DeploySettings,
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
    ServiceNotReadyError,
)
from milkprice.errors import SettingError
from milkprice.registry.errors import VersionNotFoundError
from tests.support.bundles import toy_bundle
from tests.support.cluster import NAMESPACE, MemoryCluster, conflict
from tests.support.moments import NOON
from tests.support.registries import open_registry, publish_champion

QUICK = {"poll_interval": 0.0, "failure_timeout": 0.0, "timeout": 0.2}
WAIT = WaitSettings(**QUICK)
OLD = "20250101T000000Z-0123456789ab"
STABLE = "milk-price-predictor"


def address(version, model="milk"):
    return f"s3://models/models/{model}/{version}/"


@pytest.fixture
def registry(tmp_path):
    return open_registry(tmp_path / "registry")


@pytest.fixture
def version(registry):
    return publish_champion(registry, toy_bundle())


@pytest.fixture
def name(version):
    """Name of the canary's predictor."""
    return f"v{version.rpartition('-')[2]}"


@pytest.fixture
def cluster():
    """A predictor of ten pods whose model KServe fetches."""
    model = {"modelFormat": {"name": "milkprice"}, "runtime": "milkprice", "args": ["--x"],
             "storageUri": address(OLD)}  # fmt: skip
    memory = MemoryCluster()
    memory.create_service(
        NAMESPACE,
        {"metadata": {"name": "milk-price", "namespace": NAMESPACE},
         "spec": {"predictor": {"minReplicas": 10, "model": model}}},
    )  # fmt: skip
    memory.workload(NAMESPACE, STABLE)
    memory.writes.clear()
    return memory


def settings(**chosen):
    return DeploySettings(**{"model": "milk", "registry": "s3://models", **QUICK, **chosen})


def spec(cluster):
    return cluster.documents[NAMESPACE, "milk-price"]["spec"]


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
    cluster.faults = [None, conflict("change"), None, None]
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
