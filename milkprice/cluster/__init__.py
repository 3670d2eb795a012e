"""Putting a model into use on Kubernetes, and seeing what runs there.

The only door to the ``kubernetes`` client, which is imported when a cluster is opened and not
before. What is asked of a cluster is small (``Cluster``) and answered in Kubernetes' own
documents; everything that is concluded from them is plain functions.
"""

from __future__ import annotations

from milkprice.cluster.cluster import Cluster, Document, open_cluster
from milkprice.cluster.deployment import DeployResult, deploy
from milkprice.cluster.inference_service import SERVICE, inference_service
from milkprice.cluster.settings import NAMESPACE, DeploySettings
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
