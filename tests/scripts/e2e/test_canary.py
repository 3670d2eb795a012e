"""What is tried of canaries, with a cluster in memory and a predictor that follows its route."""

import itertools
from contextlib import nullcontext

import pytest

from milkprice.cluster import WaitSettings, start_canary
from milkprice.cluster.inference_service import storage_parts
from scripts.e2e import canary as module
from scripts.e2e.canary import CanaryChecks, split
from scripts.e2e.checks import Address, CheckError
from tests.support.bundles import toy_bundle
from tests.support.canaries import QUICK, STABLE, address, settings, spec, ten_pods
from tests.support.cluster import NAMESPACE, httproute, metrics_text, predictors
from tests.support.loopback import on_loopback
from tests.support.registries import open_registry, publish_champion

pytestmark = pytest.mark.slow


class Gateway:
    """Answers as the version that a route's weights lead to."""

    def __init__(self, cluster):
        self.cluster, self.port = cluster, 0
        self._numbers = itertools.count()

    def answer(self, _):
        """Status and body of a prediction."""
        (rule,) = self.cluster.httproutes[NAMESPACE, "milk-price"]["spec"]["rules"]
        backends = rule["backendRefs"]
        turns = [one["name"] for one in backends for _ in range(one.get("weight", 1))]
        chosen = turns[37 * next(self._numbers) % len(turns)]
        served = {
            "-".join(filter(None, ("milk-price", one.get("name"), "predictor"))): one
            for one in predictors(self.cluster.documents[NAMESPACE, "milk-price"])
        }
        one = served.get(chosen, next(iter(served.values())))
        version = storage_parts(one["model"]["storageUri"])[1]
        return 200, {"predictions": [1.0], "model_version": version}


@pytest.fixture
def registry(tmp_path):
    """Return a registry with two versions, of which the older is in use."""
    registry = open_registry(tmp_path / "registry")
    for content in (1, 2):
        publish_champion(registry, toy_bundle(content))
    return registry


@pytest.fixture
def cluster(registry):
    """Return a cluster with a route."""
    cluster = ten_pods()
    version = sorted(one.version for one in registry.versions("milk"))[0]
    spec(cluster)["predictor"]["model"]["storageUri"] = address(version)
    cluster.add_route(httproute(["milk-price"]))
    return cluster


@pytest.fixture
def checks(cluster, registry, monkeypatch):
    """Return the checks of that cluster, with fewer requests and none of the waiting."""
    monkeypatch.setattr(module, "SPLIT_REQUESTS", 400)
    monkeypatch.setattr(module, "AROUND", 20)
    monkeypatch.setattr(module, "DeploySettings", settings)
    with on_loopback(Gateway(cluster)) as gateway:
        yield CanaryChecks(
            connect=lambda: nullcontext(cluster),
            registry=registry,
            registry_uri="s3://models",
            address=Address(f"http://127.0.0.1:{gateway.port}", "", "milk"),
            routed=True,
            settings=WaitSettings(**QUICK),
        )


def test_canary_goes_through_all_its_steps_and_what_was_in_use_is_again(checks, cluster):
    before = checks.version()
    with checks.restored():
        assert "started after" in (begun := checks.start())
        assert "none failed" in begun
        assert "of 400 requests (" in begun
        assert "to the canary" in checks.widen()
        assert "aborted after" in checks.abort()
        assert "promoted after" in checks.promote()
        assert checks.version() != before
        assert checks.repeat().startswith("unchanged")
    assert checks.version() == before
    assert cluster.losses == []


def test_canary_that_is_interrupted_is_ended(checks, cluster):
    before = checks.version()

    def interrupted():
        with checks.restored():
            checks.start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "canary" not in spec(cluster)
    assert checks.version() == before


def test_share_that_is_not_meant_is_found(checks, cluster, registry):
    other = checks._other()
    checks.start()
    with pytest.raises(CheckError, match="40 of 400 requests went to the canary; 90 % are meant"):
        checks._measure(other, 90)


def test_requests_of_both_versions_are_read(checks, cluster):
    checks.start()
    cluster.counted = {name: [metrics_text(9, 1)] for _, name in cluster.deployments}
    assert checks.show() == (
        "stable: 9 requests, 1 errors, 1 pods, canary: 9 requests, 1 errors, 1 pods"
    )
    del cluster.counted[STABLE]
    with pytest.raises(CheckError, match="503 no answer"):
        checks.show()


def test_watched_canary_is_kept_or_the_check_fails(checks, cluster, monkeypatch):
    monkeypatch.setattr(module, "WATCH_SECONDS", 0.1)
    checks.start()
    texts = [metrics_text(), metrics_text(300, 1)]
    cluster.counted = {name: list(texts) for _, name in cluster.deployments}
    assert checks.watch().startswith("kept, 300 and 300 requests, ")
    cluster.counted = {name: texts[:1] for _, name in cluster.deployments}
    with pytest.raises(CheckError, match="undecided: a version had 0 requests; 200 are needed"):
        checks.watch()


def test_predictor_that_follows_an_alias_has_no_version_to_try(checks, cluster):
    spec(cluster)["predictor"] = {"containers": []}
    assert checks.version() == ""


def test_split_of_nobody_is_an_error():
    with pytest.raises(Exception, match="refused"):
        split(Address("http://127.0.0.1:9", "", "milk"), 4)


def test_run_that_begins_a_canary_is_told(checks, cluster):
    asked = []

    def run(parameters):
        asked.append(parameters)
        with checks.connect() as opened:
            target = settings(reference=checks._other())
            start_canary(opened, checks.registry, target, traffic=int(parameters["traffic"]))

    other = checks._other()
    assert checks.begin_by_run(run).startswith(f"{other} at 20 %, ")
    assert (asked[0]["deploy"], asked[0]["service"]) == ("canary", "milk-price")


def test_run_that_begins_no_canary_is_refused(checks):
    with pytest.raises(CheckError, match="there is no canary"):
        checks.begin_by_run(lambda _: None)
