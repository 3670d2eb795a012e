"""What every pod of ours must be."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.manifests import TEMPLATES, Object, Pods, Rendering, title

RESOURCES = ("cpu", "memory")
SHARED_WITH_HOST = ("hostNetwork", "hostPID", "hostIPC")
BY_RUNTIME = {"type": "RuntimeDefault"}
# A ServingRuntime's containers become those of the InferenceService that names it.
KNOWN = (*TEMPLATES, "InferenceService", "ServingRuntime")
CONTAINERS = {"containers", "initContainers", "ephemeralContainers"}


def each(rendering: Rendering) -> Iterator[tuple[str, Pods, Object]]:
    """Every container, with its place."""
    for pods in rendering.pods:
        for container in pods.containers:
            yield f"{pods.owner} {container['name']}", pods, container


def all_are_looked_at(rendering: Rendering) -> Iterator[str]:
    """A kind that makes pods and is not known here would keep none of these rules unseen."""
    for found in rendering.objects:
        if found["kind"] not in KNOWN and _has_containers(found):
            yield f"{title(found)}: pods of this kind are not looked at"


def requests_and_limits(rendering: Rendering) -> Iterator[str]:
    for place, _, container in each(rendering):
        for kind in ("requests", "limits"):
            given = container.get("resources", {}).get(kind, {})
            yield from (f"{place}: no {kind}.{name}" for name in RESOURCES if name not in given)


def probes(rendering: Rendering) -> Iterator[str]:
    for pods in rendering.pods:
        if not pods.owner.startswith("Job/"):
            for container in pods.spec["containers"]:
                for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                    if probe not in container:
                        yield f"{pods.owner} {container['name']}: no {probe}"


def probes_ask_ports_that_are_open(rendering: Rendering) -> Iterator[str]:
    for place, _, container in each(rendering):
        names = {port["name"] for port in container.get("ports", [])}
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            port = container.get(probe, {}).get("httpGet", {}).get("port")
            if port is not None and port not in names:
                yield f"{place}: {probe} asks port {port}"


def not_root(rendering: Rendering) -> Iterator[str]:
    for pods in rendering.pods:
        context = pods.spec.get("securityContext", {})
        if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
            yield f"{pods.owner}: may run as root"
    for place, _, container in each(rendering):
        context = container.get("securityContext", {})
        if context.get("runAsNonRoot") is False or context.get("runAsUser") == 0:
            yield f"{place}: runs as root"


def read_only_root(rendering: Rendering) -> Iterator[str]:
    for place, _, container in each(rendering):
        if container.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
            yield f"{place}: its root can be written"


def no_capabilities(rendering: Rendering) -> Iterator[str]:
    for place, _, container in each(rendering):
        context = container.get("securityContext", {})
        capabilities = context.get("capabilities", {})
        if capabilities != {"drop": ["ALL"]} or context.get("privileged"):
            yield f"{place}: has capabilities"
        if context.get("allowPrivilegeEscalation") is not False:
            yield f"{place}: may gain privileges"


def seccomp(rendering: Rendering) -> Iterator[str]:
    for pods in rendering.pods:
        profile = pods.spec.get("securityContext", {}).get("seccompProfile")
        if profile != BY_RUNTIME:
            yield f"{pods.owner}: seccomp {profile}"
    for place, _, container in each(rendering):
        own = container.get("securityContext", {}).get("seccompProfile", BY_RUNTIME)
        if own != BY_RUNTIME:
            yield f"{place}: seccomp {own}"


def nothing_of_the_host(rendering: Rendering) -> Iterator[str]:
    for pods in rendering.pods:
        yield from (f"{pods.owner}: {name}" for name in SHARED_WITH_HOST if pods.spec.get(name))
        for volume in pods.spec.get("volumes", []):
            if "hostPath" in volume:
                yield f"{pods.owner}: volume {volume['name']} is the host's"
    for place, _, container in each(rendering):
        if any("hostPort" in port for port in container.get("ports", [])):
            yield f"{place}: has a port of the host"


def own_account_without_token(rendering: Rendering) -> Iterator[str]:
    """Nothing of ours asks Kubernetes, so nothing gets a token to ask with."""
    for pods in rendering.pods:
        name = pods.spec.get("serviceAccountName", "default")
        if name == "default":
            yield f"{pods.owner}: no account of its own"
        if pods.spec.get("automountServiceAccountToken") is not False:
            yield f"{pods.owner}: gets a token"
    for account in rendering.of("ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"{title(account)}: gives a token"


def mounts_and_volumes_meet(rendering: Rendering) -> Iterator[str]:
    claims = {
        title(found): {claim["metadata"]["name"] for claim in found["spec"]["volumeClaimTemplates"]}
        for found in rendering.of("StatefulSet")
    }
    for pods in rendering.pods:
        there = {volume["name"] for volume in pods.spec.get("volumes", [])}
        there |= claims.get(pods.owner, set())
        mounted = {
            mount["name"]
            for container in pods.containers
            for mount in container.get("volumeMounts", [])
        }
        yield from (f"{pods.owner}: volume {name}" for name in sorted(there ^ mounted))


def scratch_space_is_limited(rendering: Rendering) -> Iterator[str]:
    for pods in rendering.pods:
        for volume in pods.spec.get("volumes", []):
            if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
                yield f"{pods.owner}: volume {volume['name']} has no limit"


def _has_containers(part: object) -> bool:
    if isinstance(part, list):
        return any(map(_has_containers, part))
    if isinstance(part, dict):
        return bool(CONTAINERS & set(part)) or any(map(_has_containers, part.values()))
    return False
