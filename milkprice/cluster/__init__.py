"""Deploying a model on Kubernetes, and the status of what runs there.

``Cluster`` is the small part of the Kubernetes API that is used; it returns Kubernetes' own
documents, which plain functions interpret. Only ``client`` imports the ``kubernetes`` package, and
only when a cluster is opened.
"""

from __future__ import annotations

from milkprice.cluster.cluster import Cluster, Document, open_cluster
from milkprice.cluster.deployment import NAMESPACE, DeployResult, DeploySettings, deploy
from milkprice.cluster.inference_service import SERVICE, inference_service
from milkprice.cluster.status import ClusterStatus, ServiceStatus, status

__all__ = [
    "NAMESPACE",
    "SERVICE",
    "Cluster",
    "ClusterStatus",
    "DeployResult",
    "DeploySettings",
    "Document",
    "ServiceStatus",
    "deploy",
    "inference_service",
    "open_cluster",
    "status",
]
