"""An InferenceService from nothing: the one of the manifests, for a cluster without them.

The text in ``MODEL_URI``: which models a predictor serves, separated by commas.
The InferenceService: the one that is there with another model, or a whole new one.
"""

from __future__ import annotations

from copy import deepcopy

from milkprice.cluster.cluster import Document
from milkprice.cluster.errors import ServiceMismatchError, ServiceNotFoundError
from milkprice.registry.bundle import VERSION

API_VERSION = "serving.kserve.io/v1beta1"
CONTAINER = "kserve-container"  # KServe takes the container of this name for the model server
MODEL_URI = "MODEL_URI"  # not STORAGE_URI: KServe would fetch that itself and rewrite it
SECRET = "predictor-store"  # noqa: S105  the name of a Secret
USER = 65532  # the numeric user of the images
HTTP_PORT = 8080
GRPC_PORT = 8081
# A pod is told to end once it is out of all lists of addresses; then it drains, then it finishes
# what it has begun; and it may take a little longer than all three.
STOP_SECONDS, DRAIN_SECONDS, GRACE_SECONDS, END_SECONDS = 5, 5, 20, 45


def new_service(name: str, *, namespace: str, image: str, model_uri: str) -> Document:
    """Make a whole InferenceService; its namespace and its Secret must be there."""
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
        # To be started again helps no pod that waits for its first model, hence the long start.
        "startupProbe": _probe("live", period=2, timeout=2, failures=60),
        "readinessProbe": _probe("ready", period=5, timeout=2, failures=2),
        "livenessProbe": _probe("live", period=10, timeout=5, failures=3),
        "lifecycle": {"preStop": {"sleep": {"seconds": STOP_SECONDS}}},
        # Each value that is missing would become 1 CPU or 2Gi.
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


def _probe(what: str, *, period: int, timeout: int, failures: int) -> Document:
    return {
        "httpGet": {"path": f"/v2/health/{what}", "port": "http1"},
        "periodSeconds": period,
        "timeoutSeconds": timeout,
        "failureThreshold": failures,
    }


def entry(registry: str, name: str, reference: str) -> str:
    """The address of one model, by version or alias."""
    return f"{registry.rstrip('/')}/{name}@{reference}"


def entries(text: str) -> tuple[str, ...]:
    """The addresses in a text."""
    return tuple(text.replace(",", " ").split())


def model_name(address: str) -> str:
    """Name of the model at an address: ``…/<name>@<reference>`` or ``…/<name>/<version>``."""
    *before, last = address.rstrip("/").split("/")
    return before[-1] if before and VERSION.fullmatch(last) else last.partition("@")[0]


def with_address(text: str, address: str) -> str:
    """The text with this address in the place of its model's, or behind all others."""
    known = entries(text)
    model = model_name(address)
    if model not in map(model_name, known):
        return ",".join([*known, address])
    return ",".join(address if model_name(one) == model else one for one in known)


SERVICE = "milk-price"


def inference_service(
    name: str,
    *,
    namespace: str,
    image: str | None,
    model_uri: str,
    existing: Document | None = None,
) -> Document:
    """Say what an InferenceService is to be.

    Args:
        name: Its name.
        namespace: Where it is.
        image: Image of the predictor; None leaves it as it is.
        model_uri: Address of the model. Other models of the same predictor stay.
        existing: What is there now. Only its model, and its image if one is given, change.

    Returns:
        The document; equal to ``existing`` if that is so already.

    Raises:
        ServiceNotFoundError: There is none, and no image to make one of.
        ServiceMismatchError: There is one that runs something else.
    """
    if existing is not None:
        return _changed(existing, namespace, image, model_uri)
    if image is None:
        raise ServiceNotFoundError(service=name, namespace=namespace)
    return new_service(name, namespace=namespace, image=image, model_uri=model_uri)


def predictor_container(document: Document) -> Document | None:
    """The predictor's container in a pod's spec, or in what holds one."""
    spec = document.get("spec", {})
    spec = spec.get("predictor") or spec.get("template", {}).get("spec") or spec
    found = (one for one in spec.get("containers", ()) if one.get("name") == CONTAINER)
    return next(found, None)


def model_uri_value(container: Document | None) -> str | None:
    """What ``MODEL_URI`` is in a container; None if it is not there as plain text."""
    variable = _variable(container or {})
    return None if variable is None else variable.get("value")


def merge_patch(document: Document) -> Document:
    """The patch that makes an InferenceService like this one, if it did not change meanwhile.

    Containers go as a whole: neither a merge patch nor server-side apply parts this list.
    """
    return {
        "metadata": {"resourceVersion": document["metadata"]["resourceVersion"]},
        "spec": {"predictor": {"containers": document["spec"]["predictor"]["containers"]}},
    }


def _changed(existing: Document, namespace: str, image: str | None, model_uri: str) -> Document:
    document = deepcopy(existing)
    container = predictor_container(document)
    before = model_uri_value(container)
    if container is None or before is None:
        raise ServiceMismatchError(
            service=existing["metadata"]["name"],
            namespace=namespace,
            container=CONTAINER,
            variable=MODEL_URI,
        )
    _variable(container)["value"] = with_address(before, model_uri)  # type: ignore[index]
    if image is not None:
        container["image"] = image
    return document


def _variable(container: Document) -> Document | None:
    found = (one for one in container.get("env", ()) if one.get("name") == MODEL_URI)
    return next(found, None)
