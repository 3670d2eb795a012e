"""The status of a namespace."""

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


def read(cluster, *, minutes=5):
    return status(cluster, NAMESPACE, now=NOON + timedelta(minutes=minutes))


def test_ready_service_has_its_versions():
    found = read(serving("ready", loaded={"milk": ["a"]})).services[0]
    assert (found.ready, found.revision) == (True, "4")
    assert (found.available_replicas, found.desired_replicas) == (1, 1)
    assert found.url == "http://milk-price-predictor.milkprice.svc.cluster.local"
    assert found.model_uris == (URI, f"{URI}2")
    assert found.traffic == {"latest": 100}
    assert [(one.name, one.version, one.state) for one in found.models] == [("milk", "a", "READY")]
    assert found.index_error == found.problem == ""


def test_unready_service_has_its_problem():
    found = read(serving("pull"))
    assert not found.services[0].ready
    assert "MinimumReplicasUnavailable: Deployment does not" in found.services[0].problem
    assert "no endpoints" in found.services[0].index_error
    assert found.pods[0].problem.startswith("ImagePullBackOff: Back-off pulling")


def test_pods_have_age_restarts_and_image():
    cluster = serving("crash")
    cluster.others = [{"metadata": {"name": "minio-0"}, "spec": {"containers": [{"image": "m:1"}]}}]
    predictor, other = read(cluster).pods
    assert (predictor.service, predictor.restarts, predictor.age_seconds) == ("milk-price", 3, 300)
    assert predictor.image == "milkprice-predictor:1"
    assert (other.service, other.image, other.age_seconds) == ("", "m:1", None)


def test_warnings_are_those_of_the_last_hour_newest_first():
    cluster = serving("ready")
    for number in range(12):
        cluster.warn("Job", f"job-{number}", "Failed", f"try {number}")
        cluster.events[-1]["lastTimestamp"] = f"2026-01-02T12:{number:02d}:00Z"
    newest = read(cluster, minutes=62).warnings
    assert [one.object for one in newest][:2] == ["Job/job-11", "Job/job-10"]
    assert len(newest) == 10
    assert read(cluster, minutes=120).warnings == ()


def test_warnings_of_pods_that_are_ready_or_gone_are_left_out():
    for state, left in (("ready", 0), ("pull", 1)):
        cluster = serving(state)
        pod = cluster.pods(NAMESPACE)[0]["metadata"]["name"]
        for name in (pod, "one-that-is-gone"):
            cluster.warn("Pod", name, "Unhealthy", "startup probe failed")
        assert [one.object for one in read(cluster).warnings] == [f"Pod/{pod}"] * left


def test_warning_with_a_series_has_its_count_and_time():
    cluster = serving("ready")
    cluster.events = [
        {"metadata": {}, "reason": "Failed", "message": "m", "involvedObject": {"kind": "Job"},
         "eventTime": "2026-01-02T11:59:00.123456Z",
         "series": {"count": 4, "lastObservedTime": "2026-01-02T12:00:00.123456Z"}}
    ]  # fmt: skip
    (found,) = read(cluster).warnings
    assert (found.count, round(found.age_seconds), found.object) == (4, 300, "Job/?")


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
def test_traffic_is_by_revision(extra, traffic):
    cluster = serving("ready")
    document = cluster.documents[NAMESPACE, "milk-price"]
    document["status"] = {
        **service_status(NAMESPACE, "milk-price-predictor", ready=True), **extra
    }  # fmt: skip
    assert read(cluster).services[0].traffic == traffic


def test_failed_load_is_the_problem_without_secrets():
    cluster = serving("pull")
    failure = {"reason": "ModelLoadFailed", "message": "token=hush is wrong"}
    document = cluster.documents[NAMESPACE, "milk-price"]
    document["status"]["modelStatus"] = {"lastFailureInfo": failure}
    assert read(cluster).services[0].problem.startswith("ModelLoadFailed: token=*** is wrong")


def test_failed_load_of_a_model_that_was_loaded_since_is_no_problem():
    cluster = serving("pull")
    failure = {"reason": "ModelLoadFailed", "message": "no connection"}
    document = cluster.documents[NAMESPACE, "milk-price"]
    document["status"]["modelStatus"] = {
        "lastFailureInfo": failure, "transitionStatus": "UpToDate"
    }  # fmt: skip
    assert "ModelLoadFailed" not in read(cluster).services[0].problem


def test_empty_namespace_is_empty():
    found = read(MemoryCluster())
    assert (found.services, found.pods, found.warnings) == ((), (), ())


def test_service_without_status_is_not_ready():
    cluster = MemoryCluster()
    document = {"metadata": {"name": "new"}, "spec": {"predictor": {"model": {}}}}
    cluster.documents[NAMESPACE, "new"] = document
    cluster.script = ["unseen"]
    found = read(cluster).services[0]
    assert (found.ready, found.url, found.model_uris, found.available_replicas) == (
        False,
        "",
        (),
        0,
    )
