"""The part of the Kubernetes API that is used here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from milkprice.cluster.errors import ClusterClientMissingError

Document = dict[str, Any]  # an object of Kubernetes, as JSON


class Cluster(Protocol):
    """Requests to a cluster; every failure is a ``ClusterError``."""

    def service(self, namespace: str, name: str) -> Document | None:
        """An InferenceService; None if it does not exist."""

    def services(self, namespace: str) -> list[Document]:
        """All InferenceServices."""

    def create_service(self, namespace: str, document: Document) -> None:
        """Create an InferenceService.

        Raises:
            ClusterConflictError: It exists.
        """

    def patch_service(self, namespace: str, name: str, patch: Document) -> None:
        """Apply a merge patch to an InferenceService.

        Raises:
            ClusterConflictError: Its ``resourceVersion`` is not that of the patch.
        """

    def workload(self, namespace: str, name: str) -> Document | None:
        """The Deployment behind an InferenceService; None if it does not exist yet."""

    def pods(self, namespace: str) -> list[Document]:
        """All pods."""

    def warnings(self, namespace: str) -> list[Document]:
        """All events of type Warning."""

    def log(self, namespace: str, pod: str, *, lines: int, previous: bool = False) -> str:
        """The last lines of a predictor's log, or of its previous container."""

    def index(self, namespace: str, name: str) -> list[Document]:
        """The repository index of one pod of an InferenceService."""


@contextmanager
def open_cluster(kubeconfig: str | None = None, context: str | None = None) -> Iterator[Cluster]:
    """Configure a connection; no request is sent yet.

    Args:
        kubeconfig: Path of a kubeconfig file. None takes, in a pod, the pod's own cluster and
            service account, and elsewhere ``~/.kube/config``.
        context: Context of that file; None takes its current one.

    Yields:
        The cluster.

    Raises:
        ClusterClientMissingError: The client is not installed.
        ClusterConfigError: There is no usable configuration.
    """
    try:
        from milkprice.cluster.client import KubernetesCluster, connect
    except ModuleNotFoundError as error:
        raise ClusterClientMissingError from error
    with connect(kubeconfig, context) as api:
        yield KubernetesCluster(api)
