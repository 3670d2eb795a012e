"""Deploying: what is written, how long it waits, why it failed."""

import pytest
from tenacity import wait_none

from milkprice.cluster import DeploySettings, deploy, inference_service
from milkprice.cluster.deployment import _apply
from milkprice.cluster.errors import (
    ClusterConflictError,
    ClusterDeniedError,
    ClusterServerError,
    ClusterUnreachableError,
    ServiceNotReadyError,
)
from milkprice.errors import SettingError
from milkprice.registry.errors import AliasNotFoundError, ModelNotFoundError, VersionNotFoundError
from tests.support.cluster import NAMESPACE, MemoryCluster, conflict

IMAGE = "milkprice-predictor:1"
QUICK = {"poll_interval": 0.0, "failure_timeout": 0.0, "timeout": 0.2}
OTHER = "20990101T000000Z-0123456789ab"


def settings(**chosen):
    return DeploySettings(
        **{"model": "milk", "registry": "s3://models", "image": IMAGE, **QUICK, **chosen}
    )


def serving(cluster, *uris, name="milk-price"):
    """Create an InferenceService that is ready."""
    document = inference_service(name, namespace=NAMESPACE, image=IMAGE, model_uri=",".join(uris))
    script, cluster.script = cluster.script, ["ready"]
    cluster.create_service(NAMESPACE, document)
    cluster.workload(NAMESPACE, f"{name}-predictor")
    cluster.script = script
    cluster.writes.clear()
    return cluster


def failed(cluster, registry, **chosen):
    with pytest.raises(ServiceNotReadyError) as caught:
        deploy(cluster, registry, settings(**chosen))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_deploy_without_service_creates_one_and_waits(registry, version):
    cluster = MemoryCluster(["unseen", "starting", "ready"], loaded={"milk": [version]})
    done = deploy(cluster, registry, settings(reference=version))
    assert cluster.writes == [("create", "milk-price")]
    assert cluster.model_uri() == f"s3://models/milk@{version}"
    assert (done.action, done.version, done.confirmed) == ("created", version, True)
    assert done.url == "http://milk-price-predictor.milkprice.svc.cluster.local"


def test_deploy_other_version_patches_the_service(registry, version):
    cluster = serving(MemoryCluster(), "s3://models/rain@champion", "s3://models/milk@champion")
    done = deploy(cluster, registry, settings(reference=version, image=None))
    assert (done.action, done.confirmed) == ("updated", False)
    assert cluster.writes == [("patch", "milk-price")]
    assert cluster.model_uri() == f"s3://models/rain@champion,s3://models/milk@{version}"


def test_deploy_repeated_writes_nothing(registry, version):
    cluster = MemoryCluster(loaded={"milk": [version]})
    deploy(cluster, registry, settings())
    assert cluster.model_uri() == "s3://models/milk@champion"
    assert deploy(cluster, registry, settings()).action == "unchanged"
    assert len(cluster.writes) == 1


def test_deploy_waits_for_new_pods_while_old_ones_are_ready(registry, version):
    cluster = serving(MemoryCluster(), "s3://models/milk@champion")
    cluster.script = ["unseen", "unseen", "rolling", "rolling", "ready"]
    deploy(cluster, registry, settings(reference=version))
    assert cluster.script == ["ready"]


def test_deploy_waits_until_the_predictor_follows_the_alias(registry, version):
    cluster = serving(MemoryCluster(), "s3://models/milk@champion")
    before = "20250101T000000Z-0123456789ab"
    cluster.loaded = {"milk": [before, before, version]}
    done = deploy(cluster, registry, settings())
    assert (done.action, done.confirmed) == ("unchanged", True)
    assert cluster.loaded == {"milk": [version]}


def test_deploy_predictor_with_another_version_is_reported(registry, version):
    cluster = MemoryCluster(loaded={"milk": [OTHER]})
    message = failed(cluster, registry)
    assert f"not with {version}: it serves {OTHER}" in message


def test_deploy_enters_each_step(registry, version):
    steps = []

    class Step:
        def __init__(self, name):
            steps.append(name)

        def __enter__(self):
            pass

        def __exit__(self, *_):
            pass

    deploy(MemoryCluster(), registry, settings(), step=Step)
    assert steps == [
        "resolving milk champion",
        "updating InferenceService milk-price",
        f"waiting for {version}",
    ]


