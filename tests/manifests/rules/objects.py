"""What every object is, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.manifests import Rendering, title

# None of them deprecated in any supported release.
VERSIONS = {
    *("v1", "apps/v1", "batch/v1", "policy/v1"),
    *("networking.k8s.io/v1", "rbac.authorization.k8s.io/v1", "gateway.networking.k8s.io/v1"),
    *("serving.kserve.io/v1beta1", "serving.kserve.io/v1alpha1"),
    *("keda.sh/v1alpha1", "http.keda.sh/v1beta1"),
    *("monitoring.coreos.com/v1", "cert-manager.io/v1"),
}
OF_THE_CLUSTER = {"Namespace", "ClusterStorageContainer"}
METADATA = {"name", "namespace", "labels", "annotations"}
RESTRICTED = "pod-security.kubernetes.io/enforce"


def versions(rendering: Rendering) -> Iterator[str]:
    for found in rendering.objects:
        if found["apiVersion"] not in VERSIONS:
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


def whose_it_is(rendering: Rendering) -> Iterator[str]:
    for found in rendering.objects:
        labels = found["metadata"].get("labels", {})
        if labels.get("app.kubernetes.io/part-of") != "milkprice":
            yield title(found)


def restricted(rendering: Rendering) -> Iterator[str]:
    for found in rendering.of("Namespace"):
        if found["metadata"]["labels"].get(RESTRICTED) != "restricted":
            yield title(found)
