"""Labels that select: each must find the pods that it is meant for."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.manifests import Object, Pods, Rendering, title


def chosen(rendering: Rendering, selector: Object | None, namespace: str) -> list[Pods]:
    """The pods that a selector finds; one without labels finds all of the namespace."""
    labels = (selector or {}).get("matchLabels", {})
    assert set(selector or {}) <= {"matchLabels"}, f"not understood here: {selector}"
    return [
        pods
        for pods in rendering.pods
        if pods.namespace == namespace and labels.items() <= pods.labels.items()
    ]


def ports(pods: Pods) -> dict[str, int]:
    """Open ports by name."""
    return {
        port["name"]: port["containerPort"]
        for container in pods.containers
        for port in container.get("ports", [])
    }


def services(rendering: Rendering) -> Iterator[str]:
    for found in rendering.of("Service"):
        spec, namespace = found["spec"], found["metadata"]["namespace"]
        pods = chosen(rendering, {"matchLabels": spec["selector"]}, namespace)
        if len(pods) != 1:
            yield f"{title(found)}: {[one.owner for one in pods]}"
        for port in spec["ports"]:
            if any(port["targetPort"] not in ports(one) for one in pods):
                yield f"{title(found)}: port {port['targetPort']}"


def disruption_budgets(rendering: Rendering) -> Iterator[str]:
    """Found, and never all of them kept: else no node can be emptied."""
    for found in rendering.of("PodDisruptionBudget"):
        spec, namespace = found["spec"], found["metadata"]["namespace"]
        pods = chosen(rendering, spec["selector"], namespace)
        if len(pods) != 1 or len({"minAvailable", "maxUnavailable"} & set(spec)) != 1:
            yield f"{title(found)}: {spec}"
        for one in pods:
            if spec.get("minAvailable", 0) >= one.spec["minReplicas"]:
                yield f"{title(found)}: no pod may leave"


def pod_monitors(rendering: Rendering) -> Iterator[str]:
    for found in rendering.of("PodMonitor"):
        spec, namespace = found["spec"], found["metadata"]["namespace"]
        pods = chosen(rendering, spec["selector"], namespace)
        if len(pods) != 1:
            yield f"{title(found)}: {[one.owner for one in pods]}"
        for endpoint in spec["podMetricsEndpoints"]:
            if any(ports(one).get(endpoint["port"]) != 8080 for one in pods):
                yield f"{title(found)}: port {endpoint['port']}"


def spread(rendering: Rendering) -> Iterator[str]:
    for pods in rendering.pods:
        for constraint in pods.spec.get("topologySpreadConstraints", []):
            if pods not in chosen(rendering, constraint["labelSelector"], pods.namespace):
                yield f"{pods.owner}: spreads others, by {constraint['topologyKey']}"


def workloads(rendering: Rendering) -> Iterator[str]:
    for found in rendering.of("StatefulSet", "Deployment"):
        labels = found["spec"]["selector"]["matchLabels"]
        if not labels.items() <= found["spec"]["template"]["metadata"]["labels"].items():
            yield f"{title(found)}: does not know its own pods"
