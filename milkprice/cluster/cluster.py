"""What is asked of a Kubernetes cluster, whoever answers.

From where one stands to a cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from milkprice.cluster.errors import ClusterClientMissingError

# What Kubernetes answers, as it stands in its JSON.
Document = dict[str, Any]


class Cluster(Protocol):
    """The part of Kubernetes that is used here; each of its faults is a ``ClusterError``."""

    def service(self, namespace: str, name: str) -> Document | None:
        """An InferenceService; None if there is none of this name."""

    def services(self, namespace: str) -> list[Document]:
        """All InferenceServices."""

    def create_service(self, namespace: str, document: Document) -> None:
        """Make an InferenceService.

        Raises:
            ClusterConflictError: There is one of this name by now.
        """

    def patch_service(self, namespace: str, name: str, patch: Document) -> None:
        """Merge a patch into an InferenceService.

        Raises:
            ClusterConflictError: It is not any more of the ``resourceVersion`` in the patch.
        """

    def workload(self, namespace: str, name: str) -> Document | None:
        """The Deployment that runs an InferenceService; None if there is none yet."""

    def pods(self, namespace: str) -> list[Document]:
        """All pods."""

    def warnings(self, namespace: str) -> list[Document]:
        """All events that warn."""

    def log(self, namespace: str, pod: str, *, lines: int, previous: bool = False) -> str:
        """The last lines of a predictor's log, or of the one that ended before it."""

    def index(self, namespace: str, name: str) -> list[Document]:
        """What one pod of an InferenceService says of its models."""


@contextmanager
def open_cluster(kubeconfig: str | None = None, context: str | None = None) -> Iterator[Cluster]:
    """Open a cluster; nothing is asked of it yet.

    Args:
        kubeconfig: File that says where it is. None takes, in a pod, the pod's own cluster and
            service account, and elsewhere ``~/.kube/config``.
        context: Which one of that file; None takes its current one.

    Yields:
        The cluster.

    Raises:
        ClusterClientMissingError: The client is not installed.
        ClusterConfigError: Nothing says where the cluster is.
    """
    try:
        from milkprice.cluster.client import KubernetesCluster, connected
    except ModuleNotFoundError as error:
        raise ClusterClientMissingError from error
    with connected(kubeconfig, context) as api:
        yield KubernetesCluster(api)
