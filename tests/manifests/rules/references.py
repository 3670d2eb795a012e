"""What one object names of another: it is in the rendering, or our README says who brings it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.support.manifests import MANIFESTS, Object, Pods, Rendering, title

ROW = re.compile(
    r"^\| (?P<namespaces>`.+?) \| `(?P<name>[a-z-]+)` \| (?P<keys>.+?) \| .+ \|$", re.M
)
QUOTED = re.compile(r"`([A-Za-z_-]+)`")
STORE_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_REGION")
# An account of Kubeflow's, the steps' own.
GIVEN_ACCOUNTS = {("kubeflow", "pipeline-runner")}


def documented() -> dict[tuple[str, str], set[str]]:
    """Keys by namespace and name, as the tables in our README have them."""
    found = {}
    for row in ROW.finditer((MANIFESTS / "base" / "README.md").read_text()):
        keys = set(STORE_KEYS if "same four" in row["keys"] else QUOTED.findall(row["keys"]))
        for namespace in QUOTED.findall(row["namespaces"]):
            found[namespace, row["name"]] = keys
    return found


def secrets(rendering: Rendering) -> Iterator[str]:
    """Where values are rendered, all of them are; elsewhere all are documented."""
    brought = {
        (found["metadata"]["namespace"], found["metadata"]["name"]): set(found["stringData"])
        for found in rendering.of("Secret")
    }
    made = {
        (found["metadata"]["namespace"], found["spec"]["secretName"]): {"tls.crt", "tls.key"}
        for found in rendering.of("Certificate")
    }
    there = (brought or documented()) | made
    for owner, namespace, name, keys in _asked_secrets(rendering):
        if (namespace, name) not in there:
            yield f"{owner}: no Secret {namespace}/{name}"
        elif missing := sorted(keys - there[namespace, name]):
            yield f"{owner}: Secret {namespace}/{name} has no {missing}"


def secrets_have_the_shape_of_the_readme(rendering: Rendering) -> Iterator[str]:
    for found in rendering.of("Secret"):
        place = found["metadata"]["namespace"], found["metadata"]["name"]
        if documented().get(place) != set(found["stringData"]):
            yield f"{title(found)} of {place[0]}: {sorted(found['stringData'])}"


def config_maps(rendering: Rendering) -> Iterator[str]:
    there = {title(found) for found in rendering.of("ConfigMap")}
    for pods in rendering.pods:
        for volume in pods.spec.get("volumes", []):
            name = volume.get("configMap", {}).get("name")
            if name is None or f"ConfigMap/{name}" in there:
                continue
            if (pods.namespace, name) not in documented():
                yield f"{pods.owner}: no ConfigMap/{name}"


def accounts(rendering: Rendering) -> Iterator[str]:
    there = {
        (found["metadata"]["namespace"], found["metadata"]["name"])
        for found in rendering.of("ServiceAccount")
    }
    asked = [
        (pods.owner, pods.namespace, pods.spec.get("serviceAccountName")) for pods in rendering.pods
    ]
    asked += [
        (title(found), subject["namespace"], subject["name"])
        for found in rendering.of("RoleBinding")
        for subject in found["subjects"]
    ]
    for owner, namespace, name in asked:
        if (namespace, name) not in there | GIVEN_ACCOUNTS:
            yield f"{owner}: no ServiceAccount {namespace}/{name}"


def roles(rendering: Rendering) -> Iterator[str]:
    there = {title(found) for found in rendering.of("Role")}
    for found in rendering.of("RoleBinding"):
        if f"{found['roleRef']['kind']}/{found['roleRef']['name']}" not in there:
            yield f"{title(found)}: {found['roleRef']}"


def scaled_deployments(rendering: Rendering) -> Iterator[str]:
    """KServe names the Deployment; it must leave the replicas to the other one."""
    services = {f"{found['metadata']['name']}-predictor": found for found in _services(rendering)}
    for found in rendering.of("ScaledObject"):
        service = services.get(found["spec"]["scaleTargetRef"]["name"])
        annotations = service["metadata"]["annotations"] if service else {}
        if annotations.get("serving.kserve.io/autoscalerClass") != "external":
            yield f"{title(found)}: {found['spec']['scaleTargetRef']['name']}"


def interceptor_routes(rendering: Rendering) -> Iterator[str]:
    """What scales by the requests of a route names it, and the route a predictor's Service."""
    routes = {title(found): found for found in rendering.of("InterceptorRoute")}
    services = {f"{found['metadata']['name']}-predictor" for found in _services(rendering)}
    for found in rendering.of("ScaledObject"):
        for trigger in found["spec"]["triggers"]:
            name = trigger["metadata"].get("interceptorRoute")
            route = routes.pop(f"InterceptorRoute/{name}", None)
            if name and route is None:
                yield f"{title(found)}: no InterceptorRoute/{name}"
            elif route and route["spec"]["target"]["service"] not in services:
                yield f"{title(route)}: no Service/{route['spec']['target']['service']}"
    yield from (f"{name}: nothing scales by it" for name in routes)


def _services(rendering: Rendering) -> list[Object]:
    return rendering.of("InferenceService")


def _asked_secrets(rendering: Rendering) -> Iterator[tuple[str, str, str, set[str]]]:
    for pods in rendering.pods:
        for name, keys in _of_pods(pods):
            yield pods.owner, pods.namespace, name, keys
    for found in rendering.of("InferenceService", "PodMonitor", "Gateway"):
        for name, keys in _OF_OTHERS[found["kind"]](found):
            yield title(found), found["metadata"]["namespace"], name, keys


def _of_service(found: Object) -> Iterator[tuple[str, set[str]]]:
    """The storage initializer's credentials."""
    annotations = found["metadata"].get("annotations", {})
    if name := annotations.get("serving.kserve.io/storageSecretName"):
        yield name, set(STORE_KEYS[:2])


def _of_monitor(found: Object) -> Iterator[tuple[str, set[str]]]:
    for endpoint in found["spec"]["podMetricsEndpoints"]:
        if "authorization" in endpoint:
            asked = endpoint["authorization"]["credentials"]
            yield asked["name"], {asked["key"]}


def _of_gateway(found: Object) -> Iterator[tuple[str, set[str]]]:
    for listener in found["spec"]["listeners"]:
        for asked in listener["tls"]["certificateRefs"]:
            yield asked["name"], {"tls.crt", "tls.key"}


def _of_pods(pods: Pods) -> Iterator[tuple[str, set[str]]]:
    for volume in pods.spec.get("volumes", []):
        if "secret" in volume:
            keys = {item["key"] for item in volume["secret"].get("items", [])}
            yield volume["secret"]["secretName"], keys
    for container in pods.containers:
        for source in container.get("envFrom", []):
            yield source["secretRef"]["name"], set(STORE_KEYS)
        for variable in container.get("env", []):
            if asked := variable.get("valueFrom", {}).get("secretKeyRef"):
                yield asked["name"], {asked["key"]}


_OF_OTHERS = {
    "InferenceService": _of_service,
    "PodMonitor": _of_monitor,
    "Gateway": _of_gateway,
}
