"""The platform as it is applied. It is made of downloads: without them these tests are skipped."""

import json

import pytest
import yaml

from scripts import rendering, vendoring

VENDOR = vendoring.PLATFORM / "vendor"
STORE = "minio.milkprice.svc.cluster.local"
IDLE = {
    "cache-server", "cache-deployer-deployment", "metadata-writer", "ml-pipeline-viewer-crd",
    "ml-pipeline-visualizationserver",
}  # fmt: skip


CONFIGS = vendoring.PLATFORM / "configs"


def test_retries_of_steps_are_not_replaced_by_a_policy_for_all():
    """Argo merges the defaults into each step's own: a policy there would be the policy here."""
    path = CONFIGS / "kubeflow-pipelines" / "configmap-workflow-controller-configmap.yaml"
    settings = yaml.safe_load(path.read_text())["data"]
    defaults = yaml.safe_load(settings["workflowDefaults"])["spec"]["templateDefaults"]
    assert "retryPolicy" not in defaults["retryStrategy"]
    # A group of steps has no exit code: it is not to be run again as a whole.
    assert "asInt(lastRetry.exitCode) > 0" in defaults["retryStrategy"]["expression"]


@pytest.fixture(scope="module")
def files():
    """Return the rendered files' texts, by name."""
    stamp = VENDOR / vendoring.STAMP
    if not stamp.is_file() or stamp.read_text().strip() != vendoring.stamp():
        pytest.skip("needs the platform's manifests: make vendor-platform")
    return {path.name: path.read_text() for path in sorted(VENDOR.glob("*.yaml"))}


@pytest.fixture(scope="module")
def objects(files):
    """Return the objects that are no types, by kind and name."""
    documents = [
        document
        for name, text in files.items()
        if "-crds" not in name
        for document in yaml.load_all(text, yaml.CSafeLoader)
    ]
    return {(one["kind"], one["metadata"]["name"]): one for one in documents}


def environment(deployment, container):
    containers = deployment["spec"]["template"]["spec"]["containers"]
    (found,) = [one for one in containers if one["name"] == container]
    return {one["name"]: one.get("value") or one.get("valueFrom") for one in found["env"]}


def test_files_are_types_then_objects_in_the_order_of_need(files):
    assert list(files) == [
        "10-cert-manager-crds.yaml", "11-cert-manager.yaml",
        "20-kserve-crds.yaml", "21-kserve.yaml",
        "30-kubeflow-pipelines-crds.yaml", "31-kubeflow-pipelines.yaml",
    ]  # fmt: skip
    for name, text in files.items():
        kinds = {one["kind"] for one in yaml.load_all(text, yaml.CSafeLoader)}
        assert ("CustomResourceDefinition" in kinds) == ("-crds" in name)


def test_no_other_object_store_is_left(files):
    for text in files.values():
        assert "seaweedfs" not in text.lower()


def test_images_are_released_ones_and_listed(files):
    listed = (VENDOR / "images.txt").read_text().split()
    found = {
        one for name, text in files.items() if "-crds" not in name for one in rendering.images(text)
    }
    assert sorted(found) == listed
    assert {"kserve/kserve-controller:v0.20.0", "ghcr.io/kubeflow/kfp-launcher:2.17.0"} <= found


def test_api_server_keeps_files_in_our_store(objects):
    found = environment(objects["Deployment", "ml-pipeline"], "ml-pipeline-api-server")
    assert found["OBJECTSTORECONFIG_HOST"] == STORE
    assert found["OBJECTSTORECONFIG_PORT"] == "9000"
    assert (
        found["OBJECTSTORECONFIG_ACCESSKEY"]["secretKeyRef"]["name"] == "mlpipeline-minio-artifact"
    )


def test_steps_keep_artifacts_in_our_store(objects):
    launcher = objects["ConfigMap", "kfp-launcher"]["data"]
    assert launcher["defaultPipelineRoot"] == "s3://mlpipeline/v2/artifacts"
    default = yaml.safe_load(launcher["providers"])["s3"]["default"]
    assert default["endpoint"] == f"http://{STORE}:9000"
    assert default["credentials"]["secretRef"]["secretName"] == "mlpipeline-minio-artifact"


def test_page_reads_from_our_store(objects):
    found = environment(objects["Deployment", "ml-pipeline-ui"], "ml-pipeline-ui")
    assert f"{found['MINIO_HOST']}.{found['MINIO_NAMESPACE']}" == "minio.milkprice"
    assert found["MINIO_PORT"] == "9000"


def test_workflows_keep_logs_in_our_store(objects):
    data = objects["ConfigMap", "workflow-controller-configmap"]["data"]
    store = yaml.safe_load(data["artifactRepository"])["s3"]
    assert store["endpoint"] == f"{STORE}:9000"
    assert store["bucket"] == "mlpipeline"


def test_deployments_of_the_older_kind_of_pipelines_have_no_pods(objects):
    idle = {name for (kind, name), one in objects.items()
            if kind == "Deployment" and one["spec"].get("replicas") == 0}  # fmt: skip
    assert idle == IDLE


def test_runs_may_read_one_secret_and_change_nothing_but_their_results(objects):
    rules = objects["Role", "pipeline-runner"]["rules"]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "create", "patch"}
    (secrets,) = [rule for rule in rules if "secrets" in rule["resources"]]
    assert secrets["resourceNames"] == ["mlpipeline-minio-artifact"]
    (writing,) = [rule for rule in rules if "create" in rule["verbs"]]
    assert writing["resources"] == ["workflowtaskresults"]


def test_kserve_makes_plain_deployments_without_ingress(objects):
    data = objects["ConfigMap", "inferenceservice-config"]["data"]
    settings = {name: json.loads(text) for name, text in data.items()}
    assert settings["deploy"]["defaultDeploymentMode"] == "Standard"
    assert settings["ingress"]["disableIngressCreation"] is True
    assert settings["ingress"]["disableIstioVirtualHost"] is True
    assert settings["ingress"]["ingressGateway"]  # the controller does not start without one