@pytest.mark.parametrize(
    ("chosen", "error"),
    [
        pytest.param({"model": "butter"}, ModelNotFoundError, id="model"),
        pytest.param({"reference": OTHER}, VersionNotFoundError, id="version"),
        pytest.param({"reference": "challenger"}, AliasNotFoundError, id="alias"),
    ],
)
def test_deploy_unpublished_model_sends_no_request(registry, version, chosen, error):
    cluster = MemoryCluster()
    cluster.faults = [AssertionError("the cluster was asked")]
    with pytest.raises(error):
        deploy(cluster, registry, settings(**chosen))
    assert cluster.documents == {}


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        pytest.param({"registry": "registry"}, "reads it inside the cluster", id="registry"),
        pytest.param({"timeout": 0}, "seconds above 0", id="timeout"),
        pytest.param({"model": "Milk Price"}, "lower-case", id="model"),
    ],
)
def test_invalid_setting_is_refused(chosen, words):
    with pytest.raises(SettingError, match=words):
        settings(**chosen)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        pytest.param("pull", ["pod milk-price-predictor-1 is ImagePullBackOff", "predictor:none",
                              "check the image's name"], id="image"),
        pytest.param("crash", ["CrashLoopBackOff: it ended with exit code 2 (Error)",
                               "its log ends with: no model: it is altered",
                               "deploy the previous version"], id="crash"),
        pytest.param("secret", ["secret \"predictor-store\" not found", "create the Secret"],
                     id="secret"),
        pytest.param("refused", ["FailedCreate", "denied the request", "the webhook objects to"],
                     id="webhook"),
    ],
)  # fmt: skip
def test_permanent_failure_is_reported_before_the_timeout(registry, version, state, words):
    log = (
        '{"level": "INFO", "message": "starts"}\n{"message": "no model", "reason": "it is altered"}'
    )
    cluster = MemoryCluster(["unseen", "starting", state], log=log)
    message = failed(cluster, registry, timeout=60)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("state", "words"),
    [
        pytest.param("slow", ["is not ready", "Unhealthy: probe failed", "log ends with: loading"],
                     id="slow"),
        pytest.param("unseen", ["has not processed it yet", "controller runs"], id="no controller"),
        pytest.param("unschedulable", ["Insufficient memory", "add capacity"], id="capacity"),
    ],
)  # fmt: skip
def test_timeout_is_reported_with_what_is_known(registry, version, state, words):
    cluster = MemoryCluster([state], log="starting\nloading\n\n")
    cluster.warn("Pod", "milk-price-predictor-1", "Unhealthy", "probe failed")
    cluster.warn("Pod", "minio-0", "Other", "nothing of ours")
    message = failed(cluster, registry, timeout=0.05)
    assert all(word in message for word in [*words, "milk-price in milkprice"]), message
    assert "nothing of ours" not in message


def test_failure_that_resolves_itself_is_waited_for(registry, version):
    cluster = MemoryCluster(["pull", "pull", "starting", "ready"], loaded={"milk": [version]})
    assert deploy(cluster, registry, settings(failure_timeout=60, timeout=60)).confirmed


def test_secret_in_a_log_is_redacted(registry, version):
    cluster = MemoryCluster(["crash"], log="AWS_SECRET_ACCESS_KEY=hush was refused")
    message = failed(cluster, registry)
    assert "AWS_SECRET_ACCESS_KEY=*** was refused" in message
    assert "hush" not in message


def test_unreadable_events_hide_no_other_reason(registry, version, monkeypatch):
    cluster = MemoryCluster(["pull"])

    def denied(namespace):
        raise ClusterDeniedError(server="memory", operation="list events", reason="403")

    monkeypatch.setattr(cluster, "warnings", denied)
    message = failed(cluster, registry)
    assert "ImagePullBackOff" in message
    assert "events could not be read" in message


def test_deleted_service_is_reported(registry, version):
    cluster = MemoryCluster(["starting"])

    def vanish(namespace, name, workload=cluster.workload):
        cluster.documents.clear()
        return workload(namespace, name)

    cluster.workload = vanish
    assert "deleted meanwhile" in failed(cluster, registry)


def test_conflict_is_retried(registry, version):
    cluster = serving(MemoryCluster(), "s3://models/rain@champion")
    cluster.faults = [None, conflict("change"), None]
    assert deploy(cluster, registry, settings()).action == "updated"
    assert cluster.model_uri() == "s3://models/rain@champion,s3://models/milk@champion"


def test_conflict_that_persists_is_raised(registry, version, monkeypatch):
    monkeypatch.setattr(_apply.retry, "wait", wait_none())
    cluster = serving(MemoryCluster(), "s3://models/rain@champion")
    cluster.faults = [None, conflict("change")] * 5
    with pytest.raises(ClusterConflictError, match="somebody else"):
        deploy(cluster, registry, settings())


FAULT = {"server": "memory", "operation": "read", "reason": "503"}


@pytest.mark.parametrize("kind", [ClusterUnreachableError, ClusterServerError])
def test_cluster_away_for_a_moment_is_waited_for(registry, version, kind):
    cluster = MemoryCluster(["starting", "ready"])
    cluster.faults = [None, None, kind(**FAULT), None]
    assert deploy(cluster, registry, settings(timeout=60)).version == version


def test_cluster_away_until_the_timeout_is_raised(registry, version):
    cluster = MemoryCluster()
    cluster.faults = [None, None, *[ClusterUnreachableError(**FAULT)] * 100_000]
    with pytest.raises(ClusterUnreachableError):
        deploy(cluster, registry, settings(timeout=0.02, poll_interval=0.001))


def test_denied_request_is_raised_at_once(registry, version):
    cluster = MemoryCluster()
    cluster.faults = [None, None, ClusterDeniedError(**FAULT)]
    with pytest.raises(ClusterDeniedError):
        deploy(cluster, registry, settings(timeout=60))
