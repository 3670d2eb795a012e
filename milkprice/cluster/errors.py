"""What Kubernetes refuses, and services that do not come to serve."""

from __future__ import annotations

from milkprice.errors import MilkpriceError


class ClusterError(MilkpriceError):
    """Kubernetes, or what runs on it, did not do what was asked."""


class ClusterClientMissingError(ClusterError):
    """The client of Kubernetes is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Talking to a cluster needs the package kubernetes, which is not installed; "
            "pip install 'milkprice[cluster]'."
        )


class ClusterConfigError(ClusterError):
    """Nothing says where the cluster is, or who asks."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(
            f"No Kubernetes cluster is known here ({reason}); name one by --kubeconfig, --context "
            "or KUBECONFIG."
        )


class ClusterUnreachableError(ClusterError):
    """The cluster did not answer."""

    def __init__(self, *, server: str, operation: str, reason: str) -> None:
        super().__init__(
            f"Kubernetes at {server} could not be reached to {operation} ({reason}); check that it "
            "runs, and that KUBECONFIG points at it."
        )


class ClusterDeniedError(ClusterError):
    """The cluster does not know this user, or does not let it do this."""

    def __init__(self, *, server: str, operation: str, reason: str) -> None:
        super().__init__(
            f"Kubernetes at {server} does not let this user {operation}: {reason}; check its "
            "credentials, and the Role and RoleBinding in that namespace."
        )


class ClusterNotFoundError(ClusterError):
    """The cluster has no such thing."""

    def __init__(self, *, server: str, operation: str, reason: str) -> None:
        super().__init__(
            f"Kubernetes at {server} could not {operation}: {reason}; check that the namespace is "
            "there and that KServe is installed."
        )


class ClusterConflictError(ClusterError):
    """Something changed between reading and writing it."""

    def __init__(self, *, server: str, operation: str, reason: str) -> None:
        super().__init__(
            f"Kubernetes at {server} could not {operation}: {reason}; somebody else changes it at "
            "the same time, so look at it and try again."
        )


class ClusterRejectedError(ClusterError):
    """The cluster, or a webhook of it, does not accept what it was given."""

    def __init__(self, *, server: str, operation: str, reason: str) -> None:
        super().__init__(f"Kubernetes at {server} refused to {operation}: {reason}.")


class ClusterServerError(ClusterError):
    """The cluster answered with a fault of its own."""

    def __init__(self, *, server: str, operation: str, reason: str) -> None:
        super().__init__(
            f"Kubernetes at {server} failed to {operation}: {reason}; if it names a webhook, wait "
            "until the controller behind it is ready, then try again."
        )


class ServiceNotFoundError(ClusterError):
    """There is no InferenceService to change, and nothing to make one of."""

    def __init__(self, *, service: str, namespace: str) -> None:
        super().__init__(
            f"There is no InferenceService {service} in {namespace}, and no image to make one of; "
            "apply the manifests (make deploy), or give --image."
        )


class ServiceMismatchError(ClusterError):
    """An InferenceService runs something else under this name."""

    def __init__(self, *, service: str, namespace: str, container: str, variable: str) -> None:
        super().__init__(
            f"InferenceService {service} in {namespace} has no container {container} with a plain "
            f"{variable}, so it is left as it is; deploy under another --service."
        )


class ServiceNotReadyError(ClusterError):
    """An InferenceService does not come to serve what it was told to."""

    def __init__(
        self, *, service: str, namespace: str, seconds: float, reason: str, remedy: str
    ) -> None:
        super().__init__(
            f"InferenceService {service} in {namespace} is not ready after {seconds:.0f} s: "
            f"{reason}. To do: {remedy}."
        )
