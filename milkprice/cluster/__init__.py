"""Deploying a model on Kubernetes, and the status of what runs there.

``client.Cluster`` is the small part of the Kubernetes API that is used; it returns Kubernetes' own
documents, which plain functions interpret. Only ``client`` imports the ``kubernetes`` package, and
only when a cluster is opened.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from milkprice.cluster.canary import (
    abort_canary,
    change_traffic,
    check_traffic,
    promote_canary,
    start_canary,
)
from milkprice.cluster.deployment import DeployResult, DeploySettings, deploy
from milkprice.cluster.errors import ClusterClientMissingError
from milkprice.cluster.inference_service import NAMESPACE, SERVICE, inference_service
from milkprice.cluster.rollout import WaitSettings
from milkprice.cluster.status import ClusterStatus, ServiceStatus, status
from milkprice.cluster.traffic import VersionTraffic
from milkprice.cluster.watch import WatchResult, WatchSettings, watch_canary

if TYPE_CHECKING:
    from milkprice.cluster.client import Cluster

__all__ = [
    "NAMESPACE",
    "SERVICE",
    "ClusterStatus",
    "DeployResult",
    "DeploySettings",
    "ServiceStatus",
    "VersionTraffic",
    "WaitSettings",
    "WatchResult",
    "WatchSettings",
    "abort_canary",
    "change_traffic",
    "check_traffic",
    "deploy",
    "inference_service",
    "open_cluster",
    "promote_canary",
    "start_canary",
    "status",
    "watch_canary",
]


def open_cluster(
    kubeconfig: str | None = None, context: str | None = None, token: str | None = None
) -> AbstractContextManager[Cluster]:
    """Configure a connection; no request is sent yet.

    Args:
        kubeconfig: Path of a kubeconfig file. None takes, in a pod, the pod's own cluster and
            service account, and elsewhere ``~/.kube/config``.
        context: Context of that file; None takes its current one.
        token: Bearer token that the predictors ask for, if they do.

    Raises:
        ClusterClientMissingError: The client is not installed.
        ClusterConfigError: There is no usable configuration.
    """
    try:
        from milkprice.cluster.client import connect
    except ModuleNotFoundError as error:
        raise ClusterClientMissingError from error
    return connect(kubeconfig, context, token)
