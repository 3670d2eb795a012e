"""From where one stands to a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from milkprice.cluster.cluster import Cluster
from milkprice.errors import ClusterClientMissingError


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
        ClusterUnknownError: Nothing says where the cluster is.
    """
    try:
        from milkprice.cluster.client import KubernetesCluster, connected
    except ModuleNotFoundError as error:
        raise ClusterClientMissingError from error
    with connected(kubeconfig, context) as api:
        yield KubernetesCluster(api)
