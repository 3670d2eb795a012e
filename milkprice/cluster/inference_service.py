"""The InferenceService of a predictor: create it, or change its model and image.

Which models a predictor serves is in its variable ``MODEL_URI``: addresses separated by commas.
"""

from __future__ import annotations

from copy import deepcopy

from milkprice.cluster.cluster import Document
from milkprice.cluster.errors import ServiceMismatchError, ServiceNotFoundError
from milkprice.registry.bundle import VERSION

SERVICE = "milk-price"
API_VERSION = "serving.kserve.io/v1beta1"
CONTAINER = "kserve-container"  # KServe takes the container of this name for the model server
MODEL_URI = "MODEL_URI"  # not STORAGE_URI: KServe would fetch that itself and rewrite it
SECRET = "predictor-store"  # noqa: S105  the name of a Secret
USER = 65532  # the numeric user of the images
HTTP_PORT = 8080
GRPC_PORT = 8081
# A pod is stopped once it is out of all endpoint lists (preStop); then it drains, then it finishes
# open requests; Kubernetes kills it a little later than all three together.
STOP_SECONDS, DRAIN_SECONDS, GRACE_SECONDS, END_SECONDS = 5, 5, 20, 45


def inference_service(
    name: str,
    *,
    namespace: str,
    image: str | None,
    model_uri: str,
    existing: Document | None = None,
) -> Document:
    """The InferenceService that serves a model.

    Args:
        name: Name of the InferenceService.
        namespace: Its namespace.
        image: Image of the predictor; None leaves it as it is.
        model_uri: Address of the model. Other models of the same predictor stay.
        existing: The current document. Only its model, and its image if one is given, change.

    Returns:
        The document; equal to ``existing`` if nothing changes.

    Raises:
        ServiceNotFoundError: There is none, and no image to create one.
        ServiceMismatchError: There is one that runs something else.
    """
    if existing is not None:
        return _changed_service(existing, namespace, image, model_uri)
    if image is None:
        raise ServiceNotFoundError(service=name, namespace=namespace)
    return _new_service(name, namespace=namespace, image=image, model_uri=model_uri)


def merge_patch(document: Document) -> Document:
    """The patch that turns an InferenceService into this one, unless it was changed meanwhile.

    Containers are sent as a whole: this list has no merge key, in neither kind of patch.
    """
    return {
        "metadata": {"resourceVersion": document["metadata"]["resourceVersion"]},
        "spec": {"predictor": {"containers": document["spec"]["predictor"]["containers"]}},
    }


def predictor_container(document: Document) -> Document | None:
    """The predictor's container in an InferenceService, a Deployment or a pod."""
    spec = document.get("spec", {})
    spec = spec.get("predictor") or spec.get("template", {}).get("spec") or spec
    containers = (one for one in spec.get("containers", ()) if one.get("name") == CONTAINER)
    return next(containers, None)


def model_uri_value(container: Document | None) -> str | None:
    """Value of ``MODEL_URI`` in a container; None if it is not there as plain text."""
    variable = _model_uri_variable(container or {})
    return None if variable is None else variable.get("value")


def model_address(registry: str, name: str, reference: str) -> str:
    """Address of a model, by version or alias."""
    return f"{registry.rstrip('/')}/{name}@{reference}"


def split_addresses(model_uri: str) -> tuple[str, ...]:
    """The addresses in ``MODEL_URI``."""
    return tuple(model_uri.replace(",", " ").split())


def model_name(address: str) -> str:
    """Name of the model at an address: ``…/<name>@<reference>`` or ``…/<name>/<version>``."""
    *before, last = address.rstrip("/").split("/")
    return before[-1] if before and VERSION.fullmatch(last) else last.partition("@")[0]


def with_address(model_uri: str, address: str) -> str:
    """``MODEL_URI`` with this address instead of the same model's, or behind the others."""
    addresses = split_addresses(model_uri)
    name = model_name(address)
    if name not in map(model_name, addresses):
        return ",".join([*addresses, address])
    return ",".join(address if model_name(one) == name else one for one in addresses)


def _changed_service(
    existing: Document, namespace: str, image: str | None, model_uri: str
) -> Document:
    document = deepcopy(existing)
    container = predictor_container(document) or {}
    variable = _model_uri_variable(container) or {}
    if variable.get("value") is None:
        raise ServiceMismatchError(
            service=existing["metadata"]["name"],
            namespace=namespace,
            container=CONTAINER,
            variable=MODEL_URI,
        )
    variable["value"] = with_address(variable["value"], model_uri)
    if image is not None:
        container["image"] = image
    return document


def _model_uri_variable(container: Document) -> Document | None:
    variables = (one for one in container.get("env", ()) if one.get("name") == MODEL_URI)
    return next(variables, None)


def _new_service(name: str, *, namespace: str, image: str, model_uri: str) -> Document:
    """That of the manifests; its namespace and its Secret must exist."""
    return {
        "apiVersion": API_VERSION,
        "kind": "InferenceService",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {
                "app.kubernetes.io/name": name,
                "app.kubernetes.io/component": "predictor",
                "app.kubernetes.io/part-of": "milkprice",
            },
            "annotations": {
                "serving.kserve.io/deploymentMode": "Standard",
                "serving.kserve.io/autoscalerClass": "none",  # its default needs a metrics server
                "serving.kserve.io/enable-prometheus-scraping": "false",  # it names a wrong port
            },
        },
        "spec": {"predictor": _predictor(image, model_uri)},
    }


def _predictor(image: str, model_uri: str) -> Document:
    return {
        "minReplicas": 1,
        "maxReplicas": 1,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": END_SECONDS,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(image, model_uri)],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}],
    }


def _container(image: str, model_uri: str) -> Document:
    return {
        "name": CONTAINER,
        "image": image,
        "command": ["python", "-m", "serving"],
        "args": [
            "--refresh-seconds=10",
            f"--drain-seconds={DRAIN_SECONDS}",
            f"--grace-seconds={GRACE_SECONDS}",
        ],
        "env": [{"name": MODEL_URI, "value": model_uri}],
        "envFrom": [{"secretRef": {"name": SECRET}}],
        "ports": [
            {"name": "http1", "containerPort": HTTP_PORT, "protocol": "TCP"},
            {"name": "grpc", "containerPort": GRPC_PORT, "protocol": "TCP"},
        ],
        # A restart does not help a pod that waits for its first model, hence the long start.
        "startupProbe": _probe("live", period=2, timeout=2, failures=60),
        "readinessProbe": _probe("ready", period=5, timeout=2, failures=2),
        "livenessProbe": _probe("live", period=10, timeout=5, failures=3),
        "lifecycle": {"preStop": {"sleep": {"seconds": STOP_SECONDS}}},
        # KServe sets each missing value to 1 CPU or 2Gi.
        "resources": {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"cpu": "1", "memory": "512Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108  in the container
    }


def _probe(check: str, *, period: int, timeout: int, failures: int) -> Document:
    return {
        "httpGet": {"path": f"/v2/health/{check}", "port": "http1"},
        "periodSeconds": period,
        "timeoutSeconds": timeout,
        "failureThreshold": failures,
    }
