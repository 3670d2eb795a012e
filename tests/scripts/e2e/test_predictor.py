"""What is tried of a predictor, with a real one and a cluster in memory."""

import pytest

from scripts.e2e.checks import CheckError
from scripts.e2e.predictor import PredictorChecks
from scripts.e2e.service import Service
from tests.support.kubectl import memory_kubectl

pytestmark = pytest.mark.slow


@pytest.fixture
def kubectl(address):
    """Return a cluster whose forwarded ports lead to the predictor's gRPC."""
    return memory_kubectl(port=int(address.grpc.rpartition(":")[2]))


@pytest.fixture
def checks(registry, address, kubectl):
    """Return the checks of that predictor."""
    return PredictorChecks(registry, address, Service(kubectl, "milk-price"), "other:1")


def test_answers_of_every_protocol_agree_and_their_time_is_told(checks, kubectl):
    assert "the champion answers" in checks.ready()
    assert [one()[:6] for one in (checks.v1, checks.v2, checks.grpc)] == ["2 rows"] * 3
    assert "median" in checks.latency()
    assert any("wait inferenceservice/milk-price" in one for one in kubectl.state.asked)
    assert "port-forward service/milk-price-predictor 8081" in kubectl.state.asked


def test_promotion_while_requests_flow_swaps_and_loses_none(checks, registry):
    champion = registry.resolve("milk-price")
    assert "none failed, 2 versions" in checks.promote()
    assert champion in checks.roll_back()
    assert "2 rows" in checks.v1()


def test_lost_pods_are_all_replaced_and_the_same_is_answered(checks, kubectl):
    assert checks.kill_pods().startswith("1 killed, 0 of")
    assert "pod-0" not in kubectl.state.pods


def test_lost_store_of_any_name_comes_back_with_every_version(checks, kubectl):
    assert "with all 2 versions" in checks.kill_store()
    assert "rollout status statefulset/seaweedfs --timeout=300s" in kubectl.state.asked


def test_image_is_rolled_out_and_taken_back(checks, kubectl):
    assert checks.roll_out().startswith("other:1 in ")
    patches = [one for one in kubectl.state.asked if one.startswith("patch")]
    assert '"path": "/spec/predictor/containers/0/image", "value": "other:1"' in patches[0]
    assert '"value": {"minReplicas": 1}' in patches[-1]


def test_replicas_are_evicted_one_after_the_other_as_the_budget_lets(checks, kubectl):
    said = checks.scale_and_evict()
    assert said.startswith("3 in ")
    assert "all evicted, 3 times refused first" in said
    assert len(kubectl.state.pods) == 1


def test_change_that_fails_half_way_is_taken_back(kubectl):
    service = Service(kubectl, "milk-price")

    def fails():
        with service.changed("/spec/predictor", {"minReplicas": 3}):
            assert len(service.pods()) == 3
            raise CheckError("half way")

    with pytest.raises(CheckError, match="half way"):
        fails()
    assert len(service.pods()) == 1
