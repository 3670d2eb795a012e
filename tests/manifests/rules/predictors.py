"""What KServe and our server ask of an InferenceService."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

import serving.http
from serving.models.source import parse
from serving.options import read_settings
from serving.settings import ServingSettings
from tests.support.manifests import Object, Pods, Rendering, title

NAME = "kserve-container"
BUSY = 0.25  # of what a pod may use
# The first makes KServe inject a storage initializer, the second is refused by its webhook.
FORBIDDEN = {"STORAGE_URI", "PYTHONPATH"}
PORTS = {"http1": 8080, "grpc": 8081}
# Loading, unloading and numbers: for the cluster, not for the world.
WITHIN = ("/v2/repository", "/metrics", "/reload_model")
DOCUMENT = Path(serving.http.__file__).parent / "openapi.yaml"


def predictors(rendering: Rendering) -> Iterator[tuple[Pods, Object]]:
    for pods in rendering.pods:
        if pods.owner.startswith("InferenceService/"):
            yield pods, pods.spec["containers"][0]


def container_has_kserve_name(rendering: Rendering) -> Iterator[str]:
    for pods, container in predictors(rendering):
        if container["name"] != NAME:
            yield f"{pods.owner}: {container['name']}"


def environment_is_allowed(rendering: Rendering) -> Iterator[str]:
    for pods, container in predictors(rendering):
        names = {variable["name"] for variable in container.get("env", [])}
        yield from (f"{pods.owner}: {name}" for name in sorted(names & FORBIDDEN))


def options_are_understood(rendering: Rendering) -> Iterator[str]:
    """The server's own parser reads them; with them it knows what to serve, and where."""
    for pods, container in predictors(rendering):
        if container.get("command") != ["python", "-m", "serving"]:
            yield f"{pods.owner}: command {container.get('command')}"
        told = _told(container)
        for uri in told.model_uris:
            parse(uri)
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        if ports != PORTS or ports != {"http1": told.http_port, "grpc": told.grpc_port}:
            yield f"{pods.owner}: ports {ports}"


def pods_are_added_when_others_are_busy(rendering: Rendering) -> Iterator[str]:
    """The target is percent of what a pod requests, and a pod may use far more than that."""
    for pods, container in predictors(rendering):
        if pods.spec.get("scaleMetric") != "cpu":
            continue
        resources = container["resources"]
        target = pods.spec["scaleTarget"] / 100 * _processors(resources["requests"]["cpu"])
        if target < BUSY * _processors(resources["limits"]["cpu"]):
            yield f"{pods.owner}: another pod from {target:g} of a processor on"


def model_comes_one_way(rendering: Rendering) -> Iterator[str]:
    """Either the server pulls it by an alias, or KServe brings it; never both, never neither."""
    for found in rendering.of("InferenceService"):
        model = found["spec"]["predictor"].get("model")
        for pods, container in predictors(rendering):
            names = {variable["name"] for variable in container.get("env", [])}
            if ("MODEL_URI" in names) == (model is not None):
                yield f"{pods.owner}: MODEL_URI and storageUri"
        if model is not None:
            yield from _address(rendering, title(found), found["spec"]["predictor"])


def end_has_time(rendering: Rendering) -> Iterator[str]:
    for pods, container in predictors(rendering):
        told = _told(container)
        sleep = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        given = pods.spec.get("terminationGracePeriodSeconds", 30)
        if not sleep or given <= sleep + told.drain_seconds + told.grace_seconds:
            yield f"{pods.owner}: {given} s to end, preStop {sleep} s"


def probed_paths_are_served(rendering: Rendering) -> Iterator[str]:
    for pods, container in predictors(rendering):
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            path = container.get(probe, {}).get("httpGet", {}).get("path")
            if path is not None and path not in _served():
                yield f"{pods.owner}: {probe} asks {path}"
    for found in rendering.of("PodMonitor"):
        for endpoint in found["spec"]["podMetricsEndpoints"]:
            if endpoint["path"] not in _served():
                yield f"{title(found)}: asks {endpoint['path']}"


def routed_paths_are_served(rendering: Rendering) -> Iterator[str]:
    for found, path, is_prefix in _routed(rendering):
        if not any(_matches(one, path, is_prefix) for one in _served()):
            yield f"{title(found)}: no path {path}"


def whatever_is_not_for_the_cluster_alone_is_routed(rendering: Rendering) -> Iterator[str]:
    for found in rendering.of("HTTPRoute"):
        for one in _served():
            routed = any(_matches(one, path, prefix) for _, path, prefix in _routed(rendering))
            if not routed and not one.startswith(WITHIN):
                yield f"{title(found)}: {one} cannot be reached"


def route_keeps_to_predictions(rendering: Rendering) -> Iterator[str]:
    for found, path, is_prefix in _routed(rendering):
        if any(_matches(one, path, is_prefix) for one in WITHIN):
            yield f"{title(found)}: {path} lets in what is for the cluster alone"


def tokens_where_there_is_a_route(rendering: Rendering) -> Iterator[str]:
    if rendering.of("HTTPRoute"):
        for pods, container in predictors(rendering):
            if _told(container).token_file is None:
                yield f"{pods.owner}: anybody may use it"
        for found in rendering.of("PodMonitor"):
            for endpoint in found["spec"]["podMetricsEndpoints"]:
                if "authorization" not in endpoint:
                    yield f"{title(found)}: brings no token"


def keys_to_verify_by_are_mounted(rendering: Rendering) -> Iterator[str]:
    """From a volume of their own, whichever way the model comes."""
    for pods, container in predictors(rendering):
        file = _told(container).verify_key_file
        mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        volumes = {volume["name"] for volume in pods.spec["volumes"]}
        if file is not None and mounted.get(str(file.parent)) not in volumes:
            yield f"{pods.owner}: nothing brings {file}"
        if file is None and "keys" in volumes:
            yield f"{pods.owner}: has keys and asks for no signature"


@cache
def _served() -> Object:
    """The paths of the server's own description."""
    return yaml.safe_load(DOCUMENT.read_text())["paths"]


def _routed(rendering: Rendering) -> Iterator[tuple[Object, str, bool]]:
    for found in rendering.of("HTTPRoute"):
        for rule in found["spec"]["rules"]:
            for match in rule.get("matches", [{"path": {"type": "PathPrefix", "value": "/"}}]):
                yield found, match["path"]["value"], match["path"]["type"] == "PathPrefix"


def _matches(served: str, path: str, is_prefix: bool) -> bool:
    return served == path or (is_prefix and served.startswith(path))


def _address(rendering: Rendering, owner: str, spec: Object) -> Iterator[str]:
    uri = spec["model"]["storageUri"]
    if not uri.endswith("/"):
        yield f"{owner}: {uri} would be taken as the beginning of a name"
    brings = rendering.one("ClusterStorageContainer", spec["storageContainerName"])["spec"]
    if not any(uri.startswith(known["prefix"]) for known in brings["supportedUriFormats"]):
        yield f"{owner}: {uri} is not for {spec['storageContainerName']}"


def _processors(quantity: str) -> float:
    return float(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)


def _told(container: Object) -> ServingSettings:
    variables = {one["name"]: one.get("value", "") for one in container.get("env", [])}
    variables.setdefault("MODEL_URI", "s3://models/milk-price")  # what KServe brings is not here
    return read_settings(container.get("args", []), variables)
