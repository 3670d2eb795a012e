"""An InferenceService from nothing: the one of the manifests, for a cluster without them."""

from __future__ import annotations

from milkprice.cluster.cluster import Document

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


def fresh_service(name: str, *, namespace: str, image: str, model_uri: str) -> Document:
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
