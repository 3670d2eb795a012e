"""What runs, as it is told."""

from datetime import timedelta

import pytest

from milkprice.cluster import inference_service, status
from tests.support.cluster import NAMESPACE, MemoryCluster, service_status
from tests.support.moments import NOON

URI = "s3://models/milk@champion"


def serving(state, **chosen):
    cluster = MemoryCluster([state], **chosen)
    document = inference_service(
        "milk-price", namespace=NAMESPACE, image="milkprice-predictor:1", model_uri=f"{URI},{URI}2"
    )
    cluster.create_service(NAMESPACE, document)
    cluster.workload(NAMESPACE, "milk-price-predictor")
    return cluster


def told(cluster, *, minutes=5):
    return status(cluster, NAMESPACE, now=NOON + timedelta(minutes=minutes))


def test_service_that_serves_is_told_with_its_versions():
    found = told(serving("ready", loaded={"milk": ["a"]})).services[0]
    assert (found.ready, found.replicas, found.wanted, found.revision) == (True, 1, 1, "4")
    assert found.url == "http://milk-price-predictor.milkprice.svc.cluster.local"
    assert found.model_uris == (URI, f"{URI}2")
    assert found.traffic == {"latest": 100}
    assert [(one.name, one.version, one.state) for one in found.models] == [("milk", "a", "READY")]
    assert found.silence == found.problem == ""


def test_service_that_does_not_serve_is_told_with_its_reason():
    found = told(serving("pull"))
    assert not found.services[0].ready
    assert "MinimumReplicasUnavailable: Deployment does not" in found.services[0].problem
    assert "no endpoints" in found.services[0].silence
    assert found.pods[0].problem.startswith("ImagePullBackOff: Back-off pulling")


def test_pods_are_told_with_age_restarts_and_image():
    cluster = serving("crash")
    cluster.others = [{"metadata": {"name": "minio-0"}, "spec": {"containers": [{"image": "m:1"}]}}]
    predictor, other = told(cluster).pods
    assert (predictor.service, predictor.restarts, predictor.age_seconds) == ("milk-price", 3, 300)
    assert predictor.image == "milkprice-predictor:1"
    assert (other.service, other.image, other.age_seconds) == ("", "m:1", None)


def test_warnings_of_the_last_hour_are_told_the_newest_first():
    cluster = serving("ready")
    for number in range(12):
        cluster.warn("Job", f"job-{number}", "Failed", f"try {number}")
        cluster.events[-1]["lastTimestamp"] = f"2026-01-02T12:{number:02d}:00Z"
    newest = told(cluster, minutes=62).warnings
    assert [one.thing for one in newest][:2] == ["Job/job-11", "Job/job-10"]
    assert len(newest) == 10
    assert told(cluster, minutes=120).warnings == ()


def test_warnings_of_pods_that_are_gone_or_well_by_now_are_left_out():
    for state, left in (("ready", 0), ("pull", 1)):
        cluster = serving(state)
        pod = cluster.pods(NAMESPACE)[0]["metadata"]["name"]
        for name in (pod, "one-that-is-gone"):
            cluster.warn("Pod", name, "Unhealthy", "startup probe failed")
        assert [one.thing for one in told(cluster).warnings] == [f"Pod/{pod}"] * left


def test_event_of_the_new_kind_is_read_too():
    cluster = serving("ready")
    cluster.events = [
        {"metadata": {}, "reason": "Failed", "message": "m", "involvedObject": {"kind": "Job"},
         "eventTime": "2026-01-02T11:59:00.123456Z",
         "series": {"count": 4, "lastObservedTime": "2026-01-02T12:00:00.123456Z"}}
    ]  # fmt: skip
    (found,) = told(cluster).warnings
    assert (found.count, round(found.age_seconds), found.thing) == (4, 300, "Job/?")


@pytest.mark.parametrize(
    ("extra", "traffic"),
    [
        pytest.param({"canaryStatuses": [{"name": "next", "trafficPercent": 10}]},
                     {"stable": 90, "next": 10}, id="canary"),
        pytest.param({"components": {"predictor": {"traffic": [
            {"revisionName": "a", "percent": 80}, {"revisionName": "b", "percent": 20}]}}},
                     {"a": 80, "b": 20}, id="revisions"),
    ],
)  # fmt: skip
def test_traffic_is_told_by_revision(extra, traffic):
    cluster = serving("ready")
    document = cluster.documents[NAMESPACE, "milk-price"]
    document["status"] = {
        **service_status(NAMESPACE, "milk-price-predictor", ready=True), **extra
    }  # fmt: skip
    assert told(cluster).services[0].traffic == traffic


def test_failed_load_is_told():
    cluster = serving("pull")
    failure = {"reason": "ModelLoadFailed", "message": "token=hush is wrong"}
    document = cluster.documents[NAMESPACE, "milk-price"]
    document["status"]["modelStatus"] = {"lastFailureInfo": failure}
    assert told(cluster).services[0].problem.startswith("ModelLoadFailed: token=*** is wrong")


def test_empty_namespace_is_told_empty():
    found = told(MemoryCluster())
    assert (found.services, found.pods, found.warnings) == ((), (), ())


def test_service_without_a_status_is_told():
    cluster = MemoryCluster()
    document = {"metadata": {"name": "new"}, "spec": {"predictor": {"model": {}}}}
    cluster.documents[NAMESPACE, "new"] = document
    cluster.script = ["unseen"]
    found = told(cluster).services[0]
    assert (found.ready, found.url, found.model_uris, found.replicas) == (False, "", (), 0)
