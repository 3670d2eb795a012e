"""A predictor whose model KServe fetches, so that it may have a canary."""

from __future__ import annotations

from milkprice.cluster import DeploySettings
from tests.support.cluster import NAMESPACE, MemoryCluster

QUICK = {"poll_interval": 0.0, "failure_timeout": 0.0, "timeout": 0.2, "route_grace": 0.0}
OLD = "20250101T000000Z-0123456789ab"
STABLE = "milk-price-predictor"


def address(version, model="milk"):
    """Where the files of a version are."""
    return f"s3://models/models/{model}/{version}/"


def ten_pods():
    """A cluster with a predictor of ten pods."""
    model = {"modelFormat": {"name": "milkprice"}, "runtime": "milkprice", "args": ["--x"],
             "storageUri": address(OLD)}  # fmt: skip
    memory = MemoryCluster()
    memory.create_service(
        NAMESPACE,
        {"metadata": {"name": "milk-price", "namespace": NAMESPACE},
         "spec": {"predictor": {"minReplicas": 10, "model": model}}},
    )  # fmt: skip
    memory.workload(NAMESPACE, STABLE)
    memory.writes.clear()
    return memory


def settings(**chosen):
    """What to deploy, with no waiting."""
    return DeploySettings(**{"model": "milk", "registry": "s3://models", **QUICK, **chosen})


def spec(cluster):
    """What the predictor is to be."""
    return cluster.documents[NAMESPACE, "milk-price"]["spec"]
