"""What every object is, whatever its kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.support.manifests import Rendering, key, title

# Each kind by the one version that we use, none of them deprecated in any supported release.
VERSIONS = {
    "Namespace": "v1",
    "ConfigMap": "v1",
    "Secret": "v1",
    "Service": "v1",
    "ServiceAccount": "v1",
    "StatefulSet": "apps/v1",
    "Job": "batch/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "InferenceService": "serving.kserve.io/v1beta1",
    "ServingRuntime": "serving.kserve.io/v1alpha1",
    "ClusterStorageContainer": "serving.kserve.io/v1alpha1",
    "PodMonitor": "monitoring.coreos.com/v1",
    "PrometheusRule": "monitoring.coreos.com/v1",
    "ScaledObject": "keda.sh/v1alpha1",
    "Gateway": "gateway.networking.k8s.io/v1",
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "Certificate": "cert-manager.io/v1",
}
OF_THE_CLUSTER = {"Namespace", "ClusterStorageContainer"}
METADATA = {"name", "namespace", "labels", "annotations"}
RESTRICTED = "pod-security.kubernetes.io/enforce"
# The rights of a run's step `deploy`, all there are.
RIGHTS = {
    "inferenceservices": {"get", "list", "watch", "create", "patch"},
    "deployments": {"get"},
    "pods": {"get", "list", "watch"},
    "events": {"get", "list", "watch"},
    "pods/log": {"get"},
}


def versions(rendering: Rendering) -> Iterator[str]:
    for found in rendering.objects:
        if VERSIONS.get(found["kind"]) != found["apiVersion"]:
            yield f"{title(found)}: {found['apiVersion']}"


def namespaces(rendering: Rendering) -> Iterator[str]:
    """Said by each object itself, so that no context of kubectl decides."""
    for found in rendering.objects:
        if ("namespace" in found["metadata"]) == (found["kind"] in OF_THE_CLUSTER):
            yield title(found)


def metadata(rendering: Rendering) -> Iterator[str]:
    for found in rendering.objects:
        unknown = sorted(set(found["metadata"]) - METADATA)
        yield from (f"{title(found)}: metadata.{name}" for name in unknown)


def each_once(rendering: Rendering) -> Iterator[str]:
    counted = Counter(key(found) for found in rendering.objects)
    yield from (str(one) for one, count in counted.items() if count > 1)


def whose_it_is(rendering: Rendering) -> Iterator[str]:
    for found in rendering.objects:
        labels = found["metadata"].get("labels", {})
        if labels.get("app.kubernetes.io/part-of") != "milkprice":
            yield title(found)


def restricted(rendering: Rendering) -> Iterator[str]:
    for found in rendering.of("Namespace"):
        if found["metadata"]["labels"].get(RESTRICTED) != "restricted":
            yield title(found)


def rights(rendering: Rendering) -> Iterator[str]:
    for found in rendering.of("Role"):
        for rule in found["rules"]:
            for resource in rule["resources"]:
                more = set(rule["verbs"]) - RIGHTS.get(resource, set())
                yield from (f"{title(found)}: {verb} {resource}" for verb in sorted(more))
